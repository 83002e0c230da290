/**
 * A client of MCP servers, revision 2026-07-28: {@link dev.devmesh.client.McpClient}.
 *
 * <p>It blocks, so it belongs on threads that may wait, and it has no memory of the server but the header members of the
 * tools that it listed. How messages travel is behind {@link dev.devmesh.client.McpTransport}; the one over HTTP is built in.
 * What a server sends is not trusted: sizes, pages and rounds are bounded, and everything that is not MCP ends in an
 * {@link dev.devmesh.client.McpClientException} that says what came instead.
 */
@NullMarked
package dev.devmesh.client;

import org.jspecify.annotations.NullMarked;
