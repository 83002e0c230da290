/** What happens in a mesh, as figures for Prometheus. */
@NullMarked
package dev.devmesh.launcher.metrics;

import org.jspecify.annotations.NullMarked;
