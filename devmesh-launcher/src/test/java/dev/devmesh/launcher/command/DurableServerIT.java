package dev.devmesh.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.postgres.testing.RestartablePostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged program over a real PostgreSQL, in processes of its own. */
final class DurableServerIT {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String MODERN =
            "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{}}";

    private static RestartablePostgres postgres;
    private static int databases;

    @TempDir
    Path directory;

    private String database;

    @BeforeAll
    static void startPostgres() throws Exception {
        postgres = RestartablePostgres.start();
    }

    @AfterAll
    static void stopPostgres() throws IOException {
        if (postgres != null) {
            postgres.close();
        }
    }

    @BeforeEach
    void makeADatabase() throws Exception {
        database = "mesh" + databases++;
        postgres.execute("postgres", "CREATE DATABASE " + database);
    }

    @Test
    void whatWasCreatedAndTheKeyOutliveAServerThatIsKilled() throws Exception {
        String key;
        String id;
        try (ServerProcess server = start("home")) {
            URI address = server.awaitAddress();
            assertThat(server.out()).contains("In PostgreSQL: ");
            key = key("home");
            HttpResponse<String> made = send(address, key, "/api/v1/contexts", "{\"name\":\"red build\"}");
            assertThat(made.statusCode()).isEqualTo(201);
            id = member(made.body(), "id");
            server.kill();
        }
        try (ServerProcess server = start("home")) {
            URI address = server.awaitAddress();
            HttpResponse<String> found = get(address, key, "/api/v1/contexts/" + id);
            assertThat(found.statusCode()).isEqualTo(200);
            assertThat(found.body()).contains("red build");
            assertThat(key("home")).isEqualTo(key);
            assertThat(keys()).isEqualTo("1");

            HttpResponse<String> health = get(address, "", "/health");
            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(health.body())
                    .containsPattern(
                            "\"database\":\\{\"status\":\"ok\",\"detail\":\"answered in \\d+ ms, schema version \\d+, \\d+ of at most 10"
                                    + " connections in use, \\d+ idle, 0 waited for\"");
            HttpResponse<String> metrics = get(other(server, "management"), "", "/metrics");
            assertThat(metrics.body())
                    .contains("devmesh_database_connections{state=\"idle\"}")
                    .containsPattern("devmesh_database_transactions_seconds_count\\{outcome=\"committed\"\\} [1-9]");
            server.terminate();
            assertThat(server.awaitExit()).isZero();
            assertThat(server.out() + server.err()).doesNotContain(key);
        }
    }

