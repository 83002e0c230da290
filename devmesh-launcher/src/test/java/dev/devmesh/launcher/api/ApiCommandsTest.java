package dev.devmesh.launcher.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.launcher.command.DevMeshCommand;
import dev.devmesh.launcher.config.ConfigurationSources;
import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.server.Parts;
import dev.devmesh.launcher.server.Server;
import dev.devmesh.launcher.shell.Surroundings;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
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
    void aToolThatFailsEndsInExitCodeOne() {
        assertThat(run("tools", "call", "context_get", "{\"id\": \"ctx_unknown\"}"))
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
