/**
 * A mesh on the network: {@link dev.devmesh.netty.MeshServer} serves the MCP endpoint and the health paths over HTTP/1.1.
 */
@NullMarked
package dev.devmesh.netty;

import org.jspecify.annotations.NullMarked;
