package dev.devmesh.netty;

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

    /** What is at {@code path}, if anything. */
    Optional<Endpoint> at(String path) {
        return byPath.getOrDefault(path, Optional.empty());
    }
}