    @Test
    void aSessionGoesOnAtTheOtherOfTwoServersOnOneDatabase() throws Exception {
        try (ServerProcess first = start("one")) {
            URI one = first.awaitAddress();
            String key = key("one");
            try (ServerProcess second = start("two")) {
                URI two = second.awaitAddress();
                assertThat(second.out()).contains("The database has an administrator's");
                assertThat(directory.resolve("two/.devmesh/admin-key")).doesNotExist();
                assertThat(keys()).isEqualTo("1");

                HttpResponse<String> begun = session(
                        one,
                        key,
                        "",
                        "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\","
                                + "\"capabilities\":{},\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}");
                assertThat(begun.statusCode()).isEqualTo(200);
                String session = begun.headers().firstValue("Mcp-Session-Id").orElseThrow();
                session(one, key, session, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
                HttpResponse<String> made = session(one, key, session, call("context_create", "{\"name\":\"shared\"}"));
                assertThat(made.body()).contains("shared").doesNotContain("\"isError\":true");

                HttpResponse<String> there = session(two, key, session, call("context_list", "{}"));
                assertThat(there.statusCode()).isEqualTo(200);
                assertThat(there.body()).contains("shared").doesNotContain("\"isError\":true");
            }
        }
    }

    @Test
    void serversThatStartAtOnceOnAnEmptyDatabaseMigrateOnceAndMintOneKey() throws Exception {
        List<ServerProcess> servers = new ArrayList<>();
        try {
            for (String home : List.of("a", "b", "c")) {
                servers.add(start(home));
            }
            servers.forEach(ServerProcess::awaitAddress);

            assertThat(keys()).isEqualTo("1");
            assertThat(Set.of("a", "b", "c").stream()
                            .filter(home -> Files.exists(directory.resolve(home + "/.devmesh/admin-key"))))
                    .hasSize(1);
            assertThat(servers.stream().filter(server -> server.err().contains("applied V0001")))
                    .hasSize(1);
        } finally {
            servers.forEach(ServerProcess::close);
        }
    }

    @Test
    void whileTheDatabaseIsAwayClientsAreToldWhenToComeAgainAndNothingAcknowledgedIsLost() throws Exception {
        try (ServerProcess server = start("home")) {
            URI address = server.awaitAddress();
            String key = key("home");
            String id = member(
                    send(address, key, "/api/v1/contexts", "{\"name\":\"log\"}").body(), "id");
            Writer writer = new Writer(address, key, "/api/v1/contexts/" + id + "/items");
            writer.start();
            await().atMost(Duration.ofSeconds(20)).until(() -> writer.acknowledged.size() > 20);

            postgres.stopAtOnce();
            boolean running = false;
            try {
                await().atMost(Duration.ofSeconds(1))
                        .pollInterval(Duration.ofMillis(50))
                        .until(() -> get(address, "", "/health/ready").statusCode() == 503);
                HttpResponse<String> health = get(address, "", "/health");
                assertThat(health.statusCode()).isEqualTo(503);
                assertThat(health.headers().firstValue("Retry-After")).isPresent();
                assertThat(health.body())
                        .contains("the database does not answer")
                        .doesNotContain("127.0.0.1");
                assertThat(get(address, "", "/health/live").statusCode()).isEqualTo(200);
                await().atMost(Duration.ofSeconds(5)).until(() -> writer.refused.size() > 3);
                // For two seconds the key is known without the database; then only the tool says that it cannot do its
                // work.
                await().atMost(Duration.ofSeconds(5))
                        .until(() -> modern(address, key, "context_list").statusCode() == 503);
                HttpResponse<String> mcp = modern(address, key, "context_list");
                assertThat(mcp.headers().firstValue("Retry-After")).isPresent();
                assertThat(mcp.body()).contains("\"error\"", "DATABASE_UNAVAILABLE");

                postgres.startAgain();
                running = true;
                long back = System.nanoTime();
                await().atMost(Duration.ofSeconds(5))
                        .pollInterval(Duration.ofMillis(50))
                        .until(() -> get(address, "", "/health/ready").statusCode() == 200);
                await().atMost(Duration.ofSeconds(5)).until(() -> writer.lastAcknowledged > back);
            } finally {
                if (!running) {
                    postgres.startAgain();
                }
            }
            writer.end();

            assertThat(writer.wrong).as("neither 201 nor 503 with Retry-After").isEmpty();
            assertThat(writer.slowest).isLessThan(Duration.ofSeconds(3));
            assertThat(postgres.query(database, "SELECT content FROM devmesh.context_items"))
                    .doesNotHaveDuplicates()
                    .containsAll(writer.acknowledged);
        }
    }

    /** Appends one item after the other, and keeps what it was told. */
    private static final class Writer {

        final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        final Set<String> refused = ConcurrentHashMap.newKeySet();
        final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        volatile Duration slowest = Duration.ZERO;
        volatile long lastAcknowledged;
        private final AtomicBoolean stop = new AtomicBoolean();
        private final URI address;
        private final String key;
        private final String path;
        private final Thread thread = new Thread(this::run, "writer");

        Writer(URI address, String key, String path) {
            this.address = address;
            this.key = key;
            this.path = path;
        }

        void start() {
            thread.setDaemon(true);
            thread.start();
        }

        void end() throws InterruptedException {
            stop.set(true);
            thread.join(10_000);
            assertThat(thread.isAlive()).isFalse();
        }

        private void run() {
            for (int n = 0; !stop.get(); n++) {
                String text = "line " + n;
                long begun = System.nanoTime();
                try {
                    HttpResponse<String> answer =
                            send(address, key, path, "{\"items\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}");
                    if (answer.statusCode() / 100 == 2) {
                        acknowledged.add(text);
                        lastAcknowledged = System.nanoTime();
                    } else if (answer.statusCode() == 503
                            && answer.headers().firstValue("Retry-After").isPresent()) {
                        refused.add(text);
                        TimeUnit.MILLISECONDS.sleep(50);
                    } else {
                        wrong.add(answer.statusCode() + " " + answer.body());
                        TimeUnit.MILLISECONDS.sleep(50);
                    }
                } catch (IOException | InterruptedException failed) {
                    wrong.add(failed.toString());
                }
                Duration took = Duration.ofNanos(System.nanoTime() - begun);
                slowest = took.compareTo(slowest) > 0 ? took : slowest;
            }
        }
    }

    private ServerProcess start(String home) throws IOException {
        Map<String, String> environment = new HashMap<>();
        environment.put("DATABASE_URL", postgres.url("postgres", "", database));
        environment.put("DEVMESH_MCP_SESSION_SECRET", "0123456789abcdef0123456789abcdef");
        environment.put("DEVMESH_HTTP_DRAIN_GRACE", "0s");
        return ServerProcess.start(
                Files.createDirectories(directory.resolve(home)), environment, "serve", "--port", "0");
    }

    private String key(String home) throws IOException {
        return Files.readString(directory.resolve(home + "/.devmesh/admin-key")).strip();
    }

    private String keys() throws Exception {
        return postgres.query(database, "SELECT count(*) FROM devmesh.api_keys").get(0);
    }

    private static String call(String tool, String arguments) {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                + "\",\"arguments\":" + arguments + "}}";
    }

    private static HttpResponse<String> session(URI mcp, String key, String session, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(mcp)
                .header("X-API-Key", key)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (!session.isEmpty()) {
            request.header("Mcp-Session-Id", session).header("MCP-Protocol-Version", "2025-11-25");
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> modern(URI mcp, String key, String tool) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(mcp)
                        .header("X-API-Key", key)
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json, text/event-stream")
                        .header("MCP-Protocol-Version", "2026-07-28")
                        .header("Mcp-Method", "tools/call")
                        .header("Mcp-Name", tool)
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                                        + "\",\"arguments\":{}," + MODERN + "}}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> send(URI address, String key, String path, String body)
            throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(address.resolve(path))
                        .header("X-API-Key", key)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> get(URI address, String key, String path)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address.resolve(path));
        if (!key.isEmpty()) {
            request.header("X-API-Key", key);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String member(String json, String name) {
        return found(Pattern.compile("\"" + name + "\":\"([^\"]+)\""), json);
    }

    private static URI other(ServerProcess server, String name) {
        return URI.create(found(Pattern.compile(name + " at ([^ ,\\n]+)"), server.out()));
    }

    private static String found(Pattern pattern, String text) {
        Matcher found = pattern.matcher(text);
        assertThat(found.find()).as(text).isTrue();
        return found.group(1);
    }
}
