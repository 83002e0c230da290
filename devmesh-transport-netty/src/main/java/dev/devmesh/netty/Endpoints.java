package dev.devmesh.netty;

import io.netty.handler.codec.http.HttpRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The paths that a server answers. Immutable. */
final class Endpoints {

    private final Map<String, Optional<Endpoint>> byPath = new HashMap<>();

    private final Optional<Endpoint> webSocket;

    /**
     * @param endpoints what is at its own path each
     * @param webSocket what takes the handshakes that are sent to the MCP endpoint
     */
    Endpoints(List<? extends Endpoint> endpoints, Endpoint webSocket) {
        this.webSocket = Optional.of(webSocket);
        for (Endpoint endpoint : endpoints) {
            byPath.put(endpoint.path(), Optional.of(endpoint));
        }
    }

    /** What takes this request to {@code path}, if anything. */
    Optional<Endpoint> at(String path, HttpRequest request) {
        if (path.equals(McpEndpoint.PATH) && WebSocketHandshake.isAskedBy(request)) {
            return webSocket;
        }
        return byPath.getOrDefault(path, Optional.empty());
    }
}
