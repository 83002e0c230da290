/** Implementations that live and die with the process: real, bounded, and held to the same contracts as all others. */
@NullMarked
package dev.devmesh.inmemory;

import org.jspecify.annotations.NullMarked;
