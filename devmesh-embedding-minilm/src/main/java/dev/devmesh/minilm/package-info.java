/** A model that knows what English texts mean, in this process and without a network. */
@NullMarked
package dev.devmesh.minilm;

import org.jspecify.annotations.NullMarked;
