package dev.devmesh.mcp;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/**
 * The requests of one client that are under way, by their ids: {@code notifications/cancelled} names them so.
 *
 * <p>Safe for use by many threads.
 */
final class OpenRequests {

    private final ConcurrentHashMap<JsonNode, OpenRequest> open = new ConcurrentHashMap<>();

    /**
     * Takes a request in.
     *
     * @throws McpError if one of the same id is under way
     */
    OpenRequest open(JsonNode id) {
        OpenRequest request = new OpenRequest();
        if (open.putIfAbsent(id, request) != null) {
            throw McpError.invalidRequest("A request of this id is under way; every request needs an id of its own.");
        }
        return request;
    }

    /** The request was answered, or will not be. */
    void close(JsonNode id) {
        open.remove(id);
    }

    /** The client gave a request up. One that is not known, or answered already, is none of our concern. */
    void cancel(JsonNode id, String reason) {
        OpenRequest request = open.get(id);
        if (request != null) {
            request.cancel(reason);
        }
    }

    /** Does something with everything that is under way. */
    void forEach(Consumer<McpCall> action) {
        List.copyOf(open.values()).forEach(action);
    }

    int count() {
        return open.size();
    }
}
