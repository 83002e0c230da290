/** The commands that look into a mesh and change it: through the REST API of a running server, or in this process. */
@NullMarked
package dev.devmesh.launcher.api;

import org.jspecify.annotations.NullMarked;
