/** The runnable server: command line, configuration, logging. Not a library; nothing here is public API. */
@NullMarked
package dev.devmesh.launcher;

import org.jspecify.annotations.NullMarked;
