package dev.devmesh.launcher.api;

import dev.devmesh.auth.Secret;
import dev.devmesh.json.Json;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The API of a running server. Follows no redirect, so the credential goes nowhere else. */
final class RemoteApi implements Api {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /** Longer than any tool may run. */
    private static final Duration TIMEOUT = Duration.ofSeconds(310);

    private final URI server;
    private final Secret credential;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build();

    RemoteApi(URI server, Secret credential) {
        this.server = server;
        this.credential = credential;
    }

    @Override
    public JsonNode send(String method, String path, Optional<ObjectNode> body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.resolve(path.substring(1)))
                .timeout(TIMEOUT)
                .header("Accept", "application/json")
                .method(
                        method,
                        body.map(json -> BodyPublishers.ofByteArray(Json.bytes(json)))
                                .orElseGet(BodyPublishers::noBody));
        if (body.isPresent()) {
            request.header("Content-Type", "application/json");
        }
        if (credential.isSet()) {
            request.header("Authorization", "Bearer " + credential.reveal());
        }
        try {
            HttpResponse<byte[]> answer = http.send(request.build(), BodyHandlers.ofByteArray());
            return Refusal.bodyOf(answer.statusCode(), answer.body());
        } catch (IOException unreachable) {
            throw new Failure(
                    ExitCode.RUNTIME,
                    "nothing answers at " + server,
                    "devmesh serve, or the address of the server as --url or DEVMESH_URL",
                    unreachable);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new Failure(ExitCode.RUNTIME, "interrupted", "run it again", stopped);
        }
    }

    @Override
    public void close() {
        // The client has no connection to give back that the end of the process does not.
    }
}
