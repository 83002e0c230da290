/** Where a mesh keeps what must not be lost, in units of work. */
@NullMarked
package dev.devmesh.store;

import org.jspecify.annotations.NullMarked;
