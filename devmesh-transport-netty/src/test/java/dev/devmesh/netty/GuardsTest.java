package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Principal;
import dev.devmesh.json.Json;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuardsTest {

    private static final int LIMIT = 1_000;

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with(echo());

    private record Message(String message) {}

    private static Tool echo() {
        return Tool.named("echo").input(Message.class).nonBlocking().handle((call, in) -> in.message());
    }

    // ---- what the bytes say

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\u0000b\r\n\r\n",
                "GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n",
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n{}",
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n{}"
            })
    void aMalformedHeadIsAnsweredWith400AndTheConnectionClosed(String bytes) throws IOException {
        assertEnds(bytes, 400);
    }

    @Test
    void aRequestLineOverTheLimitIsAnsweredWith414() throws IOException {
        assertEnds("GET /" + "a".repeat(HttpPipeline.MAX_LINE_BYTES) + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414);
    }

    @Test
    void headerFieldsOverTheLimitAreAnsweredWith431() throws IOException {
        assertEnds(
                "GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(HttpPipeline.MAX_HEADER_BYTES)
                        + "\r\n\r\n",
                431);
    }

    @Test
    void tooManyHeaderFieldsAreAnsweredWith431() throws IOException {
        String most = "X: a\r\n".repeat(HeaderCountGuard.MAX_FIELDS - 1);

        assertEnds("GET /health/live HTTP/1.1\r\nHost: localhost\r\n" + most + "X: a\r\n\r\n", 431);
        assertThat(ask("GET /health/live HTTP/1.1\r\nHost: localhost\r\n" + most + "\r\n")
                        .status())
                .isEqualTo(200);
    }

    // ---- who may call

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST:1234",
                "127.0.0.1",
                "127.9.9.9:80",
                "[::1]",
                "[::1]:8080",
                "app.localhost"
            })
    void aLocalHostIsAnswered(String host) throws IOException {
        assertThat(ask("GET /health/live HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example.com",
                "evil.example.com:80",
                "127.0.0.1.evil.com",
                "localhost.evil.com",
                "127.0.0.x",
                "10.0.0.1",
                "[::2]"
            })
    void anotherHostIsForbidden(String host) throws IOException {
        var answer = ask("GET /health/live HTTP/1.1\r\nHost: " + host + "\r\n\r\n");

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.json().path("code").asString()).isEqualTo("ORIGIN_FORBIDDEN");
        assertThat(answer.json().path("trace_id").asString()).matches("[0-9a-f]{32}");
        assertThat(answer.json().path("fix").asString()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Host: localhost\r\nHost: localhost\r\n",
                "Host: \r\n",
                "Host: a b\r\n",
                "Host: localhost:x\r\n",
                "Host: localhost:99999\r\n",
                "Host: http://localhost\r\n",
                "Host: user@localhost\r\n"
            })
    void anythingButOneHostIsMalformed(String hosts) throws IOException {
        assertEnds("GET /health/live HTTP/1.1\r\n" + hosts + "\r\n", 400);
    }

    @Test
    void http10NeedsNoHost() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var answer = connection.send("GET /health/live HTTP/1.0\r\n\r\n").read();

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:8080, http://localhost:8080",
        "127.0.0.1:1, http://127.0.0.1:1",
        "localhost, http://localhost",
        "[::1]:5, http://[::1]:5"
    })
    void theServersOwnPagesMayCall(String host, String origin) throws IOException {
        assertThat(ask("GET /health/live HTTP/1.1\r\nHost: " + host + "\r\nOrigin: " + origin + "\r\n\r\n")
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://evil.example.com",
                "http://localhost:9999",
                "https://localhost:8080",
                "null",
                "",
                "localhost:8080",
                "http://localhost:8080\r\nOrigin: http://localhost:8080"
            })
    void otherPagesMayNot(String origin) throws IOException {
        var answer = ask(Requests.head("Origin: " + origin + "\r\n").replace("Host: localhost", "Host: localhost:8080")
                + "Content-Length: 2\r\n\r\n{}");

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.json().path("jsonrpc").asString()).isEqualTo("2.0");
        assertThat(answer.json().path("error").path("message").asString()).isNotEmpty();
        assertThat(answer.json().has("id")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "DELETE"})
    void norMayTheyOpenStreamsOrEndSessions(String method) throws IOException {
        assertThat(ask(method + " /mcp HTTP/1.1\r\nHost: localhost:8080\r\nOrigin: http://evil.example.com\r\n\r\n")
                        .status())
                .isEqualTo(403);
        assertThat(ask(method + " /mcp HTTP/1.1\r\nHost: evil.example.com\r\n\r\n")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void namesAndPagesCanBeAllowed() throws IOException {
        try (MeshServer server = MeshServer.of(DevMesh.builder().build())
                .port(0)
                .allowedHosts("mesh.example.com", "other.example.com:81")
                .allowedOrigins("https://app.example.com")
                .start()) {
            assertThat(status(server, "mesh.example.com:5", "https://app.example.com"))
                    .isEqualTo(200);
            assertThat(status(server, "other.example.com:81", "https://APP.example.com"))
                    .isEqualTo(200);
            assertThat(status(server, "other.example.com:82", "https://app.example.com"))
                    .isEqualTo(403);
            assertThat(status(server, "localhost", "https://app.example.com")).isEqualTo(200);
            assertThat(status(server, "mesh.example.com", "http://mesh.example.com"))
                    .isEqualTo(403);
            assertThat(status(server, "mesh.example.com", "https://app.example.com:444"))
                    .isEqualTo(403);
        }
    }

    @Test
    void offLoopbackOnlyNamedHostsAreAnsweredOnceSomeAreNamed() throws IOException {
        Authenticator everyone = Authenticator.everyone(Principal.anonymous());
        try (MeshServer open = MeshServer.of(
                                DevMesh.builder().authenticator(everyone).build())
                        .host("0.0.0.0")
                        .port(0)
                        .start();
                MeshServer named = MeshServer.of(
                                DevMesh.builder().authenticator(everyone).build())
                        .host("0.0.0.0")
                        .port(0)
                        .allowedHosts("mesh.example.com")
                        .start()) {
            assertThat(status(open, "whatever.example.com", null)).isEqualTo(200);
            assertThat(status(named, "mesh.example.com", null)).isEqualTo(200);
            assertThat(status(named, "localhost", null)).isEqualTo(403);
        }
    }

    // ---- what is asked for

    @ParameterizedTest
    @ValueSource(strings = {"/", "/mcp/", "/MCP", "/mcp/../health", "http://localhost/health", "/%6dcp", "*"})
    void anUnknownPathIs404(String path) throws IOException {
        var answer = ask(Requests.get(path));

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.json().path("code").asString()).isEqualTo("ROUTE_NOT_FOUND");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "PATCH", "HEAD"})
    void otherMethodsDoNotReachTheEngine(String method) throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var answer = connection
                    .send(method + " /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .read(method.equals("HEAD"));

            assertThat(answer.status()).isEqualTo(405);
            assertThat(answer.header("allow")).isEqualTo("GET, POST, DELETE, OPTIONS");
            assertThat(connection.send(Requests.get("/health/live")).read().status())
                    .isEqualTo(200);
        }
    }

    @Test
    void optionsTellsTheMethods() throws IOException {
        var answer = ask("OPTIONS /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.header("allow")).isEqualTo("GET, POST, DELETE, OPTIONS");
        assertThat(ask("POST /health HTTP/1.1\r\nHost: localhost\r\n\r\n").header("allow"))
                .isEqualTo("GET, HEAD, OPTIONS");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "application/json; charset=utf-8",
                "Application/JSON;charset=\"UTF-8\"",
                "application/json; profile=x"
            })
    void jsonIsRead(String type) throws IOException {
        assertThat(typed("Content-Type: " + type + "\r\n")).isNotEqualTo(415);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Content-Type: text/plain\r\n",
                "Content-Type: application/json-patch\r\n",
                "Content-Type: application/json; charset=latin1\r\n",
                "Content-Type: application/x-www-form-urlencoded\r\n",
                "Content-Type: application/json\r\nContent-Type: application/json\r\n"
            })
    void anythingElseIs415(String lines) throws IOException {
        assertThat(typed(lines)).isEqualTo(415);
    }

    private static int typed(String lines) throws IOException {
        return ask("POST /mcp HTTP/1.1\r\nHost: localhost\r\n" + lines + "Content-Length: 2\r\n\r\n{}")
                .status();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Accept: */*\r\n",
                "Accept: application/*\r\n",
                "Accept: application/json, text/event-stream\r\n",
                "Accept: text/event-stream;q=0.5,application/json\r\n",
                "Accept: application/json\r\nAccept: text/event-stream\r\n",
                "Accept: text/html, */*;q=0.1\r\n"
            })
    void aClientThatTakesBothFormsIsServed(String lines) throws IOException {
        assertThat(accepting(lines)).isNotEqualTo(406);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Accept: application/json\r\n",
                "Accept: text/event-stream\r\n",
                "Accept: text/html\r\n",
                "Accept: application/json, text/event-stream;q=0\r\n",
                "Accept: */*;q=0.0\r\n"
            })
    void oneThatDoesNotGets406(String lines) throws IOException {
        assertThat(accepting(lines)).isEqualTo(406);
    }

    private static int accepting(String lines) throws IOException {
        return ask("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + lines
                        + "Content-Length: 2\r\n\r\n{}")
                .status();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET | '' | false",
                "GET | text/event-stream | false",
                "GET | text/* | false",
                "GET | */* | false",
                "GET | application/json, text/event-stream | false",
                "GET | application/json | true",
                "GET | application/* | true",
                "GET | text/event-stream;q=0 | true",
                "DELETE | '' | false",
                "DELETE | application/json | false"
            })
    void aGetNeedsOnlyTheEventStreamAndADeleteNothing(String method, String accept, boolean refused)
            throws IOException {
        String line = accept.isEmpty() ? "" : "Accept: " + accept + "\r\n";
        int status = ask(method + " /mcp HTTP/1.1\r\nHost: localhost\r\n" + line + "\r\n")
                .status();

        assertThat(status == 406).isEqualTo(refused);
        assertThat(status).isNotEqualTo(415);
    }

    @Test
    void anUnknownExpectationIs417() throws IOException {
        assertEnds(Requests.head("Expect: miracles\r\n") + "Content-Length: 2\r\n\r\n", 417);
    }

    @Test
    void aBodyThatIsAnnouncedTooLargeIs413BeforeItIsSent() throws IOException {
        try (MeshServer server = limited();
                var connection = new RawConnection(server)) {
            var answer = connection
                    .send(Requests.head("") + "Content-Length: " + (LIMIT + 1) + "\r\n\r\n")
                    .read();

            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(answer.json().path("error").path("message").asString()).contains("1000 bytes");
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @Test
    void aBodyThatTurnsOutTooLargeIs413AsSoonAsItDoes() throws IOException {
        try (MeshServer server = limited();
                var connection = new RawConnection(server)) {
            String half = "258\r\n" + "x".repeat(0x258) + "\r\n";

            var answer = connection
                    .send(Requests.head("Transfer-Encoding: chunked\r\n") + "\r\n" + half + half)
                    .read();

            assertThat(answer.status()).isEqualTo(413);
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @Test
    void aBodyOfExactlyTheLimitIsRead() throws IOException {
        try (MeshServer server = limited();
                var connection = new RawConnection(server)) {
            String body = Requests.body(1, "echo", "{}", "");
            String padded = body + " ".repeat(LIMIT - body.length());

            assertThat(connection.send(Requests.post("", padded)).read().status())
                    .isNotEqualTo(413);
        }
    }

    private static MeshServer limited() {
        return MeshServer.of(DevMesh.builder().tool(echo()).build())
                .port(0)
                .maxBodyBytes(LIMIT)
                .start();
    }

    @Test
    void aConnectionAboveTheLimitGets503AndTheNextOneAfterwardsIsServed() throws IOException {
        try (MeshServer server = MeshServer.of(DevMesh.builder().build())
                .port(0)
                .maxConnections(1)
                .start()) {
            try (var first = new RawConnection(server)) {
                first.send(Requests.get("/health/live")).read();
                try (var second = new RawConnection(server)) {
                    var answer = second.send(Requests.get("/health/live")).read();

                    assertThat(answer.status()).isEqualTo(503);
                    assertThat(answer.header("retry-after")).isEqualTo("1");
                    assertThat(answer.json().path("code").asString()).isEqualTo("OVERLOADED");
                    assertThat(second.isClosedByServer()).isTrue();
                }
                assertThat(first.send(Requests.get("/health/live")).read().status())
                        .isEqualTo(200);
            }
            await().until(() -> server.connections() == 0);
            assertThat(ask(server, Requests.get("/health/live")).status()).isEqualTo(200);
        }
    }

    @Test
    void aRefusalLeavesTheConnectionUsableWhereTheBodyIsSmall() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var refused = connection
                    .send("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n")
                    .read();
            connection.send("12345" + Requests.call(7, "echo", "{\"message\":\"still here\"}"));

            assertThat(refused.status()).isEqualTo(415);
            assertThat(Json.parse(connection.read().body())
                            .at("/result/content/0/text")
                            .asString())
                    .isEqualTo("still here");
        }
    }

    private static int status(MeshServer server, String host, @Nullable String origin) throws IOException {
        return ask(
                        server,
                        "GET /health/live HTTP/1.1\r\nHost: " + host + "\r\n"
                                + (origin == null ? "" : "Origin: " + origin + "\r\n") + "\r\n")
                .status();
    }

    private static void assertEnds(String bytes, int status) throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var answer = connection.send(bytes).read();

            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(answer.header("content-type")).isEqualTo("application/json");
            assertThat(answer.json().isObject()).isTrue();
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    private static RawConnection.Answer ask(String bytes) throws IOException {
        return ask(mesh.server(), bytes);
    }

    private static RawConnection.Answer ask(MeshServer server, String bytes) throws IOException {
        try (var connection = new RawConnection(server)) {
            return connection.send(bytes).read();
        }
    }
}
