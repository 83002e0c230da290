/**
 * A mesh on the network: {@link dev.devmesh.netty.MeshServer} serves the MCP endpoint over HTTP/1.1 and
 * WebSocket, and the health paths.
 */
@NullMarked
package dev.devmesh.netty;

import org.jspecify.annotations.NullMarked;
