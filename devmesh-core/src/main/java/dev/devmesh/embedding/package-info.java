/** What turns texts into vectors, so that they can be found by what they mean. */
@NullMarked
package dev.devmesh.embedding;

import org.jspecify.annotations.NullMarked;
