package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorsTest {

    private static final String PAGE = "https://app.example.com";

    private static MeshServer server;

    @BeforeAll
    static void start() {
        server = MeshServer.of(DevMesh.builder()
                        .tool(Tool.named("ping").nonBlocking().handle(call -> "pong"))
                        .build())
                .port(0)
                .allowedOrigins(PAGE)
                .start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static RawConnection.Answer send(String request) throws IOException {
        try (RawConnection connection = new RawConnection(server)) {
            return connection.send(request).read();
        }
    }

    private static String from(String origin, String request) {
        return request.replaceFirst("Host: localhost\r\n", "Host: localhost\r\nOrigin: " + origin + "\r\n");
    }

    private static String preflight(String path, String more) {
        return "OPTIONS " + path + " HTTP/1.1\r\nHost: localhost\r\nAccess-Control-Request-Method: POST\r\n" + more
                + "\r\n";
    }

    @ParameterizedTest
    @ValueSource(strings = {"/mcp", "/ws", "/health", "/health/live", "/api/v1/tools"})
    void aBrowserIsToldWhatAPageMayAsk(String path) throws IOException {
        RawConnection.Answer answer = send(from(
                PAGE,
                preflight(
                        path,
                        "Access-Control-Request-Headers: content-type, mcp-param-region, x-evil, mcp-param-a b\r\n")));

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.header("access-control-allow-origin")).isEqualTo(PAGE);
        assertThat(answer.header("access-control-allow-methods")).contains("OPTIONS");
        assertThat(answer.header("access-control-allow-headers"))
                .contains(
                        "Content-Type",
                        "Accept",
                        "Authorization",
                        "MCP-Protocol-Version",
                        "Mcp-Method",
                        "Mcp-Name",
                        "Mcp-Session-Id",
                        "Last-Event-ID",
                        "mcp-param-region")
                .doesNotContain("x-evil", "mcp-param-a");
        assertThat(answer.headers()).doesNotContainKey("access-control-allow-credentials");
        assertThat(answer.header("vary")).isNotEmpty();
    }

    /** A browser then fails the page's request, and its console shows the 404: the page has the path wrong. */
    @ParameterizedTest
    @ValueSource(strings = {"/nowhere", "/mcp/", "/api/v2/tools"})
    void aPathThatIsNotThereIs404AlsoToABrowserThatAsksFirst(String path) throws IOException {
        RawConnection.Answer answer = send(from(PAGE, preflight(path, "")));

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.header("access-control-allow-origin")).isEqualTo(PAGE);
        assertThat(answer.headers()).doesNotContainKey("access-control-allow-methods");
    }

    /** Below the API's prefix the answer to the request itself says so, as a sentence that the page can read. */
    @Test
    void belowTheApiTheRequestItselfIsAnsweredWithThe404() throws IOException {
        assertThat(send(from(PAGE, preflight("/api/v1/nowhere", ""))).status()).isEqualTo(204);
        RawConnection.Answer answer = send(from(PAGE, Requests.get("/api/v1/nowhere")));
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.header("access-control-allow-origin")).isEqualTo(PAGE);
        assertThat(answer.json().path("fix").asString("")).isNotEmpty();
    }

    @Test
    void everyAnswerMayBeReadByAnAllowedPageRefusalsToo() throws IOException {
        for (String request : new String[] {
            Requests.call(1, "ping", "{}"),
            Requests.get("/health/live"),
            Requests.get("/nowhere"),
            Requests.post("", "nonsense"),
            "PATCH /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n"
        }) {
            RawConnection.Answer answer = send(from(PAGE, request));
            assertThat(answer.header("access-control-allow-origin")).as(request).isEqualTo(PAGE);
            assertThat(answer.header("access-control-expose-headers"))
                    .contains("Mcp-Session-Id", "WWW-Authenticate", "X-Trace-ID", "ETag", "Retry-After", "RateLimit");
            assertThat(answer.header("vary")).isEqualToIgnoringCase("Origin");
        }
    }

    @Test
    void pagesOfOtherOriginsAreToldNothing() throws IOException {
        for (String request : new String[] {Requests.get("/health/live"), preflight("/mcp", "")}) {
            RawConnection.Answer answer = send(from("https://evil.example.com", request));
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("access-control-"));
            assertThat(answer.header("vary")).isEqualToIgnoringCase("Origin");
        }
    }

    @Test
    void whoIsNoBrowserIsToldOnlyThatAnswersDiffer() throws IOException {
        RawConnection.Answer answer = send(Requests.get("/health/live"));
        assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("access-control-"));
        assertThat(answer.header("vary")).isEqualToIgnoringCase("Origin");
    }

    @Test
    void aPlainOptionsIsNoPreflight() throws IOException {
        RawConnection.Answer answer = send("OPTIONS /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.header("allow")).contains("POST");
        assertThat(answer.headers()).doesNotContainKey("access-control-allow-methods");
    }
}
