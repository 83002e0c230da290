/** What people can begin a conversation with: messages made of a few arguments. */
@NullMarked
package dev.devmesh.prompt;

import org.jspecify.annotations.NullMarked;
