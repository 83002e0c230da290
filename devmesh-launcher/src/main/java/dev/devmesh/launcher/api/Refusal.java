package dev.devmesh.launcher.api;

import dev.devmesh.json.Json;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import tools.jackson.databind.JsonNode;

/** A bad answer of the REST API, as the one line that the user reads. */
final class Refusal {

    private Refusal() {}

    static JsonNode bodyOf(int status, byte[] body) {
        JsonNode json = body.length == 0 ? Json.object() : parsed(status, body);
        if (status < 300) {
            return json;
        }
        String fix = json.path("fix").asString("");
        throw new Failure(
                ExitCode.RUNTIME,
                Failure.part(json.path("error").asString("the server answered with status " + status)) + " ("
                        + json.path("code").asString(Integer.toString(status)) + ")",
                fix.isEmpty() ? "devmesh COMMAND --help" : Failure.part(fix));
    }

    private static JsonNode parsed(int status, byte[] body) {
        try {
            return Json.parse(body);
        } catch (RuntimeException notJson) {
            throw new Failure(
                    ExitCode.RUNTIME,
                    "what answers is no DevMesh server: status " + status + ", and no JSON",
                    "the address of the server: --url or DEVMESH_URL",
                    notJson);
        }
    }
}
