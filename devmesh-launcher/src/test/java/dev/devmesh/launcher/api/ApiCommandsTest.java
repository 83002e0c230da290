package dev.devmesh.launcher.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.json.Json;
import dev.devmesh.launcher.command.DevMeshCommand;
import dev.devmesh.launcher.config.ConfigurationSources;
import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.server.Parts;
import dev.devmesh.launcher.server.Server;
import dev.devmesh.launcher.shell.Surroundings;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The commands against a server of this process, over HTTP. */
class ApiCommandsTest {

    private static final String ADMIN = "canary-administrator-0123456789abcdef";

    @TempDir
    static Path directory;

    private static Parts parts;
    private static Server server;

    private final Map<String, String> environment = new HashMap<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeAll
    static void start() throws InterruptedException {
        LoadedConfiguration loaded = LoadedConfiguration.load(new ConfigurationSources(
                Optional.empty(),
                Map.of(
                        "DEVMESH_AUTH_ADMIN_KEY",
                        ADMIN,
                        "DEVMESH_DATA_DIR",
                        directory.toString(),
                        "DEVMESH_LISTENERS_EDGE",
                        "0"),
                List.of()));
        parts = Parts.open(loaded.configuration());
        server = Server.start(loaded, parts, false, "test");
    }

    @AfterAll
    static void stop() {
        server.close();
        parts.close();
    }

    @BeforeEach
    void connect() {
        environment.put("DEVMESH_URL", server.edge().toString());
        environment.put("DEVMESH_API_KEY", ADMIN);
    }

    @Test
    void toolsAreListedAndRun() {
        assertThat(run("tools", "ls")).isZero();
        assertThat(out()).startsWith("NAME ").contains("context_create").contains("\n");

        assertThat(run("tools", "call", "context_create", "{\"name\": \"red build\"}", "--json"))
                .isZero();
        assertThat(out()).startsWith("{\"content\":").contains("red build");
    }

    @Test
    void aKeyIsMadeChangedReplacedAndRevoked() {
        assertThat(run("keys", "create", "ci", "--scope", "contexts:read", "--expires-in", "90d", "--json"))
                .isZero();
        JsonNode made = Json.parse(out());
        String id = made.at("/key/id").asString();
        String secret = made.path("secret").asString();
        assertThat(run("keys", "update", id, "--scope", "contexts:read", "--scope", "tools:execute"))
                .isZero();
        assertThat(out()).contains("contexts:read tools:execute").doesNotContain(secret);

        environment.put("DEVMESH_API_KEY", secret);
        assertThat(run("keys", "validate")).isZero();
        assertThat(out()).containsPattern("(?m)^name +ci$").containsPattern("(?m)^seconds_left +77");
        assertThat(run("keys", "ls")).isEqualTo(1);
        assertThat(err())
                .contains("needs keys:read; the credential allows contexts:read tools:execute (PERMISSION_DENIED)")
                .contains("fix: Use a credential with the scope keys:read");

        environment.put("DEVMESH_API_KEY", ADMIN);
        assertThat(run("keys", "rotate", id, "--overlap", "1h")).isZero();
        assertThat(out()).contains("secret", "replaces.expires_at");
        assertThat(run("keys", "revoke", id)).isZero();
        assertThat(out()).isEqualTo("revoked " + id + "\n");
        assertThat(run("keys", "ls")).isZero();
        assertThat(out()).startsWith("ID ").containsPattern(id + " +ci +revoked ");
    }

    @Test
    void aUserIsGivenARoleAndItsKeyMayDoWhatThatAllows() {
        assertThat(run("users", "create", "--email", "ann@example.org", "--json"))
                .isZero();
        String ann = Json.parse(out()).path("id").asString();
        assertThat(run("keys", "create", "laptop", "--user", ann, "--scope", "admin", "--json"))
                .isZero();
        String secret = Json.parse(out()).path("secret").asString();
        environment.put("DEVMESH_API_KEY", secret);
        assertThat(run("tools", "why", "context_list")).isZero();
        assertThat(out()).containsPattern("(?m)^allowed +false$").containsPattern("(?m)^role_hint +agent$");

        environment.put("DEVMESH_API_KEY", ADMIN);
        assertThat(run("users", "give", ann, "agent")).isZero();
        assertThat(out()).startsWith("NAME ").contains("tools:execute");
        environment.put("DEVMESH_API_KEY", secret);
        assertThat(run("tools", "call", "context_list")).isZero();

        environment.put("DEVMESH_API_KEY", ADMIN);
        assertThat(run("users", "disable", ann)).isZero();
        environment.put("DEVMESH_API_KEY", secret);
        assertThat(run("tools", "ls")).isEqualTo(1);
        assertThat(err()).contains("(USER_DISABLED)");
    }

