package dev.devmesh.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.auth.UserRights;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.event.TraceContext;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class KeyRoutesTest {

    private static final String KEYS = "/api/v1/auth/keys";
    private static final Tenant ACME = new Tenant("acme");
    private static final Principal ROOT = Principal.administrator(ACME, "root");
    private static final TraceContext TRACE =
            TraceContext.from("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

    private final SettableClock clock = new SettableClock();
    private final InMemoryStore store = InMemoryStore.create(clock);
    private final DevMesh mesh = DevMesh.builder().clock(clock).store(store).build();

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
    void theBodyOfTheGuideMakesAKeyWhoseSecretIsShownThisOnce() {
        RestResponse made = send(ROOT, "POST", KEYS, """
                {"name": "new-key", "scopes": ["contexts:read", "contexts:write"], "expires_at": "2026-12-31T23:59:59Z"}""");

        assertThat(made.status()).isEqualTo(201);
        assertThat(made.headers()).containsEntry("Cache-Control", "no-store");
        String id = json(made).at("/key/id").asString();
        assertThat(made.headers()).containsEntry("Location", KEYS + "/" + id);
        String secret = json(made).path("secret").asString();
        Principal caller = mesh.authenticate(new Credentials("", secret, ""));
        assertThat(caller.scopes()).isEqualTo(Scopes.of("contexts:read", "contexts:write"));
        RestResponse shown = send(ROOT, "GET", KEYS + "/" + id, "");
        assertThat(text(shown)).doesNotContain(secret).doesNotContain("hash");
        assertThat(json(shown).path("expires_at").asString()).isEqualTo("2026-12-31T23:59:59Z");
        assertThat(json(shown).path("state").asString()).isEqualTo("good");
        assertThat(text(send(ROOT, "GET", KEYS, ""))).contains(id).doesNotContain(secret);
    }

    @Test
    void anExpiryInThePastIs400AndSaysWhatTimeItIs() {
        RestResponse refused = send(ROOT, "POST", KEYS, """
                {"name": "new-key", "scopes": ["contexts:read", "contexts:write"], "expires_at": "2025-12-31T23:59:59Z"}""");

        assertThat(refused.status()).isEqualTo(400);
        assertThat(json(refused).path("error").asString())
                .contains("not in the future")
                .contains(clock.instant().toString());
        assertThat(send(ROOT, "POST", KEYS, """
                {"name": "k", "expires_at": "2026-12-31T23:59:59Z", "expires_in_seconds": 60}""").status()).isEqualTo(400);
    }

    @Test
    void anUnknownScopeIs400WithTheKnownOnes() {
        RestResponse refused = send(ROOT, "POST", KEYS, "{\"name\": \"k\", \"scopes\": [\"contexts:reed\"]}");

        assertThat(refused.status()).isEqualTo(400);
        assertThat(json(refused).path("error").asString()).contains("contexts:reed");
        assertThat(json(refused).path("fix").asString()).contains("contexts:read");
        assertThat(send(ROOT, "POST", KEYS, "{\"name\": \"k\", \"scopes\": [\"No Scope\"]}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void noSecretIsKeptForAnIdempotencyKey() {
        String id = create(KeySpec.named("k")).key().id();
        for (String path : List.of(KEYS, KEYS + "/" + id + "/rotate")) {
            RestResponse refused = exchange(ROOT, "POST", path, "{\"name\": \"k\"}", Map.of("idempotency-key", "once"));

            assertThat(refused.status()).isEqualTo(400);
            assertThat(text(refused)).doesNotContain("dmk_");
        }
        assertThat(mesh.keys().list(ROOT, "", 10).data()).hasSize(1);
    }

    @Test
    void theBodyOfTheGuideChangesTheScopes() {
        NewKey made = create(KeySpec.named("k").scopes("contexts:read"));

        RestResponse changed = send(ROOT, "PATCH", KEYS + "/" + made.key().id(), """
                {"scopes": ["contexts:read", "contexts:write", "tools:execute"]}""");

        assertThat(changed.status()).isEqualTo(200);
        assertThat(json(changed).path("scopes")).hasSize(3);
        assertThat(mesh.authenticate(new Credentials("", made.secret(), "")).may("tools:execute:echo"))
                .isTrue();
        assertThat(json(send(ROOT, "PATCH", KEYS + "/" + made.key().id(), "{\"expires_in_seconds\": 60}"))
                        .path("expires_at")
                        .asString())
                .isEqualTo("2026-01-01T00:01:00Z");
        RestResponse forever =
                send(ROOT, "PATCH", KEYS + "/" + made.key().id(), "{\"name\": \"n\", \"expires_in_seconds\": 0}");
        assertThat(json(forever).has("expires_at")).isFalse();
        assertThat(json(forever).path("name").asString()).isEqualTo("n");
        assertThat(json(send(ROOT, "PATCH", KEYS + "/" + made.key().id(), "{\"user_id\": \"root\"}"))
                        .path("error")
                        .asString())
                .contains("user_id");
    }

    @Test
    void aRotationAnswersTheNewSecretAndBothIds() {
        NewKey made = create(KeySpec.named("k").scopes("contexts:read"));

        RestResponse rotated =
                send(ROOT, "POST", KEYS + "/" + made.key().id() + "/rotate", "{\"overlap_seconds\": 60}");

        assertThat(rotated.status()).isEqualTo(201);
        assertThat(rotated.headers()).containsEntry("Cache-Control", "no-store");
        assertThat(json(rotated).at("/replaces/id").asString())
                .isEqualTo(made.key().id());
        assertThat(json(rotated).at("/replaces/expires_at").asString()).isEqualTo("2026-01-01T00:01:00Z");
        assertThat(json(rotated).at("/key/id").asString())
                .isNotEqualTo(made.key().id());
        assertThat(mesh.authenticate(
                                new Credentials("", json(rotated).path("secret").asString(), ""))
                        .credentialId())
                .isEqualTo(json(rotated).at("/key/id").asString());
        assertThat(send(ROOT, "POST", KEYS + "/" + made.key().id() + "/rotate", "{\"overlap_seconds\": 2592001}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void aRevokedKeyOpensNothingAndIsStillShown() {
        NewKey made = create(KeySpec.named("k"));

        assertThat(send(ROOT, "DELETE", KEYS + "/" + made.key().id(), "").status())
                .isEqualTo(204);

        assertThat(json(send(ROOT, "GET", KEYS + "/" + made.key().id(), ""))
                        .path("state")
                        .asString())
                .isEqualTo("revoked");
        assertThat(catchThrowableOfType(
                                MeshException.class, () -> mesh.authenticate(new Credentials("", made.secret(), "")))
                        .code())
                .isEqualTo(ErrorCode.KEY_REVOKED);
    }

    @Test
    void anyCallerSeesWhatItsOwnCredentialIsAndAllows() {
        NewKey made = create(KeySpec.named("ci")
                .scopes("contexts", "tools:execute:echo")
                .plan("premium")
                .expiresIn(Duration.ofDays(90)));
        Principal caller = mesh.authenticate(new Credentials("", made.secret(), ""));

        JsonNode view = json(send(caller, "GET", KEYS + "/validate", ""));

        assertThat(view.path("id").asString()).isEqualTo(made.key().id());
        assertThat(view.path("name").asString()).isEqualTo("ci");
        assertThat(view.path("tenant_id").asString()).isEqualTo("acme");
        assertThat(strings(view.path("scopes"))).containsExactly("contexts", "tools:execute:echo");
        assertThat(strings(view.path("permissions")))
                .containsExactly("contexts", "contexts:read", "contexts:write", "tools:execute:echo");
        assertThat(view.path("plan").asString()).isEqualTo("premium");
        assertThat(view.path("seconds_left").asLong())
                .isEqualTo(Duration.ofDays(90).toSeconds());
        assertThat(view.has("warning")).isFalse();

        clock.advance(Duration.ofDays(84));
        JsonNode late = json(send(caller, "GET", KEYS + "/validate", ""));
        assertThat(late.path("warning").asString())
                .contains("2026-04-01T00:00:00Z")
                .contains("/rotate");
    }

    @Test
    void theUserOfACredentialNarrowsWhatItAllows() {
        Principal caller = Principal.of(ACME, "user-7", "contexts", "tools")
                .actingFor(new UserRights(
                        "user-7", true, Set.of("reader"), Scopes.of("contexts:read", "tools:execute:echo")));

        JsonNode view = json(send(caller, "GET", KEYS + "/validate", ""));

        assertThat(view.path("user_id").asString()).isEqualTo("user-7");
        assertThat(strings(view.path("roles"))).containsExactly("reader");
        assertThat(strings(view.path("permissions"))).containsExactly("contexts:read", "tools:execute:echo");
        assertThat(view.has("expires_at")).isFalse();
    }

    @Test
    void aKeyOfAnotherTenantIs404AndWhoMayNotIs403() {
        String id = create(KeySpec.named("k")).key().id();
        Principal george = Principal.administrator(new Tenant("globex"), "george");
        Principal nobody = Principal.of(ACME, "nobody", "contexts");
        for (String[] request : new String[][] {
            {"GET", "", ""}, {"PATCH", "", "{\"name\": \"x\"}"}, {"DELETE", "", ""}, {"POST", "/rotate", "{}"}
        }) {
            String path = KEYS + "/" + id + request[1];
            assertThat(send(george, request[0], path, request[2]).status())
                    .as(request[0])
                    .isEqualTo(404);
            RestResponse denied = send(nobody, request[0], path, request[2]);
            assertThat(denied.status()).as(request[0]).isEqualTo(403);
            assertThat(json(denied).path("error").asString()).contains("keys:");
        }
        assertThat(send(ROOT, "GET", KEYS + "/" + id, "").status()).isEqualTo(200);
    }

    private NewKey create(KeySpec spec) {
        return mesh.keys().create(ROOT, spec);
    }

    private RestResponse send(Principal principal, String method, String target, String body) {
        return exchange(principal, method, target, body, Map.of());
    }

    private RestResponse exchange(
            Principal principal, String method, String target, String body, Map<String, String> headers) {
        RestExecution execution = mesh.rest()
                .begin(new RestRequest(
                        method,
                        target,
                        headers,
                        body.getBytes(StandardCharsets.UTF_8),
                        Optional.of(principal),
                        Credentials.none(),
                        TRACE));
        mesh.threads().execute(execution);
        return execution
                .result()
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    private static List<String> strings(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }

    private static JsonNode json(RestResponse answer) {
        return Json.parse(answer.body());
    }

    private static String text(RestResponse answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }
}
