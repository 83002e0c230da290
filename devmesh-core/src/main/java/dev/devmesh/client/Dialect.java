package dev.devmesh.client;

import dev.devmesh.Revision;
import tools.jackson.databind.node.ObjectNode;

/** One of the two kinds of MCP, as this client and its server speak it with each other. */
sealed interface Dialect permits Stateless, Session {

    Revision revision();

    /**
     * Begins a request under an id of its own.
     *
     * @param params without {@code _meta}; not changed
     * @throws McpClientException if it cannot be said in this revision
     */
    Exchange send(String method, ObjectNode params, Terms terms);

    /** How the result is to be read, as {@link ResultType} has it. */
    String resultType(ObjectNode result);

    /** What the server says of itself. */
    ServerDescription describe(Terms terms);

    /** Asks to be told of changes, and waits until the server will. */
    Listening listen(ListenFilter filter, Terms terms);
}
