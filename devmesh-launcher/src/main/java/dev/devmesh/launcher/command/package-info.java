/** The command line. */
@NullMarked
package dev.devmesh.launcher.command;

import org.jspecify.annotations.NullMarked;
