/** MCP over a pair of streams, one message per line: those of the process, or any other. */
@NullMarked
package dev.devmesh.stdio;

import org.jspecify.annotations.NullMarked;
