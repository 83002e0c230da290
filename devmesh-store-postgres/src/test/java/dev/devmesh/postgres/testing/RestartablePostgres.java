package dev.devmesh.postgres.testing;

import static org.awaitility.Awaitility.await;

import dev.devmesh.postgres.PostgresSettings;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A server of its own, which can be stopped as {@code pg_ctl -m immediate} does, and started again as it was. Its user
 * {@code postgres} may do everything, without a password. It ends with the JVM at the latest. Confined to its test.
 */
public final class RestartablePostgres implements AutoCloseable {

    private final EmbeddedPostgres first;
    private final Path data;
    private final List<String> command;
    private long pid;

    private RestartablePostgres(EmbeddedPostgres first, Path data) throws IOException {
        this.first = first;
        this.data = data;
        this.pid = postmaster();
        this.command = new ArrayList<>(
                Arrays.asList(Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.UTF_8)
                        .split("\0")));
        command.set(0, Files.readSymbolicLink(Path.of("/proc/" + pid + "/exe")).toString());
        // As in earnest: what is acknowledged is on disk.
        command.remove("-F");
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(0, List.of("unshare", "-U"));
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::kill));
    }

    /** Starts one; skips the test where that needs more of the machine than it gives. */
    public static RestartablePostgres start() throws IOException, SQLException {
        Assumptions.assumeTrue(
                Files.isDirectory(Path.of("/proc/self")), "the server's command line is read from /proc");
        EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setServerConfig("listen_addresses", "127.0.0.1")
                // zonky turns it off
                .setServerConfig("synchronous_commit", "on")
                .setPGStartupWait(Duration.ofSeconds(60))
                .start();
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                var row = statement.executeQuery("SHOW data_directory")) {
            row.next();
            return new RestartablePostgres(server, Path.of(row.getString(1)));
        }
    }

    /** Settings for its database {@code postgres}. */
    public PostgresSettings settings() {
        return PostgresSettings.of("127.0.0.1", first.getPort(), "postgres").user("postgres", "");
    }

    /** The URL of a database, as an environment would name it. */
    public String url(String user, String password, String database) {
        return "postgres://" + user + ":" + password + "@127.0.0.1:" + first.getPort() + "/" + database;
    }

    /** Runs SQL in this database. */
    public void execute(String database, String sql) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of each row. */
    public List<String> query(String database, String sql) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> all = new ArrayList<>();
            while (rows.next()) {
                all.add(rows.getString(1));
            }
            return all;
        }
    }

    /** From now on every user but {@code postgres} needs a password. */
    public void requirePasswords() throws IOException, SQLException {
        Files.writeString(
                data.resolve("pg_hba.conf"),
                "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
        execute("postgres", "SELECT pg_reload_conf()");
    }

    private Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + first.getPort() + "/" + database
                        + "?ApplicationName=looks+on&connectTimeout=3",
                "postgres",
                "");
    }

    /** Ends it without a word to its clients, as a crash would. */
    public void stopAtOnce() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-QUIT", Long.toString(pid)).start().waitFor();
        await().atMost(Duration.ofSeconds(10)).until(() -> ProcessHandle.of(pid).isEmpty());
    }

    /** Starts it again, and waits until it answers. */
    public void startAgain() throws IOException {
        Path log = data.resolve("again.log");
        new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(this::answers);
        pid = postmaster();
    }

    @Override
    public void close() throws IOException {
        kill();
        first.close();
    }

    private boolean answers() {
        try (Connection connection = connect("postgres")) {
            return connection.isValid(1);
        } catch (SQLException notYet) {
            return false;
        }
    }

    private long postmaster() throws IOException {
        return Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).get(0).trim());
    }

    private void kill() {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
    }
}
