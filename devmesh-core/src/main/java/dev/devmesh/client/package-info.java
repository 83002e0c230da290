/**
 * A client of MCP servers: {@link dev.devmesh.client.McpClient}.
 *
 * <p>It blocks, so it belongs on threads that may wait. What is asked is the same in all revisions; how it is said differs, and that
 * is kept apart: {@code Stateless} and {@code Session} are the two dialects, a {@code Connector} finds out which one a server
 * understands. HTTP answers each request by itself; all other ways to a server are connections on which both sides speak, behind
 * {@link dev.devmesh.client.McpTransport}.
 *
 * <p>What a server sends is not trusted: sizes, pages, rounds and questions are bounded, and everything that is not MCP ends in an
 * {@link dev.devmesh.client.McpClientException} that says what came instead.
 */
@NullMarked
package dev.devmesh.client;

import org.jspecify.annotations.NullMarked;
