/** Calls of tools that outlive their request. */
@NullMarked
package dev.devmesh.task;

import org.jspecify.annotations.NullMarked;
