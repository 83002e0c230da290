package dev.devmesh.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole program, in processes of its own. */
class ServeTest {

    private static final String[] CONTEXT_TOOLS = {
        "context_create",
        "context_append",
        "context_get",
        "context_list",
        "context_search",
        "context_compact",
        "context_delete"
    };

    /** Stops without the grace, which only takes time here. */
    private static final Map<String, String> AT_ONCE = Map.of("DEVMESH_HTTP_DRAIN_GRACE", "0s");

    @TempDir
    Path home;

    @Test
    void developmentModeServesTheContextToolsToTheLineOfTheBannerAndEndsWithZero() throws Exception {
        try (ServerProcess server = ServerProcess.start(home, Map.of(), "serve", "--dev", "--port", "0")) {
            URI address = server.awaitAddress();
            HttpResponse<String> response = CurlLine.run(server.out(), Map.of());

            assertThat(address.getHost()).isEqualTo("127.0.0.1");
            assertThat(address.getPort()).isPositive();
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).contains(CONTEXT_TOOLS);

            server.terminate();
            assertThat(server.awaitExit()).isZero();
            assertThat(server.out().lines()).hasSizeLessThanOrEqualTo(25);
            assertThat(server.err())
                    .contains("stopping on SIGTERM", "stopped")
                    .doesNotContain("WARN ", "ERROR", "Exception");
            assertThat(home.resolve(".devmesh")).doesNotExist();
        }
    }

    @Test
    void withoutItEveryRequestNeedsTheKeyThatTheFirstStartMadeAndTheNextOneReads() throws Exception {
        Path file = home.resolve(".devmesh/admin-key");
        String key;
        try (ServerProcess server = ServerProcess.start(home, AT_ONCE, "--port", "0")) {
            server.awaitAddress();
            key = Files.readString(file).strip();

            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            assertThat(CurlLine.run(server.out().replaceAll(" -H \"X-API-Key: [^\"]*\"", ""), Map.of())
                            .statusCode())
                    .isEqualTo(401);
            assertThat(CurlLine.run(server.out(), Map.of("DEVMESH_API_KEY", key + "x"))
                            .statusCode())
                    .isEqualTo(401);
            HttpResponse<String> response = CurlLine.run(server.out(), Map.of("DEVMESH_API_KEY", key));
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).contains(CONTEXT_TOOLS);

            server.terminate();
            assertThat(server.awaitExit()).isZero();
            assertThat(server.out() + server.err()).doesNotContain(key);
        }

        try (ServerProcess server = ServerProcess.start(home, AT_ONCE, "--port", "0")) {
            server.awaitAddress();
            assertThat(CurlLine.run(server.out(), Map.of("DEVMESH_API_KEY", key))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(file).hasContent(key);
        }
    }

    @Test
    void aKeyFromTheEnvironmentIsUsedAndNotWrittenDown() throws Exception {
        String key = "0123456789abcdef0123456789abcdef";
        try (ServerProcess server = ServerProcess.start(
                home,
                Map.of("DEVMESH_ADMIN_KEY", key, "LOG_LEVEL", "debug", "DEVMESH_HTTP_DRAIN_GRACE", "0s"),
                "--port",
                "0")) {
            server.awaitAddress();

            assertThat(CurlLine.run(server.out(), Map.of("DEVMESH_API_KEY", key))
                            .statusCode())
                    .isEqualTo(200);
            server.terminate();
            assertThat(server.awaitExit()).isZero();
            assertThat(server.out() + server.err()).doesNotContain(key);
            assertThat(home.resolve(".devmesh")).doesNotExist();
        }
    }

    @Test
    void theFileOfTheWorkingDirectoryIsRead() throws Exception {
        Files.writeString(
                home.resolve("devmesh.yaml"), "listeners: { edge: 0 }\nhttp: { max_body: 1KiB }\nlog_level: warn\n");
        try (ServerProcess server = ServerProcess.start(home, Map.of(), "--dev")) {
            server.awaitAddress();
            String large = server.out().replace("\"id\":1", "\"id\":\"" + "1".repeat(1_100) + "\"");

            assertThat(CurlLine.run(large, Map.of()).statusCode()).isEqualTo(413);
            assertThat(CurlLine.run(server.out(), Map.of()).statusCode()).isEqualTo(200);
            server.terminate();
            assertThat(server.awaitExit()).isZero();
            assertThat(server.err()).doesNotContain("INFO");
        }
    }

    @Test
    void webSocketsAreTreatedAsTheConfigurationSays() throws Exception {
        Files.writeString(home.resolve("devmesh.yaml"), "websocket: { max_message: 1KiB }\n");
        try (ServerProcess server = ServerProcess.start(home, Map.of(), "--dev", "--port", "0")) {
            URI address = server.awaitAddress();
            CompletableFuture<Integer> closed = new CompletableFuture<>();
            WebSocket socket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .subprotocols("mcp")
                    .buildAsync(URI.create("ws://" + address.getAuthority() + "/ws"), new WebSocket.Listener() {
                        @Override
                        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                            closed.complete(code);
                            return CompletableFuture.completedStage(null);
                        }
                    })
                    .get(20, TimeUnit.SECONDS);
            socket.sendText("x".repeat(1_100), true);

            assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(1009);
        }
    }

    @Test
    void aPortInUseIsNamedWithTheCure() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                ServerProcess server =
                        ServerProcess.start(home, Map.of(), "--dev", "--port", String.valueOf(taken.getLocalPort()))) {
            assertThat(server.awaitExit()).isEqualTo(1);
            assertThat(server.lastLine())
                    .isEqualTo("devmesh: cannot start: Port " + taken.getLocalPort() + " is in use; fix: --port N or"
                            + " --bind ADDRESS (listeners.edge, listeners.bind) or another of listeners.*, which may be"
                            + " off; --port 0 takes free ports for all");
            assertThat(server.out()).isEmpty();
            assertThat(server.err()).doesNotContain("\tat ", "Exception");
        }
    }

    @Test
    void aKeyFileThatOthersCanReadKeepsTheServerFromStarting() throws Exception {
        Path file = Files.createDirectories(home.resolve("data")).resolve("admin-key");
        Files.writeString(file, "0123456789abcdef0123456789abcdef");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        try (ServerProcess server = ServerProcess.start(home, Map.of("DEVMESH_DATA_DIR", "data"), "--port", "0")) {
            assertThat(server.awaitExit()).isEqualTo(1);
            assertThat(server.lastLine()).startsWith("devmesh: cannot start: ").endsWith("; fix: chmod 600 " + file);
        }
    }

    @Test
    void aKeyWithATypingErrorIsRefusedWithoutBeingShown() throws Exception {
        String key = "dmk_live_0123456789012345678901234567x9_aaaaaa";
        try (ServerProcess server = ServerProcess.start(home, Map.of("DEVMESH_ADMIN_KEY", key), "--port", "0")) {
            assertThat(server.awaitExit()).isEqualTo(2);
            assertThat(server.lastLine())
                    .startsWith("devmesh: cannot start: the administrator's key of auth.admin_key (DEVMESH_ADMIN_KEY)"
                            + " cannot be used; fix: ");
            assertThat(server.out() + server.err()).doesNotContain(key);
        }
    }

    @Test
    void aFileThatIsNotYamlIsNamedWithItsLine() throws Exception {
        Files.writeString(home.resolve("mine.yaml"), "log_level: info\nlisteners: { edge: 1\nmcp:\n");
        try (ServerProcess server = ServerProcess.start(home, Map.of(), "serve", "--config", "mine.yaml")) {
            assertThat(server.awaitExit()).isEqualTo(2);
            assertThat(server.err())
                    .startsWith("devmesh: cannot start: 1 problem in mine.yaml\n  line 3  yaml   is not YAML: ");
        }
    }

    @Test
    void aSecondSignalEndsTheProcessWhileTheFirstStillWaitsForARequest() throws Exception {
        try (ServerProcess server = ServerProcess.start(home, Map.of(), "--dev", "--port", "0")) {
            URI address = server.awaitAddress();
            try (Socket slow = new Socket(address.getHost(), address.getPort())) {
                OutputStream request = slow.getOutputStream();
                request.write(("POST /mcp HTTP/1.1\r\nHost: " + address.getAuthority()
                                + "\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream"
                                + "\r\nContent-Length: 100\r\n\r\n{")
                        .getBytes(StandardCharsets.US_ASCII));
                request.flush();
                // Answered on a later connection, so the head of the first request has been read by then.
                CurlLine.run(server.out(), Map.of());

                server.terminate();
                Awaitility.await()
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> server.err().contains("stopping on SIGTERM"));
                assertThat(server.isAlive()).isTrue();
                server.terminate();

                assertThat(server.awaitExit()).isEqualTo(1);
                assertThat(server.err()).doesNotContain("stopped");
            }
        }
    }

    @Test
    void allListenersOpenOnPortsOfTheirOwnAndTheBannerNamesThem() throws Exception {
        try (ServerProcess server = ServerProcess.start(home, Map.of(), "--dev", "--port", "0")) {
            server.awaitAddress();
            for (String name : new String[] {"api", "management", "diagnostics"}) {
                HttpResponse<String> answer = get(other(server, name).resolve("/health/live"));
                assertThat(answer.statusCode()).isEqualTo(name.equals("diagnostics") ? 404 : 200);
                assertThat(answer.headers().firstValue("X-Trace-ID")).isPresent();
            }
        }
    }

    @Test
    void outsideOfDevelopmentReadinessSaysNoForAGraceInWhichRequestsAreServed() throws Exception {
        try (ServerProcess server = ServerProcess.start(
                home, Map.of("DEVMESH_HTTP_DRAIN_GRACE", "2s", "DEVMESH_LISTENERS_API", "off"), "--port", "0")) {
            URI address = server.awaitAddress();
            assertThat(server.out()).doesNotContain("api at");
            assertThat(get(address.resolve("/health/ready")).statusCode()).isEqualTo(200);
            long told = System.nanoTime();
            server.terminate();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(2))
                    .until(() -> get(address.resolve("/health/ready")).statusCode() == 503);
            assertThat(get(address.resolve("/health/live")).statusCode()).isEqualTo(200);
            assertThat(server.awaitExit()).isZero();
            assertThat(Duration.ofNanos(System.nanoTime() - told))
                    .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(30));
        }
    }

    private static URI other(ServerProcess server, String name) {
        Matcher found = Pattern.compile(name + " at ([^ ,\\n]+)").matcher(server.out());
        assertThat(found.find()).isTrue();
        return URI.create(found.group(1));
    }

    private static HttpResponse<String> get(URI address) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
    }
}
