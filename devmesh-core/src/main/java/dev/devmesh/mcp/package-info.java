/** The Model Context Protocol without sockets: messages in, messages out. */
@NullMarked
package dev.devmesh.mcp;

import org.jspecify.annotations.NullMarked;
