/** The log on standard error: one line for each record. */
@NullMarked
package dev.devmesh.launcher.logging;

import org.jspecify.annotations.NullMarked;
