/** The mesh: {@link dev.devmesh.DevMesh} is the door, its builder the second thing one types. */
@NullMarked
package dev.devmesh;

import org.jspecify.annotations.NullMarked;
