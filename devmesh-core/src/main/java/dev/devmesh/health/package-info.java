/** Whether a mesh can do its work, and what hinders it. */
@NullMarked
package dev.devmesh.health;

import org.jspecify.annotations.NullMarked;
