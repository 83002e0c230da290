package dev.devmesh.client;

import dev.devmesh.call.LogLevel;
import dev.devmesh.json.Json;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request on its way.
 *
 * @param id of the request
 * @param message all of it
 * @param headers what HTTP repeats of the message; other transports leave them out
 * @param log at which level and above whoever asks wants to hear the server's log
 */
record Outgoing(long id, ObjectNode message, Map<String, String> headers, Optional<LogLevel> log) {

    /** These two find out what the server is; one that does not know them would not know the cancellation either. */
    private static final Set<String> NEVER_CANCELLED = Set.of("initialize", "server/discover");

    Outgoing {
        headers = Map.copyOf(headers);
    }

    static ObjectNode message(long id, String method) {
        return Json.object().put("jsonrpc", "2.0").put("id", id).put("method", method);
    }

    static ObjectNode notification(String method) {
        return Json.object().put("jsonrpc", "2.0").put("method", method);
    }

    /** What tells the server that nobody waits for the response any more; empty where that may not be told. */
    Optional<ObjectNode> cancellation() {
        if (NEVER_CANCELLED.contains(message.path("method").asString(""))) {
            return Optional.empty();
        }
        ObjectNode notification = notification("notifications/cancelled");
        notification.putObject("params").put("requestId", id);
        return Optional.of(notification);
    }
}
