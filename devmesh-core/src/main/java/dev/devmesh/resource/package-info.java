/** What agents can read: things with an address, and addresses with gaps. */
@NullMarked
package dev.devmesh.resource;

import org.jspecify.annotations.NullMarked;
