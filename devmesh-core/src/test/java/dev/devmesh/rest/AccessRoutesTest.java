package dev.devmesh.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.event.TraceContext;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.json.Json;
import dev.devmesh.tool.Tool;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Tenants, users, roles and tool permissions over REST. */
class AccessRoutesTest {

    private static final Principal ROOT = Principal.administrator(new Tenant("acme"), "root");
    private static final Principal GEORGE = Principal.administrator(new Tenant("globex"), "george");
    private static final Principal PLATFORM = Principal.of(new Tenant("platform"), "platform", "platform", "admin");
    private static final TraceContext TRACE =
            TraceContext.from("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

    private final InMemoryStore store = InMemoryStore.create();
    private final DevMesh mesh = DevMesh.builder()
            .store(store)
            .tool(Tool.named("add").handle(call -> "sum"))
            .tool(Tool.named("hide").handle(call -> "hidden"))
            .build();

    @BeforeEach
    void start() {
        mesh.start();
    }

    @AfterEach
    void close() {
        mesh.close();
        store.close();
    }

    @Test
    void aUserGetsARoleAndAToolPermissionAndItsKeyDoesWhatTheyAllow() {
        String user = answer(201, ROOT, "POST", "/api/v1/users", "{\"name\":\"Ann\",\"email\":\"ann@example.org\"}")
                .path("id")
                .asString();
        NewKey key = mesh.keys().create(ROOT, KeySpec.named("laptop").user(user).scopes("tools", "contexts"));

        assertThat(answer(200, shown(key), "GET", "/api/v1/tools/add/permissions", "")
                        .path("allowed")
                        .asBoolean())
                .isFalse();
        JsonNode set = answer(200, ROOT, "PUT", "/api/v1/tools/add/permissions", "{\"users\":[\"" + user + "\"]}");
        assertThat(set.at("/users/0/id").asString()).isEqualTo(user);
        assertThat(set.at("/users/0/tool_permissions/0").asString()).isEqualTo("add");
        assertThat(set.path("roles").size()).isEqualTo(3);

        JsonNode own = answer(200, shown(key), "GET", "/api/v1/tools/add/permissions", "");
        assertThat(own.path("allowed").asBoolean()).isTrue();
        assertThat(own.has("users")).isFalse();
        assertThat(answer(200, shown(key), "GET", "/api/v1/tools", "")
                        .path("data")
                        .size())
                .isOne();
        answer(200, shown(key), "POST", "/api/v1/tools/add/call", "{}");
        answer(403, shown(key), "POST", "/api/v1/tools/hide/call", "{}");
        answer(403, shown(key), "GET", "/api/v1/contexts", "");

        JsonNode roles = answer(200, ROOT, "PUT", "/api/v1/users/" + user + "/roles", "{\"roles\":[\"reader\"]}");
        assertThat(roles.at("/data/0/name").asString()).isEqualTo("reader");
        answer(200, shown(key), "GET", "/api/v1/contexts", "");
        answer(200, ROOT, "DELETE", "/api/v1/users/" + user + "/roles/reader", "");
        answer(403, shown(key), "GET", "/api/v1/contexts", "");
        answer(200, ROOT, "PUT", "/api/v1/users/" + user + "/roles/agent", "");
        answer(200, shown(key), "POST", "/api/v1/tools/hide/call", "{}");

        assertThat(answer(200, ROOT, "PATCH", "/api/v1/users/" + user, "{\"disabled\":true}")
                        .has("disabled_at"))
                .isTrue();
        answer(404, GEORGE, "GET", "/api/v1/users/" + user, "");
        answer(404, GEORGE, "DELETE", "/api/v1/users/" + user, "");
        answer(204, ROOT, "DELETE", "/api/v1/users/" + user, "");
        answer(404, ROOT, "GET", "/api/v1/users/" + user, "");
    }

    @Test
    void rolesAreMadeAndChanged() {
        JsonNode made = answer(
                201, ROOT, "POST", "/api/v1/roles", "{\"name\":\"reviewer\",\"permissions\":[\"contexts:read\"]}");

        assertThat(answer(200, ROOT, "GET", "/api/v1/roles", "").path("data").size())
                .isEqualTo(5);
        assertThat(answer(200, ROOT, "GET", "/api/v1/roles/reviewer", "").path("id"))
                .isEqualTo(made.path("id"));
        String permissions = "/api/v1/roles/" + made.path("id").asString() + "/permissions";
        answer(200, ROOT, "PUT", permissions, "{\"permissions\":[\"jobs:read\",\"audit:read\"]}");
        assertThat(answer(200, ROOT, "GET", permissions, "").path("data").toString())
                .isEqualTo("[\"audit:read\",\"jobs:read\"]");
        assertThat(answer(400, ROOT, "PUT", permissions, "{\"permissions\":[\"job:read\"]}")
                        .path("fix")
                        .asString())
                .contains("jobs:read");
        answer(404, GEORGE, "GET", permissions, "");
        answer(204, ROOT, "DELETE", "/api/v1/roles/reviewer", "");
        answer(400, ROOT, "DELETE", "/api/v1/roles/admin", "");
    }

    @Test
    void tenantsAreManagedByThePlatformOnly() {
        answer(403, ROOT, "GET", "/api/v1/tenants", "");
        answer(403, ROOT, "POST", "/api/v1/tenants", "{\"id\":\"acme\"}");
        answer(201, PLATFORM, "POST", "/api/v1/tenants", "{\"id\":\"acme\",\"name\":\"Acme\"}");
        NewKey key = mesh.keys().create(ROOT, KeySpec.named("ci").scopes("contexts"));

        assertThat(answer(200, PLATFORM, "PATCH", "/api/v1/tenants/acme", "{\"suspended\":true}")
                        .path("state")
                        .asString())
                .isEqualTo("suspended");
        assertThat(answer(200, PLATFORM, "PATCH", "/api/v1/tenants/acme", "{\"suspended\":false}")
                        .path("state")
                        .asString())
                .isEqualTo("active");
        assertThat(shown(key).tenant().id()).isEqualTo("acme");
        JsonNode receipt = answer(200, PLATFORM, "DELETE", "/api/v1/tenants/acme", "");
        assertThat(receipt.at("/rows/keys").asInt()).isOne();
        assertThat(answer(200, PLATFORM, "GET", "/api/v1/tenants", "")
                        .at("/data/0/state")
                        .asString())
                .isEqualTo("deleted");
        answer(404, PLATFORM, "GET", "/api/v1/tenants/globex", "");
    }

    @Test
    void permissionsForAToolThatThereIsNotAre404WithTheNearest() {
        assertThat(answer(404, ROOT, "PUT", "/api/v1/tools/ad/permissions", "{\"users\":[]}")
                        .path("error")
                        .asString())
                .contains("Nearest: add");
        answer(404, ROOT, "PUT", "/api/v1/tools/add/permissions", "{\"users\":[\"user-9\"]}");
        answer(403, Principal.of(ROOT.tenant(), "x", "users:read"), "PUT", "/api/v1/tools/add/permissions", "{}");
    }

    private Principal shown(NewKey key) {
        return mesh.authenticate(new Credentials("", key.secret(), ""));
    }

    private JsonNode answer(int status, Principal principal, String method, String target, String body) {
        RestExecution execution = mesh.rest()
                .begin(new RestRequest(
                        method,
                        target,
                        new HashMap<>(),
                        body.getBytes(StandardCharsets.UTF_8),
                        Optional.of(principal),
                        TRACE));
        mesh.threads().execute(execution);
        RestResponse answer = execution
                .result()
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
        assertThat(answer.status())
                .as(method + " " + target + ": " + new String(answer.body(), StandardCharsets.UTF_8))
                .isEqualTo(status);
        return answer.body().length == 0 ? Json.object() : Json.parse(answer.body());
    }
}
