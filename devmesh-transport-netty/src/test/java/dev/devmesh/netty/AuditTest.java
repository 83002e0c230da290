package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.audit.AuditFilter;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.client.McpClient;
import dev.devmesh.client.McpClientException;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.json.Json;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** What comes over the network leaves one entry for each act and each denial. */
class AuditTest {

    private static final InMemoryStore STORE = InMemoryStore.create();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with(
            DevMesh.builder().store(STORE).tool(Tool.named("add").nonBlocking().handle(call -> "3")));

    private final Tenant tenant = new Tenant("t" + System.nanoTime());
    private final Principal root = Principal.administrator(tenant, "root");
    private final NewKey admin = key("admin", "admin");

    @AfterAll
    static void close() {
        STORE.close();
    }

    @Test
    void aChangeByRestIsOneEntryThatNamesObjectCredentialAndTrace() throws Exception {
        String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        HttpResponse<String> made = HTTP.send(
                request("/api/v1/contexts", admin.secret())
                        .header("Content-Type", "application/json")
                        .header("traceparent", "00-" + trace + "-00f067aa0ba902b7-01")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"c\"}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(made.statusCode()).isEqualTo(201);
        String id = Json.parse(made.body()).path("id").asString();

        await().untilAsserted(() ->
                assertThat(audit("action=context.")).containsExactly(tuple("admin", "context.create", id, "ok", "")));
        JsonNode entry = log("action=context.").get(0);
        assertThat(entry.path("credential_id").asString()).isEqualTo(admin.key().id());
        assertThat(entry.path("trace_id").asString()).isEqualTo(trace);
    }

    @Test
    void whatACallerMayNotDoIsOneEntryWithItsRoute() throws Exception {
        NewKey reader = key("reader", "contexts:read");

        assertThat(status("GET", "/api/v1/audit", reader.secret())).isEqualTo(403);
        assertThat(status("DELETE", "/api/v1/contexts/ctx_1", reader.secret())).isEqualTo(403);
        assertThat(call("/api/v1/tools/add/call", reader.secret())).isEqualTo(403);
        try (McpClient client = McpClient.builder(mesh.server().mcpUri())
                .apiKey(reader.secret())
                .build()) {
            assertThatThrownBy(() -> client.call("add", Map.of())).isInstanceOf(McpClientException.class);
        }

        // the two calls of the tool are equal, and so the second one is counted later
        await().untilAsserted(() -> assertThat(audit("outcome=denied"))
                .containsExactlyInAnyOrder(
                        tuple(
                                "reader",
                                "request.refuse",
                                "GET /api/v1/audit",
                                "denied",
                                "PERMISSION_DENIED from 127.0.0.1"),
                        tuple(
                                "reader",
                                "request.refuse",
                                "DELETE /api/v1/contexts/{id}",
                                "denied",
                                "PERMISSION_DENIED from 127.0.0.1"),
                        tuple("reader", "tool.call", "add", "denied", "PERMISSION_DENIED")));
    }

    @Test
    void aKeyThatWasRevokedIsRefusedInTheLogOfItsTenant() throws Exception {
        NewKey gone = key("gone", "contexts:read");
        mesh.mesh().keys().revoke(root, gone.key().id());
        String socket = "/ws";

        assertThat(status("GET", "/api/v1/contexts", gone.secret())).isEqualTo(401);
        assertThat(call("/mcp", gone.secret())).isEqualTo(401);
        assertThat(status("GET", socket, gone.secret())).isGreaterThanOrEqualTo(400);

        await().untilAsserted(() -> assertThat(
                        audit("outcome=denied&credential=" + gone.key().id()))
                .contains(
                        tuple("gone", "request.refuse", "GET /api/v1/contexts", "denied", "KEY_REVOKED from 127.0.0.1"),
                        tuple("gone", "request.refuse", "POST /mcp", "denied", "KEY_REVOKED from 127.0.0.1")));
    }

    @Test
    void whoNobodyKnowsIsRefusedInTheLogOfTheDefaultTenant() throws Exception {
        String wrong = mesh.mesh().keys().newSecret();
        assertThat(status("GET", "/api/v1/contexts", wrong)).isEqualTo(401);

        Principal operator = Principal.administrator(Tenant.single(), "operator");
        await().untilAsserted(() -> assertThat(mesh.mesh()
                        .audit()
                        .list(operator, AuditFilter.all(), "", 100)
                        .data())
                .anySatisfy(entry -> {
                    assertThat(entry.subject()).isEqualTo("anonymous");
                    assertThat(entry.detail()).isEqualTo("KEY_UNKNOWN from 127.0.0.1");
                }));
    }

    @Test
    void theLogIsReadPageByPage() throws Exception {
        for (int i = 0; i < 5; i++) {
            key("k" + i, "contexts:read");
        }
        List<String> names = new ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = get("action=key.create&limit=2" + (cursor.isEmpty() ? "" : "&cursor=" + cursor));
            page.path("data").forEach(entry -> names.add(entry.path("detail").asString()));
            cursor = page.path("next_cursor").asString("");
        } while (!cursor.isEmpty());

        assertThat(names).hasSize(6);
        assertThat(names.get(0)).contains("'k4' allows contexts:read");
        assertThat(status("GET", "/api/v1/audit?outcome=good", admin.secret())).isEqualTo(400);
    }

    private NewKey key(String name, String scope) {
        return mesh.mesh().keys().create(root, KeySpec.named(name).scopes(scope));
    }

    private List<Tuple> audit(String query) {
        List<Tuple> entries = new ArrayList<>();
        log(query)
                .forEach(entry -> entries.add(tuple(
                        entry.path("subject").asString(),
                        entry.path("action").asString(),
                        entry.path("object").asString(""),
                        entry.path("outcome").asString(),
                        entry.path("detail").asString(""))));
        return entries;
    }

    private JsonNode log(String query) {
        return get(query).path("data");
    }

    private JsonNode get(String query) {
        try {
            HttpResponse<String> answer = HTTP.send(
                    request("/api/v1/audit?" + query, admin.secret()).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return Json.parse(answer.body());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private int status(String method, String path, String secret) throws Exception {
        return HTTP.send(
                        request(path, secret)
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    private int call(String path, String secret) throws Exception {
        return HTTP.send(
                        request(path, secret)
                                .header("Content-Type", "application/json")
                                .header("Accept", "application/json, text/event-stream")
                                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    private HttpRequest.Builder request(String path, String secret) {
        return HttpRequest.newBuilder(URI.create(mesh.server().uri()
                        + path.substring(mesh.server().uri().getPath().endsWith("/") ? 1 : 0)))
                .header("X-API-Key", secret)
                .timeout(Duration.ofSeconds(10));
    }
}
