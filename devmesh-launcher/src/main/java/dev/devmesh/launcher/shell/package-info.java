/** What a command finds around it. */
@NullMarked
package dev.devmesh.launcher.shell;

import org.jspecify.annotations.NullMarked;
