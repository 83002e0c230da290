package dev.devmesh.launcher.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.json.Json;
import dev.devmesh.launcher.command.DevMeshCommand;
import dev.devmesh.launcher.shell.Surroundings;
import dev.devmesh.postgres.PostgresSettings;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that work in their own process, on the database of a configuration. */
class CommandsOnTheDatabaseTest {

    @TempDir
    Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void whatOneCommandMakesTheNextOneFindsAndAllOfItIsInTheAuditLog() throws Exception {
        try (SharedDatabase database = new SharedDatabase()) {
            PostgresSettings settings = database.settings();
            String secret = "canary-session-secret-0123456789abcdef";
            Files.writeString(directory.resolve("mesh.yaml"), """
                    database: { url: "%s", username: "%s", password: "%s" }
                    mcp: { session_secret: %s }
                    """.formatted(
                            settings.url(), settings.user(), settings.password(), secret));

            assertThat(run("tenants", "create", "acme")).as(err()).isZero();
            assertThat(run("users", "create", "--id", "user-123", "--email", "ann@example.org"))
                    .as(err())
                    .isZero();
            assertThat(run("users", "give", "user-123", "developer")).isZero();
            assertThat(run("keys", "create", "ci", "--user", "user-123", "--scope", "contexts", "--json"))
                    .isZero();
            String key = Json.parse(out()).path("secret").asString();
            assertThat(run("keys", "ls")).isZero();
            assertThat(out()).containsPattern(" ci +good +contexts ").doesNotContain(key);
            assertThat(run("tools", "call", "context_create", "{\"name\": \"red build\"}"))
                    .isZero();

            assertThat(run("audit", "--limit", "200")).isZero();
            assertThat(out())
                    .contains("tenant.create", "user.create", "role.give", "key.create")
                    .containsPattern("tool.call +context_create +ok")
                    .contains("command-line:");
        }
    }

    private int run(String... arguments) {
        out.reset();
        err.reset();
        String[] all = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--config";
        all[arguments.length + 1] = "mesh.yaml";
        return DevMeshCommand.run(
                new Surroundings(
                        Map.of(),
                        directory,
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false),
                all);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
