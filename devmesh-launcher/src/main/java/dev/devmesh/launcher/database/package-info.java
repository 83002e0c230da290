/** Where the program keeps things: the configured database, or this process's memory. */
@NullMarked
package dev.devmesh.launcher.database;

import org.jspecify.annotations.NullMarked;
