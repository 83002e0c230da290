/** The official Java client, from the MCP project, against this one. */
@NullMarked
package dev.devmesh.launcher.client;

import org.jspecify.annotations.NullMarked;
