package dev.devmesh.netty;

import io.netty.handler.codec.http.HttpRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The paths that a server answers. Immutable. */
final class Endpoints {

    private final Map<String, Optional<Endpoint>> byPath = new HashMap<>();

    Endpoints(List<? extends Endpoint> endpoints) {
        for (Endpoint endpoint : endpoints) {
            byPath.put(endpoint.path(), Optional.of(endpoint));
        }
    }

    /** What takes this request to {@code path}, if anything. A WebSocket may be asked for at the MCP endpoint, too. */
    Optional<Endpoint> at(String path, HttpRequest request) {
        boolean webSocket = path.equals(McpEndpoint.PATH) && WebSocketHandshake.isAskedBy(request);
        return byPath.getOrDefault(webSocket ? WebSocketEndpoint.PATH : path, Optional.empty());
    }
}
