/** The configuration: one table of keys, read from file, environment and command line into records. */
@NullMarked
package dev.devmesh.launcher.config;

import org.jspecify.annotations.NullMarked;
