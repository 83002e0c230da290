/** Several servers as one, joined by what they share. */
@NullMarked
package dev.devmesh.launcher.cluster;

import org.jspecify.annotations.NullMarked;
