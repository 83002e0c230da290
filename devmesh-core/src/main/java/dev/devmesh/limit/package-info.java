/** How much a caller may do in a time. */
@NullMarked
package dev.devmesh.limit;

import org.jspecify.annotations.NullMarked;
