package dev.devmesh.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.launcher.shell.Surroundings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DevMeshCommandTest {

    @TempDir
    Path directory;

    private final Map<String, String> environment = new HashMap<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    sevre               | devmesh: unknown command sevre; fix: did you mean serve? See devmesh --help
                    banana              | devmesh: unknown command banana; fix: devmesh --help
                    serve --prot 1      | devmesh: cannot start: unknown option --prot; fix: did you mean --port? See devmesh serve --help
                    --prot=1            | devmesh: cannot start: unknown option --prot=1; fix: did you mean --port? See devmesh serve --help
                    serve now           | devmesh: cannot start: unexpected argument now; fix: devmesh serve --help
                    serve --port        | devmesh: cannot start: Missing required parameter for option '--port' (N); fix: devmesh serve --help
                    serve --dev --dev   | devmesh: cannot start: option '--dev' should be specified only once; fix: devmesh serve --help
                    stdoi               | devmesh: unknown command stdoi; fix: did you mean stdio? See devmesh --help
                    stdio --port 1      | devmesh: cannot start: unknown option --port; fix: devmesh stdio --help
                    config chekc        | devmesh: unknown command chekc; fix: did you mean check? See devmesh config --help
                    config              | devmesh: Missing required subcommand; fix: devmesh config --help
                    config check --file | devmesh: unknown option --file; fix: devmesh config check --help
                    """)
    void aSlipOnTheCommandLineIsNamedWithTheNearestRightThing(String arguments, String line) {
        assertThat(run(arguments.split(" "))).isEqualTo(2);
        assertThat(err()).isEqualTo(line + "\n");
        assertThat(out()).isEmpty();
    }

    @Test
    void wrongConfigurationIsReportedWholeByServeAndByCheck() throws IOException {
        write("listeners:\n  egde: 1\nlimits: { connections: none }\n");
        String report = """
                devmesh: cannot start: 2 problems in devmesh.yaml
                  line 2  listeners.egde       unknown key; did you mean edge?
                  line 3  limits.connections   must be a whole number, is 'none'
                """;

        assertThat(run("serve")).isEqualTo(2);
        assertThat(err()).isEqualTo(report);
        assertThat(run("config", "check")).isEqualTo(2);
        assertThat(err()).isEqualTo(report);
        assertThat(run("config", "show")).isEqualTo(2);
        assertThat(err()).isEqualTo(report);
    }

    @Test
    void aBadPortIsReportedWithTheRest() throws IOException {
        write("log_level: loud\n");

        assertThat(run("--port", "many")).isEqualTo(2);
        assertThat(err()).isEqualTo("""
                        devmesh: cannot start: 2 problems in devmesh.yaml and on the command line
                          line 1  log_level        must be one of error, warn, info, debug, trace, is 'loud'
                          --port  listeners.edge   must be a whole number, is 'many'
                        """);
    }

    @Test
    void aMissingFileIsAFailureOfUsageOnOneLine() {
        assertThat(run("serve", "--config", "other.yaml")).isEqualTo(2);
        assertThat(err())
                .isEqualTo("devmesh: cannot start: other.yaml does not exist;"
                        + " fix: devmesh config template > other.yaml\n");
        assertThat(run("config", "check", "--config", "other.yaml")).isEqualTo(2);
        assertThat(err()).startsWith("devmesh: other.yaml does not exist; fix: ");
    }

    @Test
    void developmentModeIsRefusedWhereOthersCouldReachIt() {
        assertThat(run("--dev", "--bind", "0.0.0.0")).isEqualTo(2);
        assertThat(err())
                .isEqualTo("devmesh: cannot start: --dev asks nobody for a key, so it serves this machine only, and"
                        + " listeners.bind is 0.0.0.0; fix: --bind 127.0.0.1, or leave out --dev\n");
    }

    @Test
    void stdioAsksForTheKeyOfItsCallerBeforeItMakesAnything() {
        assertThat(run("stdio")).isEqualTo(2);
        assertThat(err())
                .isEqualTo("devmesh: cannot start: DEVMESH_API_KEY is not set, and the server asks who is calling; fix:"
                        + " set it to the administrator's key (auth.admin_key, or the file admin-key in data_dir),"
                        + " or use --dev\n");
        assertThat(out()).isEmpty();
    }

    @Test
    void checkSaysThatAConfigurationIsGoodAndWhatHasNoEffect() throws IOException {
        assertThat(run("config", "check")).isZero();
        assertThat(out()).isEqualTo("no file, the configuration is good; keys not at their default: 0\n");

        write("log_level: warn\n");
        environment.put("REDIS_URL", "redis://cache");
        assertThat(run("config", "check")).isZero();
        assertThat(out()).isEqualTo("devmesh.yaml is good; keys not at their default: 1\n");
        assertThat(err())
                .isEqualTo("devmesh: warning: REDIS_URL has no effect: redis is not available in this version\n");
    }

    @Test
    void aDatabaseNeedsASecretThatAllNodesShare() {
        environment.put("DATABASE_URL", "postgres://app:hush@127.0.0.1:1/mesh");

        assertThat(run("serve")).isEqualTo(2);
        assertThat(err())
                .isEqualTo(
                        "devmesh: cannot start: mcp.session_secret is empty, and sessions outlive a server that has a"
                                + " database; fix: set mcp.session_secret (DEVMESH_MCP_SESSION_SECRET), the same on every node;"
                                + " openssl rand -hex 32 makes one\n");
    }

    @Test
    void migrateNeedsADatabaseAndDoesOneThingAtATime() {
        assertThat(run("migrate")).isEqualTo(2);
        assertThat(err())
                .isEqualTo(
                        "devmesh: cannot start: there is no database to migrate; fix: set database.url (DATABASE_URL),"
                                + " or database.host\n");
        assertThat(run("migrate", "--dry-run", "--validate")).isEqualTo(2);
        assertThat(err()).contains("--dry-run and --validate").endsWith("; fix: leave one out\n");
    }

    @Test
    void aDatabaseThatIsAwayEndsInOneLineWithoutItsPassword() {
        environment.put("DATABASE_URL", "postgres://app:hush@127.0.0.1:1/mesh");

        assertThat(run("migrate")).isEqualTo(1);
        assertThat(err())
                .startsWith(
                        "devmesh: cannot start: the database at 127.0.0.1:1 cannot be reached: Connection to"
                                + " 127.0.0.1:1 refused; fix: start it, or correct database.url (DATABASE_URL) or database.host\n")
                .doesNotContain("hush");
    }

    @Test
    void aServerWaitsForItsDatabaseAsLongAsItIsToldTo() {
        environment.put("DATABASE_URL", "postgres://app:hush@127.0.0.1:1/mesh");
        environment.put("DEVMESH_DATABASE_STARTUP_WAIT", "1s");
        environment.put("DEVMESH_MCP_SESSION_SECRET", "0123456789abcdef0123456789abcdef");

        long begun = System.nanoTime();
        assertThat(run("serve")).isEqualTo(1);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofSeconds(1));
        assertThat(err()).startsWith("devmesh: cannot start: the database at 127.0.0.1:1 cannot be reached");
    }

    @Test
    void showPrintsValuesAndOriginsWithoutSecrets() throws IOException {
        write("auth: { admin_key: 0123456789abcdef0123456789abcdef }\n");
        environment.put("LOG_LEVEL", "debug");

        assertThat(run("config", "show", "--config", "devmesh.yaml")).isZero();
        assertThat(out())
                .containsPattern("(?m)^log_level +debug +LOG_LEVEL$")
                .containsPattern("(?m)^auth.admin_key +\\*\\*\\* +devmesh.yaml line 1$")
                .containsPattern("(?m)^listeners.edge +8080 +default$")
                .doesNotContain("0123456789abcdef");
    }

    @Test
    void theTemplateIsAGoodConfiguration() throws IOException {
        assertThat(run("config", "template")).isZero();
        write(out());

        assertThat(run("config", "check")).isZero();
        assertThat(out()).startsWith("devmesh.yaml is good");
    }

    @Test
    void versionAndHelpAreAnsweredOnStandardOutput() {
        assertThat(run("--version")).isZero();
        assertThat(out()).matches("devmesh \\S+ \\(Java .*\\)\n");
        assertThat(run("version")).isZero();
        assertThat(out()).matches("devmesh \\S+ \\(Java .*\\)\n");
        assertThat(run("help")).isZero();
        assertThat(out())
                .contains("serve", "stdio", "config", "version", "Exit codes")
                .doesNotContain("\u001b");
        assertThat(run("help", "serve")).isZero();
        assertThat(out()).contains("--config=FILE", "--port=N", "--bind=ADDRESS", "--dev");
        assertThat(run("stdio", "--help")).isZero();
        assertThat(out()).contains("--config=FILE", "--dev", "DEVMESH_API_KEY").doesNotContain("--port");
        assertThat(run("config", "check", "--help")).isZero();
        assertThat(out()).contains("--config=FILE");
        assertThat(err()).isEmpty();
    }

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return DevMeshCommand.run(new Surroundings(environment, directory, stream(out), stream(err), false), arguments);
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    private void write(String yaml) throws IOException {
        Files.writeString(directory.resolve("devmesh.yaml"), yaml);
    }
}
