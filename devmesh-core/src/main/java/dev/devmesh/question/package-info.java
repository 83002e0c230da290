/** What a handler asks the client that called it: the user by a form, the language model, the folders it works in. */
@NullMarked
package dev.devmesh.question;

import org.jspecify.annotations.NullMarked;
