package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a caller is told of its rate on the wire, whatever it asks and whatever comes of it. */
class RateTest {

    /** Each key has a rate of its own: {@code free…} none, {@code small…} three requests. {@code wrong…} is nobody's. */
    private record Directory(boolean blocking) implements Authenticator {

        @Override
        public Optional<Principal> authenticate(Credentials credentials) {
            String key = credentials.apiKey();
            String plan =
                    key.startsWith("free") ? Principal.UNLIMITED_PLAN : key.startsWith("small") ? "small" : "default";
            return key.isEmpty() || key.startsWith("wrong")
                    ? Optional.empty()
                    : Optional.of(new Principal(
                            Tenant.single(), key, Scopes.of("tools", "contexts"), Set.of(), plan, "key_" + key));
        }
    }

    private static DevMeshBuilder builder(boolean blocking) {
        return DevMesh.builder()
                .authenticator(new Directory(blocking))
                .rateLimits(RateLimits.of(
                        new RateLimitPolicy("default", 1, 100), Map.of("small", new RateLimitPolicy("small", 1, 3))))
                .tool(Tool.named("ping").nonBlocking().handle(call -> "pong"))
                .tool(Tool.named("heavy").weight(5).handle(call -> "lifted"))
                .tool(Tool.named("talk").handle(call -> {
                    call.progress(1, 2);
                    return "talked";
                }));
    }

    @RegisterExtension
    static final MeshExtension inline = MeshExtension.with(builder(false));

    @RegisterExtension
    static final MeshExtension hopping = MeshExtension.with(builder(true));

    @RegisterExtension
    static final MeshExtension anonymous = MeshExtension.with(DevMesh.builder()
            .rateLimits(RateLimits.of(new RateLimitPolicy("default", 1, 2), Map.of()))
            .tool(Tool.named("ping").nonBlocking().handle(call -> "pong")));

    private static List<MeshExtension> both() {
        return List.of(inline, hopping);
    }

    /** The request with a credential. */
    private static String by(String key, String request) {
        return request.replaceFirst("\r\n", "\r\nX-API-Key: " + key + "\r\n");
    }

    private static void assertLeft(RawConnection.Answer answer, int left) {
        assertThat(answer.header("x-ratelimit-limit")).isEqualTo("100");
        assertThat(answer.header("x-ratelimit-remaining")).isEqualTo(Integer.toString(left));
        assertThat(Long.parseLong(answer.header("x-ratelimit-reset")))
                .isGreaterThan(Instant.now().getEpochSecond());
        assertThat(answer.header("ratelimit-policy")).isEqualTo("\"default\";q=100;w=6000");
        assertThat(answer.header("ratelimit")).startsWith("\"default\";r=" + left + ";t=");
    }

    @Test
    void everyAnswerOfTheStatelessRevisionTellsWhatIsLeft() throws IOException {
        for (MeshExtension mesh : both()) {
            try (RawConnection connection = new RawConnection(mesh.server())) {
                assertLeft(
                        connection.send(by("a", Requests.call(1, "ping", "{}"))).read(), 99);
                assertLeft(
                        connection
                                .send(by("a", Requests.call(1, "heavy", "{}")))
                                .read(),
                        94);
                assertLeft(
                        connection
                                .send(by("a", Requests.call(1, "nothing", "{}")))
                                .read(),
                        93);
                RawConnection.Answer garbage =
                        connection.send(by("a", Requests.post("", "{"))).read();
                assertThat(garbage.status()).isEqualTo(400);
                assertLeft(garbage, 92);
                RawConnection.Answer stream = connection
                        .send(by("a", Requests.callWithProgress(1, "talk", "{}")))
                        .read();
                assertThat(stream.header("content-type")).isEqualTo("text/event-stream");
                assertLeft(stream, 91);
                RawConnection.Answer listen = connection
                        .send(by("a", Requests.listen(1, "{\"toolsListChanged\":true}")))
                        .read(true);
                assertLeft(listen, 90);
            }
        }
    }

