/** What the command serve runs: the mesh, its administrator's key, the banner, signals. */
@NullMarked
package dev.devmesh.launcher.server;

import org.jspecify.annotations.NullMarked;
