package dev.devmesh.netty;

import io.netty.handler.codec.http.HttpRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The paths that a server answers. Immutable. */
final class Endpoints {

    private final Map<String, Optional<Endpoint>> byPath = new HashMap<>();
    private final List<PrefixEndpoint> others;

    Endpoints(List<? extends Endpoint> endpoints) {
        this(endpoints, List.of());
    }

    /** @param others asked for the paths that no endpoint has, in this order */
    Endpoints(List<? extends Endpoint> endpoints, List<PrefixEndpoint> others) {
        this.others = List.copyOf(others);
        for (Endpoint endpoint : endpoints) {
            byPath.put(endpoint.path(), Optional.of(endpoint));
        }
    }

    /** What takes this request to {@code path}, if anything. A WebSocket may be asked for at the MCP endpoint, too. */
    Optional<Endpoint> at(String path, HttpRequest request) {
        boolean webSocket = path.equals(McpEndpoint.PATH) && WebSocketHandshake.isAskedBy(request);
        Optional<Endpoint> exact = byPath.get(webSocket ? WebSocketEndpoint.PATH : path);
        return exact != null ? exact : atPrefix(path);
    }

    private Optional<Endpoint> atPrefix(String path) {
        for (PrefixEndpoint other : others) {
            Optional<Endpoint> found = other.at(path);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }
}
