package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.event.LogTrace;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimiter;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String OTHER = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PARENT = "00-" + TRACE + "-b7ad6b7169203331-01";

    private static MeshServer server;

    @BeforeAll
    static void start() {
        server = MeshServer.of(DevMesh.builder()
                        .tool(Tool.named("trace")
                                .nonBlocking()
                                .handle(call -> call.trace().traceId()))
                        .tool(Tool.named("waits").handle(call -> call.trace().traceId()))
                        .build())
                .port(0)
                .start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static RawConnection.Answer send(MeshServer to, String request) throws IOException {
        try (RawConnection connection = new RawConnection(to)) {
            return connection.send(request).read();
        }
    }

    private static RawConnection.Answer send(String headers, String request) throws IOException {
        return send(server, request.replaceFirst("Host: localhost\r\n", "Host: localhost\r\n" + headers));
    }

    static Stream<String> requests() {
        return Stream.of(
                Requests.call(1, "trace", "{}"),
                Requests.call(1, "waits", "{}"),
                Requests.call(1, "nosuch", "{}"),
                Requests.post("", "nonsense"),
                Requests.get("/health"),
                Requests.get("/health/live"),
                Requests.get("/nowhere"),
                Requests.get("/api/v1/tools"),
                Requests.get("/api/v1/nowhere"),
                Requests.get("/ws"),
                "OPTIONS /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "PATCH /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /health HTTP/1.1\r\nHost: localhost\r\nBad Header: 1\r\n\r\n");
    }

    @ParameterizedTest
    @MethodSource("requests")
    void everyAnswerNamesItsTrace(String request) throws IOException {
        RawConnection.Answer made = send("", request);
        assertThat(made.header("x-trace-id")).matches("[0-9a-f]{32}");
        assertThat(made.header("traceparent")).startsWith("00-" + made.header("x-trace-id") + "-");

        RawConnection.Answer joined = send("traceparent: " + PARENT + "\r\n", request);
        assertThat(joined.header("x-trace-id")).isEqualTo(TRACE);
        assertThat(joined.header("traceparent")).startsWith("00-" + TRACE + "-").endsWith("-01");

        RawConnection.Answer named = send("X-Trace-ID: order/4711\r\n", request);
        assertThat(named.header("x-trace-id")).isEqualTo("order/4711");
        assertThat(named.header("traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-00");

        assertThat(send("X-Trace-ID: " + OTHER + "\r\n", request).header("traceparent"))
                .startsWith("00-" + OTHER + "-");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "two words",
                "00000000000000000000000000000000000000000000000000000000000000000",
                "caf\u00e9",
            })
    void aNameThatCannotBeEchoedIsReplaced(String name) throws IOException {
        assertThat(send("X-Trace-ID: " + name + "\r\n", Requests.get("/health/live"))
                        .header("x-trace-id"))
                .matches("[0-9a-f]{32}");
    }

    @Test
    void handlersAreOnTheTraceThatTheAnswerNames() throws IOException {
        for (String tool : new String[] {"trace", "waits"}) {
            RawConnection.Answer made = send("", Requests.call(1, tool, "{}"));
            assertThat(Requests.text(made)).isEqualTo(made.header("x-trace-id"));
            assertThat(Requests.text(send("X-Trace-ID: " + OTHER + "\r\n", Requests.call(1, tool, "{}"))))
                    .isEqualTo(OTHER);
            RawConnection.Answer own = send(
                    "traceparent: " + PARENT + "\r\n",
                    Requests.post(
                            "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: " + tool + "\r\n",
                            Requests.body(1, tool, "{}", ",\"traceparent\":\"00-" + OTHER + "-b7ad6b7169203331-00\"")));
            assertThat(Requests.text(own)).isEqualTo(OTHER);
            assertThat(own.header("x-trace-id")).isEqualTo(OTHER);
        }
    }

    @Test
    void errorsOutsideMcpCarryIt() throws IOException {
        RawConnection.Answer refused = send("traceparent: " + PARENT + "\r\n", Requests.get("/nowhere"));
        assertThat(refused.json().path("trace_id").asString("")).isEqualTo(TRACE);
    }

    @Test
    void anErrorOfMcpCarriesItInItsHeaderAndAFaultInItsBodyToo() throws IOException {
        RawConnection.Answer unknown = send("X-Trace-ID: " + TRACE + "\r\n", Requests.call(1, "nosuch", "{}"));
        assertThat(unknown.json().path("error").path("code").asInt()).isEqualTo(-32602);
        assertThat(unknown.json().findValue("trace_id")).isNull();
        assertThat(unknown.header("x-trace-id")).isEqualTo(TRACE);

        RateLimiter broken = (key, policy, cost) -> {
            throw new IllegalStateException("no luck");
        };
        DevMesh mesh = DevMesh.builder()
                .authenticator(Authenticator.everyone(Principal.of(new Tenant("acme"), "bot", "tools")))
                .rateLimiter(broken)
                .rateLimits(RateLimits.of(new RateLimitPolicy("default", 60, 10), Map.of()))
                .tool(Tool.named("quick").nonBlocking().handle(call -> "never"))
                .build();
        try (MeshServer failing = MeshServer.of(mesh).port(0).start()) {
            RawConnection.Answer fault = send(
                    failing,
                    Requests.call(1, "quick", "{}")
                            .replaceFirst("Host: localhost\r\n", "Host: localhost\r\nX-Trace-ID: " + TRACE + "\r\n"));
            assertThat(fault.status()).as(fault.text()).isEqualTo(500);
            assertThat(fault.header("x-trace-id")).isEqualTo(TRACE);
            assertThat(fault.json().path("error").path("data").path("trace_id").asString(""))
                    .isEqualTo(TRACE);
            assertThat(fault.text()).contains("MCP-PANIC").doesNotContain("no luck", "IllegalState");
        }
    }

    @Test
    void theLogHasItWhileARequestIsServedAndNoLonger() throws IOException {
        DevMesh mesh = DevMesh.builder()
                .authenticator(Authenticator.everyone(Principal.anonymous()))
                .tool(Tool.named("quick").nonBlocking().handle(call -> inLog().orElse("nothing")))
                .tool(Tool.named("slow").handle(call -> inLog().orElse("nothing")))
                .build();
        try (MeshServer logged = MeshServer.of(mesh).port(0).start()) {
            for (String tool : new String[] {"quick", "slow"}) {
                RawConnection.Answer answer = send(logged, Requests.call(1, tool, "{}"));
                assertThat(Requests.text(answer)).isIn(answer.header("x-trace-id"), "nothing");
            }
        }
        assertThat(inLog()).isEmpty();
    }

    private static Optional<String> inLog() {
        return Optional.ofNullable(org.slf4j.MDC.get(LogTrace.KEY));
    }
}
