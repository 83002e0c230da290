/** One runnable class per situation. */
@NullMarked
package dev.devmesh.examples;

import org.jspecify.annotations.NullMarked;
