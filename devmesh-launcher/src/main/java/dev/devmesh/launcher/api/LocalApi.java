package dev.devmesh.launcher.api;

import dev.devmesh.json.Json;
import dev.devmesh.launcher.server.LocalMesh;
import dev.devmesh.rest.RestResponse;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The API of a mesh in this process, over the configured database. */
final class LocalApi implements Api {

    private final LocalMesh mesh;

    LocalApi(LocalMesh mesh) {
        this.mesh = mesh;
    }

    @Override
    public JsonNode send(String method, String path, Optional<ObjectNode> body) {
        RestResponse answer = mesh.send(method, path, body.map(Json::bytes).orElseGet(() -> new byte[0]));
        return Refusal.bodyOf(answer.status(), answer.body());
    }

    @Override
    public void close() {
        mesh.close();
    }
}
