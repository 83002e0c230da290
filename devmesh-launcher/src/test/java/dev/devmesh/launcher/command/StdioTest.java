package dev.devmesh.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as MCP clients start it: a process of its own, spoken to over its standard streams. */
class StdioTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String INITIALIZE = "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{"
            + "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
            + "\"clientInfo\":{\"name\":\"test\",\"version\":\"1\"}}}";

    private static final String INITIALIZED = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";

    @TempDir
    Path home;

    @Test
    void aClientWithASessionIsServedUntilItsInputEnds() throws Exception {
        try (ServerProcess server = ServerProcess.start(home, Map.of("LOG_LEVEL", "debug"), "stdio", "--dev")) {
            server.write(INITIALIZE);
            assertThat(response(server, 0))
                    .contains("\"protocolVersion\":\"2025-11-25\"", "\"serverInfo\":{\"name\":\"devmesh\"");
            server.write(INITIALIZED);
            server.write("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
            assertThat(response(server, 1)).contains("context_create", "context_append", "context_search");
            server.write("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{"
                    + "\"name\":\"context_create\",\"arguments\":{\"name\":\"red build\"}}}");
            assertThat(response(server, 2)).contains("\"result\"").doesNotContain("\"isError\":true");

            long began = System.nanoTime();
            server.endInput();
            assertThat(server.awaitExit()).isZero();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
            assertThat(server.out().lines())
                    .hasSizeGreaterThanOrEqualTo(3)
                    .allSatisfy(line ->
                            assertThat(line).startsWith("{\"jsonrpc\":\"2.0\",").endsWith("}"));
            assertThat(server.err())
                    .contains("served over stdio", "stopped")
                    .doesNotContain("WARN ", "ERROR", "Exception");
            assertThat(home.resolve(".devmesh")).doesNotExist();
        }
    }

    @Test
    void sigtermEndsItWithZeroWhileItsInputIsOpen() throws Exception {
        try (ServerProcess server = ServerProcess.start(home, Map.of(), "stdio", "--dev")) {
            server.write(INITIALIZE);
            response(server, 0);

            server.terminate();
            assertThat(server.awaitExit()).isZero();
            assertThat(server.err()).contains("stopping on SIGTERM", "stopped").doesNotContain("ERROR", "Exception");
            assertThat(server.out().lines()).hasSize(1);
        }
    }

    @Test
    void withoutDevelopmentModeTheKeyInTheEnvironmentSaysWhoCalls() throws Exception {
        Path file = home.resolve(".devmesh/admin-key");
        String wrong = "0123456789abcdef0123456789abcdef";
        try (ServerProcess server = ServerProcess.start(home, Map.of("DEVMESH_API_KEY", wrong), "stdio")) {
            assertThat(server.awaitExit()).isEqualTo(2);
            assertThat(server.lastLine())
                    .startsWith("devmesh: cannot start: DEVMESH_API_KEY is not accepted: ")
                    .contains("; fix: ", "admin-key");
            assertThat(server.out()).isEmpty();
            assertThat(server.err()).doesNotContain(wrong);
        }

        String key = Files.readString(file).strip();
        try (ServerProcess server = ServerProcess.start(home, Map.of("DEVMESH_API_KEY", key), "stdio")) {
            server.write(INITIALIZE);
            response(server, 0);
            server.write("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{"
                    + "\"name\":\"context_list\",\"arguments\":{}}}");
            assertThat(response(server, 1)).contains("\"result\"").doesNotContain("\"isError\":true");
            server.endInput();
            assertThat(server.awaitExit()).isZero();
            assertThat(server.out() + server.err()).doesNotContain(key);
        }
    }

    @Test
    void withoutAKeyItDoesNotStartAndMakesNone() throws Exception {
        try (ServerProcess server = ServerProcess.start(home, Map.of(), "stdio")) {
            assertThat(server.awaitExit()).isEqualTo(2);
            assertThat(server.lastLine())
                    .startsWith(
                            "devmesh: cannot start: DEVMESH_API_KEY is not set, and the server asks who is calling;");
            assertThat(server.out()).isEmpty();
            assertThat(home.resolve(".devmesh")).doesNotExist();
        }
    }

    @Test
    void theConfigurationIsThatOfServe() throws Exception {
        Files.writeString(home.resolve("mine.yaml"), "http: { max_body: 1KiB }\nlog_level: warn\n");
        try (ServerProcess server = ServerProcess.start(home, Map.of(), "stdio", "--dev", "--config", "mine.yaml")) {
            server.write("x".repeat(2_000));
            server.write(INITIALIZE);
            response(server, 0);
            server.endInput();

            assertThat(server.awaitExit()).isZero();
            assertThat(server.out()).contains("-32600", "1024 bytes");
            assertThat(server.err()).isEmpty();
        }
    }

    /** Waits for the response to this request. */
    private static String response(ServerProcess server, int id) {
        await().atMost(PATIENCE)
                .failFast("it ended", () -> !server.isAlive())
                .until(() -> server.out().contains("\"id\":" + id + ","));
        return server.out()
                .lines()
                .filter(line -> line.contains("\"id\":" + id + ","))
                .findFirst()
                .orElseThrow();
    }
}
