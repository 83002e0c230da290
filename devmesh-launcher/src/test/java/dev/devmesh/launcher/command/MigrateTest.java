package dev.devmesh.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.launcher.shell.Surroundings;
import dev.devmesh.postgres.PostgresSettings;
import dev.devmesh.postgres.PostgresStore;
import dev.devmesh.postgres.testing.RestartablePostgres;
import dev.devmesh.store.PendingItem;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator reads when a database is made ready, and when it is not. */
final class MigrateTest {

    private static final String PASSWORD = "s3cret-of-the-database";

    @TempDir
    Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void everyReasonHasASentenceOfItsOwnAndWhatCuresItIsInIt() throws Exception {
        try (RestartablePostgres server = RestartablePostgres.start()) {
            server.execute("postgres", "CREATE DATABASE mesh");
            server.execute("postgres", "CREATE ROLE plain LOGIN PASSWORD '" + PASSWORD + "'");
            server.execute("postgres", "GRANT CREATE ON DATABASE mesh TO plain");
            server.execute("postgres", "CREATE ROLE maker LOGIN CREATEROLE PASSWORD '" + PASSWORD + "'");
            server.requirePasswords();
            String plain = server.url("plain", PASSWORD, "mesh");

            assertThat(run(server.url("plain", "wrong" + PASSWORD, "mesh"), "migrate"))
                    .isEqualTo(1);
            assertThat(lastLine())
                    .contains("refuses the login: password authentication failed for user \"plain\"; fix: ")
                    .contains("database.password", "DATABASE_URL");
            assertThat(run(server.url("plain", "", "mesh"), "migrate")).isEqualTo(1);
            assertThat(lastLine()).contains("refuses the login: ", "no password was provided; fix: ");
            assertThat(run(server.url("plain", PASSWORD, "nowhere"), "migrate")).isEqualTo(1);
            assertThat(lastLine())
                    .contains("database \"nowhere\" does not exist at 127.0.0.1:", "; fix: CREATE DATABASE");

            assertThat(run(plain, "migrate")).isEqualTo(1);
            assertThat(lastLine())
                    .contains("this user may not create or grant roles; fix: Have an administrator run: DO $$")
                    .endsWith("GRANT devmesh_app, devmesh_system TO \"plain\";");
            assertThat(run(server.url("maker", PASSWORD, "mesh"), "migrate")).isEqualTo(1);
            assertThat(lastLine()).contains("this user may not migrate the schema; fix: ", "database.owner.username");

            server.execute("postgres", "CREATE DATABASE theirs OWNER maker");
            assertThat(run(server.url("maker", PASSWORD, "theirs"), "migrate")).isZero();

            String owner = server.url("postgres", "", "mesh");
            assertThat(run(owner, "migrate", "--validate")).isEqualTo(1);
            assertThat(out.toString(StandardCharsets.UTF_8)).contains("Migration V0001__contexts.sql is not applied.");
            assertThat(run(owner, "migrate", "--dry-run")).isZero();
            assertThat(out.toString(StandardCharsets.UTF_8)).contains("-- V0001__contexts.sql", "CREATE TABLE");
            assertThat(server.query("mesh", "SELECT 1 FROM pg_namespace WHERE nspname = 'devmesh'"))
                    .isEmpty();

            assertThat(run(owner, "migrate")).isZero();
            assertThat(out.toString(StandardCharsets.UTF_8))
                    .startsWith("applied V0001__contexts.sql\n")
                    .endsWith("The schema is up to date.\n");
            assertThat(run(owner, "migrate")).isZero();
            assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("The schema is up to date.\n");
            assertThat(run(owner, "migrate", "--validate")).isZero();
            assertThat(run(owner, "migrate", "--dry-run")).isZero();
            assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("-- The schema is up to date.\n");

            server.execute(
                    "mesh",
                    "INSERT INTO devmesh.schema_history (version, name, checksum, took_ms) VALUES (99, 'V0099__x.sql', 'x', 1)");
            assertThat(run(owner, "migrate")).isEqualTo(1);
            assertThat(lastLine())
                    .contains("The schema is at version 99, and this program knows versions up to ")
                    .contains("; fix: Run a newer version of DevMesh, or restore the database from before");
            assertThat(run(owner, "serve")).isEqualTo(1);
            assertThat(lastLine()).startsWith("devmesh: cannot start: ").contains("The schema is at version 99");

            server.stopAtOnce();
            assertThat(run(owner, "migrate")).isEqualTo(1);
            assertThat(lastLine()).contains(" cannot be reached: ", "; fix: start it");
        }
    }

    @Test
    void reembedAsksForWhatAnotherModelEmbeddedAndForThatOnly() throws Exception {
        try (RestartablePostgres server = RestartablePostgres.start()) {
            server.execute("postgres", "CREATE DATABASE mesh");
            String owner = server.url("postgres", "", "mesh");
            Principal alice = Principal.administrator(Tenant.single(), "alice");
            try (PostgresStore store = PostgresStore.open(PostgresSettings.of(owner))) {
                Contexts contexts = Contexts.in(store, Clock.systemUTC());
                String id = contexts.create(alice, NewContext.named("log")).id();
                contexts.append(alice, id, Item.user("one"), Item.user("two"), Item.user("still pending"));
                Instant now = Instant.now();
                List<PendingItem> due = store.system().leaseEmbeddings(now, now.plusSeconds(60), 2);
                store.inTransaction(Tenant.single(), session -> {
                    due.forEach(item -> session.embeddings().done(item, "other", "0".repeat(64), new float[] {1, 0}));
                    return null;
                });
            }

            assertThat(run(owner, "reembed")).isZero();
            assertThat(out.toString(StandardCharsets.UTF_8))
                    .startsWith("to be embedded again by ")
                    .endsWith(": 2 items\n");
            assertThat(run(owner, "reembed")).isZero();
            assertThat(out.toString(StandardCharsets.UTF_8)).endsWith(": 0 items\n");
        }

        assertThat(run("", "reembed")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("there is no database", "database.url (DATABASE_URL)");
    }

    private int run(String url, String... arguments) {
        out.reset();
        err.reset();
        Map<String, String> environment =
                Map.of("DATABASE_URL", url, "DEVMESH_MCP_SESSION_SECRET", "0123456789abcdef0123456789abcdef");
        int code = DevMeshCommand.run(
                new Surroundings(environment, directory, stream(out), stream(err), false), arguments);
        assertThat(out.toString(StandardCharsets.UTF_8) + err).doesNotContain(PASSWORD);
        return code;
    }

    private String lastLine() {
        String said = err.toString(StandardCharsets.UTF_8);
        assertThat(said).startsWith("devmesh: cannot start: ").doesNotContain("\tat ");
        return said.lines().reduce((earlier, later) -> later).orElse("");
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }
}