    @Test
    void aRoleIsMadeAndAllowsWhatItIsGiven() {
        assertThat(run("roles", "create", "auditor", "--permission", "audit:read"))
                .isZero();
        assertThat(run("roles", "allow", "auditor", "--permission", "audit:read", "--permission", "users:read"))
                .isZero();
        assertThat(run("roles", "ls")).isZero();
        assertThat(out()).contains("developer", "auditor").containsPattern("auditor .*audit:read users:read");
        assertThat(run("roles", "allow", "auditor", "--permission", "audit:raed"))
                .isEqualTo(1);
        assertThat(err()).contains("audit:read");
        assertThat(run("roles", "delete", "auditor")).isZero();
    }

    @Test
    void aTenantHasItsFirstKeyFromWhoManagesThePlatformAndNobodyElsesRights() {
        assertThat(run("tenants", "create", "acme", "--name", "Acme Ltd")).isZero();
        assertThat(run("tenants", "key", "acme", "--json")).isZero();
        environment.put("DEVMESH_API_KEY", Json.parse(out()).path("secret").asString());
        assertThat(run("keys", "validate")).isZero();
        assertThat(out()).containsPattern("(?m)^tenant_id +acme$");
        assertThat(run("tenants", "ls")).isEqualTo(1);
        assertThat(err()).contains("needs platform:tenants");

        environment.put("DEVMESH_API_KEY", ADMIN);
        assertThat(run("tenants", "delete", "acme")).isEqualTo(2);
        assertThat(run("tenants", "delete", "acme", "--yes")).isZero();
        assertThat(run("tenants", "key", "acme")).isEqualTo(1);
        assertThat(err()).contains("is deleted (TENANT_SUSPENDED)");
    }

    @Test
    void aTokenIsLookedIntoWithoutBeingPrinted() throws Exception {
        HttpResponse<String> exchanged = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(server.edge().resolve("/api/v1/auth/token"))
                                .header("X-API-Key", ADMIN)
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        String token = Json.parse(exchanged.body()).path("access_token").asString();
        environment.put("DEVMESH_API_KEY", token);

        assertThat(run("jwt", "inspect")).isZero();
        assertThat(out())
                .containsPattern("(?m)^header.alg +HS256$")
                .containsPattern("(?m)^claims.iss +devmesh$")
                .containsPattern("(?m)^claims.exp +\\d+ \\(20.*Z\\)$")
                .contains("takes it, as administrator")
                .doesNotContain(token);

        environment.put("DEVMESH_API_KEY", token.substring(0, token.length() - 6) + "AAAAAA");
        assertThat(run("jwt", "inspect")).isEqualTo(1);
        assertThat(out()).contains("Invalid signature");
        environment.put("DEVMESH_API_KEY", "no-token");
        assertThat(run("jwt", "inspect")).isEqualTo(2);
    }

    @Test
    void whoDidWhatIsListed() {
        assertThat(run("keys", "create", "seen")).isZero();

        assertThat(run("audit")).isZero();
        assertThat(out()).startsWith("AT ").contains("key.create");
    }

    @Test
    void aToolThatFailsEndsInExitCodeOne() {
        assertThat(run("tools", "call", "context_get", "{\"context\": \"ctx_unknown\"}"))
                .isEqualTo(1);
        assertThat(out()).contains("There is no context");
    }

    @Test
    void argumentsThatAreNoObjectAreRefusedBeforeAnythingIsSent() {
        assertThat(run("tools", "call", "context_create", "[1]")).isEqualTo(2);
        assertThat(err()).startsWith("devmesh: the arguments of the tool are no JSON object; fix: quote them");
    }

    @Test
    void aRefusalIsOneLineWithItsCodeAndItsCure() {
        assertThat(run("tools", "call", "context_creat")).isEqualTo(1);
        assertThat(err())
                .isEqualTo("devmesh: Tool 'context_creat' does not exist. Nearest: context_create (TOOL_NOT_FOUND);"
                        + " fix: List the tools to see those that you may run\n");

        environment.remove("DEVMESH_API_KEY");
        assertThat(run("tools", "ls")).isEqualTo(1);
        assertThat(err()).startsWith("devmesh: This needs a credential (UNAUTHENTICATED); fix: Send an API key");
    }

    @Test
    void aServerThatIsNotThereIsNamedWithoutTheKey() {
        environment.put("DEVMESH_URL", "http://127.0.0.1:1");

        assertThat(run("keys", "ls")).isEqualTo(1);
        assertThat(err())
                .isEqualTo("devmesh: nothing answers at http://127.0.0.1:1/; fix: devmesh serve, or the address of the"
                        + " server as --url or DEVMESH_URL\n");
    }

    @Test
    void anAddressWithAUserInItIsRefusedAndNotRepeated() {
        assertThat(run("keys", "ls", "--url", "http://me:hush@127.0.0.1:1")).isEqualTo(2);
        assertThat(err()).contains("no http or https URL").doesNotContain("hush");
    }

    @Test
    void inThisProcessADatabaseIsNeeded() {
        assertThat(run("keys", "ls", "--config", directory.resolve("none.yaml").toString()))
                .isEqualTo(2);
        assertThat(err()).contains("does not exist");
    }

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return DevMeshCommand.run(
                new Surroundings(
                        environment,
                        directory,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false),
                arguments);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
