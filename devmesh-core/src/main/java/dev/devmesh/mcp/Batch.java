package dev.devmesh.mcp;

import tools.jackson.databind.node.ArrayNode;

/** Several messages that come as one, in the one revision that has them. */
final class Batch {

    /** So many messages may come as one. */
    static final int MOST = 100;

    private Batch() {}

    /**
     * Refuses a batch that is none.
     *
     * @throws McpError if it is empty or too long, or holds what must come alone
     */
    static void check(ArrayNode batch) {
        if (batch.isEmpty() || batch.size() > MOST) {
            throw McpError.invalidRequest("A batch holds 1 to " + MOST + " messages.");
        }
        batch.forEach(message -> {
            if (message.path("method").asString("").equals(Handshake.METHOD)) {
                throw McpError.invalidRequest("initialize must not be part of a batch.");
            }
        });
    }
}
