package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The REST API as it is on the wire. */
class RestTest {

    private static final AtomicReference<String> TRACE = new AtomicReference<>("");
    private static final CountDownLatch ENTERED = new CountDownLatch(1);
    private static final CountDownLatch INTERRUPTED = new CountDownLatch(1);

    record Sum(int a, int b) {}

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with(DevMesh.builder()
            .authenticator(credentials -> switch (credentials.apiKey()) {
                case "alice" -> Optional.of(Principal.of(new Tenant("acme"), "alice", "tools", "contexts"));
                case "george" -> Optional.of(Principal.administrator(new Tenant("globex"), "george"));
                default -> Optional.empty();
            })
            .rateLimits(RateLimits.of(new RateLimitPolicy("default", 6_000, 1_000), Map.of()))
            .tool(Tool.of("add", "Adds two integers", Sum.class, (call, in) -> {
                TRACE.set(call.trace().traceId());
                return in.a() + in.b();
            }))
            .tool(Tool.named("wait").handle(call -> {
                ENTERED.countDown();
                try {
                    Thread.sleep(20_000);
                } catch (InterruptedException e) {
                    INTERRUPTED.countDown();
                }
                return "";
            })));

    @Test
    void aToolIsRunByOneRequest() throws IOException {
        try (RawConnection connection = new RawConnection(mesh.server())) {
            RawConnection.Answer answer = connection
                    .send(request("POST", "/api/v1/tools/add/call", "alice", "", "{\"arguments\":{\"a\":1,\"b\":2}}"))
                    .read();

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("content-type")).isEqualTo("application/json");
            assertThat(answer.header("x-ratelimit-limit")).isEqualTo("1000");
            assertThat(answer.header("ratelimit")).startsWith("\"default\";r=");
            assertThat(answer.json().at("/content/0/text").asString()).isEqualTo("3");
        }
    }

    @Test
    void aContextLivesItsLifeOnOneConnection() throws IOException {
        try (RawConnection connection = new RawConnection(mesh.server())) {
            RawConnection.Answer created = connection
                    .send(request("POST", "/api/v1/contexts", "alice", "Idempotency-Key: k1\r\n", "{\"name\":\"a\"}"))
                    .read();
            assertThat(created.status()).isEqualTo(201);
            String path = created.header("location");
            assertThat(connection
                            .send(request(
                                    "POST", "/api/v1/contexts", "alice", "Idempotency-Key: k1\r\n", "{\"name\":\"a\"}"))
                            .read()
                            .header("idempotent-replayed"))
                    .isEqualTo("true");

            RawConnection.Answer shown =
                    connection.send(request("GET", path, "alice", "", "")).read();
            RawConnection.Answer head =
                    connection.send(request("HEAD", path, "alice", "", "")).read(true);
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("content-length")).isEqualTo(Integer.toString(shown.body().length));
            assertThat(head.header("etag")).isEqualTo("\"1\"");
            assertThat(connection
                            .send(request("GET", path, "alice", "If-None-Match: \"1\"\r\n", ""))
                            .read(true)
                            .status())
                    .isEqualTo(304);

            assertThat(connection
                            .send(request("GET", path, "george", "", ""))
                            .read()
                            .status())
                    .isEqualTo(404);
            RawConnection.Answer stale = connection
                    .send(request("PATCH", path, "alice", "If-Match: \"7\"\r\n", "{\"name\":\"b\"}"))
                    .read();
            assertThat(stale.status()).isEqualTo(412);
            assertThat(stale.json().path("current_version").asInt()).isEqualTo(1);
            assertThat(connection
                            .send(request("DELETE", path, "alice", "", ""))
                            .read()
                            .status())
                    .isEqualTo(204);
            assertThat(connection
                            .send(request("GET", path, "alice", "", ""))
                            .read()
                            .status())
                    .isEqualTo(404);
        }
    }

    @Test
    void withoutACredentialThereIs401AndOnlyTheDescription() throws IOException {
        try (RawConnection connection = new RawConnection(mesh.server())) {
            RawConnection.Answer refused =
                    connection.send(Requests.get("/api/v1/tools")).read();
            assertThat(refused.status()).isEqualTo(401);
            assertThat(refused.header("www-authenticate")).startsWith("Bearer");
            assertThat(refused.json().path("code").asString()).isEqualTo("UNAUTHENTICATED");
            assertThat(refused.header("x-trace-id"))
                    .isEqualTo(refused.json().path("trace_id").asString())
                    .hasSize(32);
            assertThat(connection.send(Requests.get("/api/v1/nothing")).read().status())
                    .isEqualTo(401);

            RawConnection.Answer described =
                    connection.send(Requests.get("/openapi.json")).read();
            assertThat(described.status()).isEqualTo(200);
            assertThat(described.json().path("openapi").asString()).isEqualTo("3.1.0");
        }
    }

    @Test
    void theTraceIsTakenAndEchoed() throws IOException {
        String id = "4bf92f3577b34da6a3ce929d0e0e4736";
        try (RawConnection connection = new RawConnection(mesh.server())) {
            String call = "{\"arguments\":{\"a\":1,\"b\":2}}";
            RawConnection.Answer named = connection
                    .send(request("POST", "/api/v1/tools/add/call", "alice", "X-Trace-ID: " + id + "\r\n", call))
                    .read();
            assertThat(named.header("x-trace-id")).isEqualTo(id);
            assertThat(named.header("traceparent")).startsWith("00-" + id + "-");
            assertThat(TRACE).hasValue(id);

            RawConnection.Answer parent = connection
                    .send(request(
                            "GET",
                            "/api/v1/nothing",
                            "alice",
                            "X-Trace-ID: build-7\r\ntraceparent: 00-" + id + "-00f067aa0ba902b7-01\r\n",
                            ""))
                    .read();
            assertThat(parent.status()).isEqualTo(404);
            assertThat(parent.header("x-trace-id")).isEqualTo("build-7");
            assertThat(parent.json().path("trace_id").asString()).isEqualTo(id);

            RawConnection.Answer made = connection
                    .send(request("GET", "/api/v1/tools", "alice", "X-Trace-ID: a b\r\n", ""))
                    .read();
            assertThat(made.header("x-trace-id")).matches("[0-9a-f]{32}");
        }
    }

    @Test
    void theGuardsHoldHereToo() throws IOException {
        try (RawConnection connection = new RawConnection(mesh.server())) {
            RawConnection.Answer text = connection
                    .send("POST /api/v1/contexts HTTP/1.1\r\nHost: localhost\r\nX-API-Key: alice\r\n"
                            + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}")
                    .read();
            assertThat(text.status()).isEqualTo(415);
            assertThat(text.json().path("code").asString()).isEqualTo("UNSUPPORTED_MEDIA_TYPE");
            assertThat(connection
                            .send(request("GET", "/api/v1/tools", "alice", "Origin: https://evil.example\r\n", ""))
                            .read()
                            .status())
                    .isEqualTo(403);
            RawConnection.Answer method = connection
                    .send(request("DELETE", "/api/v1/contexts", "alice", "", ""))
                    .read();
            assertThat(method.status()).isEqualTo(405);
            assertThat(method.header("allow")).isEqualTo("GET, HEAD, POST, OPTIONS");
            assertThat(connection
                            .send(request("OPTIONS", "/api/v1/contexts", "alice", "", ""))
                            .read()
                            .header("allow"))
                    .isEqualTo("GET, HEAD, POST, OPTIONS");
        }
        try (RawConnection connection = new RawConnection(mesh.server())) {
            assertThat(connection
                            .send("POST /api/v1/contexts HTTP/1.1\r\nHost: localhost\r\nX-API-Key: alice\r\n"
                                    + "Content-Type: application/json\r\nContent-Length: 999999999\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(413);
        }
    }

    @Test
    void noSpellingOfAPathGetsPastTheTable() throws IOException {
        try (RawConnection connection = new RawConnection(mesh.server())) {
            for (String path : new String[] {
                "/api/v1/contexts%2f..%2ftools",
                "/api/v1/%2e%2e/tools",
                "/api/v1/../v1/tools",
                "/api/v1//tools",
                "/api/v1/tools;x",
                "/api/v1/tools%00",
                "/api/v1/tools/%c0%ae",
                "/api/v1/tools/",
                "/api/v1",
                "/API/V1/tools",
                "/api%2fv1/tools",
                "/%61pi/v1/tools",
                "/openapi.json/",
                "/openapi%2ejson"
            }) {
                RawConnection.Answer answer =
                        connection.send(request("GET", path, "alice", "", "")).read();
                assertThat(answer.status()).as(path).isIn(400, 404);
                assertThat(answer.json().path("code").asString()).isNotEmpty();
            }
            assertThat(connection
                            .send(request("GET", "/api/v1/%74ools", "alice", "", ""))
                            .read()
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aToolWhoseCallerLeavesIsInterrupted() throws Exception {
        try (RawConnection connection = new RawConnection(mesh.server())) {
            connection.send(request("POST", "/api/v1/tools/wait/call", "alice", "", "{}"));
            assertThat(ENTERED.await(10, TimeUnit.SECONDS)).isTrue();
        }

        await().until(() -> INTERRUPTED.getCount() == 0);
    }

    private static String request(String method, String path, String key, String headerLines, String body) {
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nX-API-Key: " + key + "\r\n" + headerLines
                + (body.isEmpty()
                        ? "\r\n"
                        : "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }
}
