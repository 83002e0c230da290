/** The operations on contexts as tools, so that an agent keeps its own memory. */
@NullMarked
package dev.devmesh.provider.context;

import org.jspecify.annotations.NullMarked;
