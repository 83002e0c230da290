package dev.devmesh.launcher.api;

import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The REST API of a mesh, wherever the mesh is. Confined to one thread; whoever opens it closes it. */
interface Api extends AutoCloseable {

    /**
     * Sends a request and waits for the answer.
     *
     * @param path with the query, percent-encoded
     * @return the body of a good answer; an empty object where it has none
     * @throws dev.devmesh.launcher.exit.Failure if there is no good answer
     */
    JsonNode send(String method, String path, Optional<ObjectNode> body);

    /** Reads what is at a path. */
    default JsonNode get(String path) {
        return send("GET", path, Optional.empty());
    }

    @Override
    void close();
}