    @Test
    void everyAnswerOfASessionTellsWhatIsLeft() throws IOException {
        for (MeshExtension mesh : both()) {
            try (RawConnection connection = new RawConnection(mesh.server())) {
                RawConnection.Answer begun = connection
                        .send(by("b", SessionRequests.initialize("2025-11-25")))
                        .read();
                assertLeft(begun, 99);
                SessionRequests session = new SessionRequests("2025-11-25", begun.header("mcp-session-id"));
                RawConnection.Answer told = connection
                        .send(by("b", session.notification("notifications/initialized", "{}")))
                        .read();
                assertThat(told.status()).isEqualTo(202);
                assertLeft(told, 99);
                assertLeft(
                        connection.send(by("b", session.call(1, "heavy", "{}"))).read(), 94);
                assertLeft(
                        connection
                                .send(by("b", session.callWithProgress(2, "talk", "{}")))
                                .read(),
                        93);
                assertLeft(
                        connection
                                .send(by("b", session.request(3, "no/method", "{}")))
                                .read(),
                        92);
                RawConnection.Answer ended =
                        connection.send(by("b", session.delete())).read();
                assertLeft(ended, 92);
                assertLeft(
                        connection
                                .send(by("b", session.request(4, "ping", "{}")))
                                .read(),
                        91);
            }
        }
    }

    @Test
    void everyAnswerOfRestTellsWhatIsLeft() throws IOException {
        for (MeshExtension mesh : both()) {
            try (RawConnection connection = new RawConnection(mesh.server())) {
                String body = "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"name\":\"c\"}";
                RawConnection.Answer made = connection
                        .send(by("c", "POST /api/v1/contexts HTTP/1.1\r\nHost: localhost\r\n" + body))
                        .read();
                assertThat(made.status()).isEqualTo(201);
                assertLeft(made, 99);
                String path = made.header("location");
                RawConnection.Answer head = connection
                        .send(by("c", "HEAD " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                        .read(true);
                assertThat(head.status()).isEqualTo(200);
                assertLeft(head, 98);
                RawConnection.Answer known = connection
                        .send(by("c", "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"1\"\r\n\r\n"))
                        .read(true);
                assertThat(known.status()).isEqualTo(304);
                assertLeft(known, 97);
                assertLeft(
                        connection
                                .send(by("c", Requests.get("/api/v1/nothing")))
                                .read(),
                        96);
                assertLeft(connection.send(by("c", Requests.get("/api/v1/%zz"))).read(), 95);
            }
        }
    }

    @Test
    void whoHasNothingLeftLearnsWhenToComeBack() throws IOException {
        for (MeshExtension mesh : both()) {
            try (RawConnection connection = new RawConnection(mesh.server())) {
                for (String request : List.of(
                        Requests.call(1, "ping", "{}"),
                        Requests.get("/api/v1/tools"),
                        Requests.call(2, "ping", "{}"))) {
                    assertThat(connection.send(by("small", request)).read().status())
                            .isEqualTo(200);
                }
                for (String request : List.of(
                        Requests.call(3, "ping", "{}"),
                        Requests.callWithProgress(4, "talk", "{}"),
                        Requests.get("/api/v1/tools"))) {
                    RawConnection.Answer refused =
                            connection.send(by("small", request)).read();
                    assertThat(refused.status()).isEqualTo(429);
                    assertThat(Long.parseLong(refused.header("retry-after"))).isBetween(50L, 60L);
                    assertThat(refused.header("x-ratelimit-remaining")).isEqualTo("0");
                    assertThat(refused.header("ratelimit")).startsWith("\"small\";r=0;t=");
                    assertThat(new String(refused.body()))
                            .contains(
                                    "Rate limit exceeded: plan 'small' allows 1 requests a minute and 3 at once; key_small")
                            .contains("RATE_LIMITED");
                }
            }
        }
    }

    @Test
    void whoIsNotLimitedIsToldNothing() throws IOException {
        try (RawConnection connection = new RawConnection(inline.server())) {
            for (String request : List.of(Requests.call(1, "ping", "{}"), Requests.get("/api/v1/tools"))) {
                RawConnection.Answer answer =
                        connection.send(by("free", request)).read();
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.headers().keySet()).noneMatch(name -> name.contains("ratelimit"));
            }
        }
    }

    @Test
    void callersWithoutACredentialAreCountedByTheirAddress() throws IOException {
        try (RawConnection connection = new RawConnection(anonymous.server())) {
            List<Integer> statuses = Stream.of(
                            Requests.call(1, "ping", "{}"),
                            Requests.get("/api/v1/tools"),
                            Requests.call(1, "ping", "{}"))
                    .map(request -> {
                        try {
                            return connection.send(request).read();
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    })
                    .peek(answer ->
                            assertThat(answer.header("x-ratelimit-limit")).isEqualTo("2"))
                    .peek(answer -> {
                        if (answer.status() == 429) {
                            assertThat(new String(answer.body())).contains("address 127.0.0.1 may send");
                        }
                    })
                    .map(RawConnection.Answer::status)
                    .toList();

            assertThat(statuses).containsExactly(200, 200, 429);
        }
    }
}
