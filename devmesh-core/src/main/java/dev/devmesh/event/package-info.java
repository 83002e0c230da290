/** What happens in a mesh, for metrics, traces and audit. */
@NullMarked
package dev.devmesh.event;

import org.jspecify.annotations.NullMarked;
