package dev.devmesh.netty;

import static dev.devmesh.netty.RawWebSocket.FIN;
import static dev.devmesh.netty.RawWebSocket.PING;
import static dev.devmesh.netty.RawWebSocket.PONG;
import static dev.devmesh.netty.RawWebSocket.TEXT;
import static dev.devmesh.netty.RawWebSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolResult;
import java.io.IOException;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What goes on over a WebSocket, seen by clients that keep the rules and by some that do not read. */
class WebSocketTest {

    private record Message(String message) {}

    private record Name(String name) {}

    /** Knows who is who, and changes its mind when told to. */
    private record Directory(boolean blocking, ConcurrentHashMap<String, Principal> known, AtomicInteger asked)
            implements Authenticator {

        Directory(boolean blocking) {
            this(blocking, new ConcurrentHashMap<>(), new AtomicInteger());
            known.put("good", of("good", "tools"));
            known.put("other", of("other", "tools"));
        }

        static Principal of(String name, String... scopes) {
            return Principal.of(Tenant.single(), name, scopes);
        }

        @Override
        public Optional<Principal> authenticate(Credentials credentials) {
            asked.incrementAndGet();
            Principal found = known.get(credentials.apiKey());
            if (found == null) {
                throw new MeshException(ErrorCode.KEY_REVOKED, "The key was revoked.", "Ask for another.");
            }
            if (found.subject().equals("unknown for now")) {
                throw new MeshException(ErrorCode.OVERLOADED, "The directory is busy.", "");
            }
            return Optional.of(found);
        }
    }

    private static final Duration SHORT = Duration.ofMillis(200);
    private static final String BIG = "x".repeat(64 * 1024);

    private final Semaphore gate = new Semaphore(0);
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger interrupted = new AtomicInteger();
    private final AtomicInteger served = new AtomicInteger();
    private DevMesh mesh;
    private MeshServer server;

    private MeshServer start(UnaryOperator<MeshServerBuilder> settings, UnaryOperator<DevMeshBuilder> more) {
        mesh = more.apply(DevMesh.builder()
                        .tool(Tool.named("echo")
                                .input(Message.class)
                                .nonBlocking()
                                .handle((call, in) -> in.message()))
                        .tool(Tool.named("gated").handle(call -> {
                            begun.incrementAndGet();
                            try {
                                gate.acquire();
                            } catch (InterruptedException e) {
                                interrupted.incrementAndGet();
                                throw e;
                            }
                            return "done";
                        }))
                        .tool(Tool.named("big").nonBlocking().handle(call -> {
                            served.incrementAndGet();
                            return BIG;
                        }))
                        .tool(Tool.named("greet")
                                .handle(call -> ToolResult.text("Hello, "
                                        + call.elicit("who", "Who are you?", Name.class)
                                                .orElseThrow()
                                                .name()))))
                .build();
        server = settings.apply(MeshServer.of(mesh).port(0).drainTimeout(Duration.ofSeconds(10)))
                .start();
        return server;
    }

    private MeshServer start() {
        return start(settings -> settings, mesh -> mesh);
    }

    private MeshServer start(Directory directory, UnaryOperator<MeshServerBuilder> settings) {
        return start(settings, mesh -> mesh.authenticator(directory));
    }

    @AfterEach
    void close() {
        gate.release(100);
        server.close();
        assertThat(server.connections()).isZero();
    }

    private WebSocketClient connect() {
        return new WebSocketClient(server.webSocketUri());
    }

    private static String call(int id, String tool, String arguments) {
        return Requests.body(id, tool, arguments, "");
    }

    private static String listen(int id) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"subscriptions/listen\",\"params\":{"
                + "\"notifications\":{\"toolsListChanged\":true},"
                + "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                + "\"io.modelcontextprotocol/clientCapabilities\":{}}}}";
    }

    private static String initialize(int id) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id
                + ",\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-11-25\","
                + "\"capabilities\":{\"elicitation\":{}},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";
    }

    private static String text(JsonNode response) {
        return response.at("/result/content/0/text").asString("?");
    }

    private static int subscription(JsonNode notification) {
        return notification
                .path("params")
                .path("_meta")
                .path("io.modelcontextprotocol/subscriptionId")
                .asInt(-1);
    }

    // ---- settings

    @Test
    void settingsOutOfRangeAreNamed() {
        start();
        assertThatThrownBy(() -> MeshServer.of(mesh)
                        .port(0)
                        .webSocketPingInterval(Duration.ZERO)
                        .webSocketPongTimeout(Duration.ZERO)
                        .webSocketWriteTimeout(Duration.ZERO)
                        .webSocketMaxMessageBytes(0)
                        .webSocketsPerKey(0)
                        .start())
                .isInstanceOf(MeshException.class)
                .hasMessageContainingAll(
                        "5 problems",
                        "webSocketPingInterval",
                        "webSocketPongTimeout",
                        "webSocketWriteTimeout",
                        "webSocketMaxMessageBytes",
                        "webSocketsPerKey");
    }

    // ---- messages

    @Test
    void requestsRunBesideEachOther() {
        start();
        try (WebSocketClient client = connect()) {
            client.send(call(1, "gated", "{}"));
            client.send(call(2, "echo", "{\"message\":\"overtakes\"}"));

            assertThat(text(client.awaitResponse(2))).isEqualTo("overtakes");
            gate.release();
            assertThat(text(client.awaitResponse(1))).isEqualTo("done");
        }
    }

    @Test
    void aCancelledNotificationCancels() {
        start();
        try (WebSocketClient client = connect()) {
            client.send(call(1, "gated", "{}"));
            await().until(() -> begun.get() == 1);
            client.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}");

            await().until(() -> interrupted.get() == 1);
            client.send(call(2, "echo", "{\"message\":\"still here\"}"));
            client.awaitResponse(2);
            assertThat(client.messages()).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSocketThatIsDroppedOrClosedCancelsWhatIsUnderWay(boolean dropped) {
        start();
        WebSocketClient client = connect();
        for (int id = 1; id <= 3; id++) {
            client.send(call(id, "gated", "{}"));
        }
        await().until(() -> begun.get() == 3);
        if (dropped) {
            client.abort();
        } else {
            client.close();
        }

        await().until(() -> interrupted.get() == 3);
        await().until(() -> server.connections() == 0);
    }

    @Test
    void listensShareTheSocket() {
        start();
        try (WebSocketClient client = connect()) {
            client.send(listen(1));
            client.send(listen(2));
            client.awaitMessage(message -> subscription(message) == 1);
            client.awaitMessage(message -> subscription(message) == 2);

            mesh.tools().register(Tool.named("new").handle(call -> "x"));

            for (int id : new int[] {1, 2}) {
                client.awaitMessage(message -> subscription(message) == id
                        && message.path("method").asString().equals("notifications/tools/list_changed"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void initializeGivesTheSocketASessionWithQuestions(boolean blocking) {
        start(new Directory(blocking), settings -> settings);
        try (WebSocketClient client = new WebSocketClient(server.webSocketUri(), "good")) {
            client.send(initialize(1));
            client.send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
            client.send("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"greet\","
                    + "\"arguments\":{}}}");
            assertThat(client.awaitResponse(1).at("/result/protocolVersion").asString())
                    .isEqualTo("2025-11-25");
            JsonNode question = client.awaitNotification("elicitation/create");
            client.send("{\"jsonrpc\":\"2.0\",\"id\":" + question.path("id")
                    + ",\"result\":{\"action\":\"accept\",\"content\":{\"name\":\"Ada\"}}}");

            assertThat(text(client.awaitResponse(2))).isEqualTo("Hello, Ada");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void messagesReachTheEngineInTheirOrder(boolean blocking) throws IOException {
        start(new Directory(blocking), settings -> settings);
        int rounds = 200;
        List<byte[]> frames = new ArrayList<>();
        frames.add(frame(FIN | TEXT, initialize(0)));
        frames.add(frame(FIN | TEXT, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"));
        for (int id = 1; id <= rounds; id++) {
            String message = id % 50 == 0 ? "x".repeat(MessageQueue.LONG_MESSAGE_BYTES) : "short";
            frames.add(frame(FIN | TEXT, call(id, "echo", "{\"message\":\"" + message + "\"}")));
        }
        try (var socket = new RawWebSocket(server, "X-API-Key: good\r\n", 0)) {
            var sending = CompletableFuture.runAsync(() -> {
                try {
                    socket.send(frames.toArray(byte[][]::new));
                } catch (IOException e) {
                    throw new CompletionException(e);
                }
            });
            for (int id = 0; id <= rounds; id++) {
                assertThat(socket.readMessage().path("id").asInt(-1)).isEqualTo(id);
            }
            sending.join();
        }
    }

    // ---- who may connect, and for how long

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHandshakeIsAuthenticatedAsAPostIs(boolean blocking) throws IOException {
        start(new Directory(blocking), settings -> settings);
        try (var nobody = new RawConnection(server);
                var revoked = new RawConnection(server);
                var inTheQuery = new RawConnection(server)) {
            var first = nobody.send(RawWebSocket.handshake("/ws", "")).read();
            var second = revoked.send(RawWebSocket.handshake("/mcp", "Authorization: Bearer bad\r\n"))
                    .read();
            var third = inTheQuery
                    .send(RawWebSocket.handshake("/ws?api_key=good", ""))
                    .read();

            assertThat(first.status()).isEqualTo(401);
            assertThat(first.header("www-authenticate")).isEqualTo("Bearer realm=\"devmesh\"");
            assertThat(second.status()).isEqualTo(401);
            assertThat(second.header("www-authenticate")).contains("error=\"invalid_token\"");
            assertThat(second.json().at("/error/message").asString()).startsWith("The key was revoked.");
            assertThat(third.status()).isEqualTo(400);
        }
    }

    @Test
    void framesRightBehindTheHandshakeAreKeptWhileItIsAuthenticated() throws IOException {
        start(new Directory(true), settings -> settings);
        try (var connection = new RawConnection(server)) {
            connection.send(RawWebSocket.concat(
                    RawWebSocket.handshake("/ws", "X-API-Key: good\r\n").getBytes(StandardCharsets.US_ASCII),
                    frame(FIN | TEXT, call(1, "echo", "{\"message\":\"early\"}"))));

            assertThat(connection.read().status()).isEqualTo(101);
            assertThat(text(RawWebSocket.over(connection).readMessage())).isEqualTo("early");
        }
        try (var connection = new RawConnection(server)) {
            connection.send(RawWebSocket.concat(
                    RawWebSocket.handshake("/ws", "X-API-Key: bad\r\n").getBytes(StandardCharsets.US_ASCII),
                    frame(FIN | TEXT, call(1, "echo", "{\"message\":\"early\"}"))));

            assertThat(connection.read().status()).isEqualTo(401);
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @Test
    void aCredentialHasSoManyAndNoMore() {
        start(new Directory(false), settings -> settings.webSocketsPerKey(2));
        try (WebSocketClient one = new WebSocketClient(server.webSocketUri(), "good");
                WebSocketClient other = new WebSocketClient(server.webSocketUri(), "other")) {
            WebSocketClient two = new WebSocketClient(server.webSocketUri(), "good");
            assertThatThrownBy(() -> new WebSocketClient(server.webSocketUri(), "good"))
                    .cause()
                    .isInstanceOfSatisfying(
                            WebSocketHandshakeException.class,
                            refused -> assertThat(refused.getResponse().statusCode())
                                    .isEqualTo(429));
            two.abort();

            await().ignoreExceptionsInstanceOf(CompletionException.class).until(() -> {
                new WebSocketClient(server.webSocketUri(), "good").close();
                return true;
            });
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRevokedCredentialClosesItsSocketsAndNoOthers(boolean blocking) {
        Directory directory = new Directory(blocking);
        start(directory, settings -> settings.credentialCheck(SHORT));
        WebSocketClient good = new WebSocketClient(server.webSocketUri(), "good");
        try (WebSocketClient other = new WebSocketClient(server.webSocketUri(), "other")) {
            good.send(call(1, "gated", "{}"));
            await().until(() -> begun.get() == 1);
            directory.known().remove("good");

            assertThat(good.awaitCloseCode()).isEqualTo(4401);
            await().until(() -> interrupted.get() == 1);
            assertThat(other.isClosed()).isFalse();
        }
    }

    @Test
    void aCredentialWithOtherRightsIsAnotherCredential() {
        Directory directory = new Directory(false);
        start(directory, settings -> settings.credentialCheck(SHORT));
        WebSocketClient client = new WebSocketClient(server.webSocketUri(), "good");

        directory.known().put("good", Directory.of("good", "contexts"));

        assertThat(client.awaitCloseCode()).isEqualTo(4401);
    }

    @Test
    void anAuthenticatorThatFailsForAWhileCostsNoSocketAndOneThatGoesOnFailingDoes() {
        Directory directory = new Directory(false);
        start(directory, settings -> settings.credentialCheck(SHORT));
        try (WebSocketClient client = new WebSocketClient(server.webSocketUri(), "good")) {
            directory.known().put("good", Directory.of("unknown for now"));
            int before = directory.asked().get();
            await().until(() -> directory.asked().get() >= before + 3);
            client.send(call(1, "echo", "{\"message\":\"still here\"}"));
            client.awaitResponse(1);

            assertThat(client.awaitCloseCode()).isEqualTo(1013);
            assertThat(directory.asked().get()).isGreaterThanOrEqualTo(before + CredentialWatch.MAX_FAILURES);
        }
    }

    // ---- the server closes

    @Test
    void closingEndsListensFinishesCallsAndThenSaysGoingAway() {
        start();
        WebSocketClient idle = connect();
        WebSocketClient busy = connect();
        busy.send(listen(1));
        busy.send(call(2, "gated", "{}"));
        busy.awaitMessage(message -> subscription(message) == 1);
        await().until(() -> begun.get() == 1);

        CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);

        assertThat(idle.awaitCloseCode()).isEqualTo(1001);
        busy.awaitResponse(1);
        busy.send(call(3, "echo", "{\"message\":\"too late\"}"));
        assertThat(busy.awaitResponse(3).has("error")).isTrue();
        assertThat(busy.isClosed()).isFalse();
        assertThat(closing).isNotDone();
        gate.release();
        assertThat(text(busy.awaitResponse(2))).isEqualTo("done");
        assertThat(busy.awaitCloseCode()).isEqualTo(1001);
        closing.join();
    }

    @Test
    void closingDoesNotWaitForeverAndStillSaysGoingAway() {
        start(settings -> settings.drainTimeout(SHORT), mesh -> mesh);
        WebSocketClient busy = connect();
        busy.send(call(1, "gated", "{}"));
        await().until(() -> begun.get() == 1);

        server.close();

        assertThat(busy.awaitCloseCode()).isEqualTo(1001);
        assertThat(interrupted.get()).isEqualTo(1);
    }

    // ---- clients that do not answer or read

    @Test
    void aClientThatAnswersNoPingIsDroppedAndOneThatDoesIsNot() throws IOException {
        start(settings -> settings.webSocketPingInterval(SHORT).webSocketPongTimeout(SHORT), mesh -> mesh);
        try (WebSocketClient alive = connect();
                var dead = new RawWebSocket(server)) {
            assertThat(dead.read().first()).isEqualTo(FIN | PING);
            dead.send(frame(FIN | PONG, ""));
            assertThat(dead.read().first()).isEqualTo(FIN | PING);
            dead.sendText(call(1, "echo", "{\"message\":\"a sign of life, too\"}"));
            assertThat(dead.readMessage().path("id").asInt()).isEqualTo(1);
            assertThat(dead.read().first()).isEqualTo(FIN | PING);

            assertThat(dead.isClosedByServer()).isTrue();
            await().until(() -> server.connections() == 1);
            alive.send(call(2, "echo", "{\"message\":\"here\"}"));
            alive.awaitResponse(2);
        }
    }

    @Test
    void aClientThatDoesNotReadIsToldToComeBackLater() throws IOException {
        start(settings -> settings.webSocketWriteTimeout(SHORT), mesh -> mesh);
        try (var slow = new RawWebSocket(server, "", 4 * 1024)) {
            CompletableFuture<Void> flood = flood(slow, 1_000);

            awaitStandstill(SHORT.multipliedBy(3));
            assertThat(slow.readCloseCode()).isEqualTo(1013);
            flood.exceptionally(cut -> null).join();
        }
    }

    @Test
    void aClientThatFloodsAndDoesNotReadCostsLittleMemory() throws IOException {
        start();
        int requests = 1_500; // for 96 MB of responses
        try (var slow = new RawWebSocket(server, "", 4 * 1024)) {
            CompletableFuture<Void> flood = flood(slow, requests);

            awaitStandstill(Duration.ofSeconds(1));
            // What the operating system buffers, and the bounds of channel and outbox.
            assertThat(served.get()).isLessThan(300);
            try (WebSocketClient other = connect()) {
                other.send(call(1, "echo", "{\"message\":\"served beside it\"}"));
                other.awaitResponse(1);
            }
            for (int id = 0; id < requests; id++) {
                assertThat(slow.readMessage().path("id").asInt(-1)).isEqualTo(id);
            }
            flood.join();
        }
    }

    /** Waits until no more requests are served for so long. */
    private void awaitStandstill(Duration pause) {
        AtomicInteger before = new AtomicInteger();
        await().pollInterval(pause).until(() -> {
            int now = served.get();
            return before.getAndSet(now) == now && now > 0;
        });
    }

    private static CompletableFuture<Void> flood(RawWebSocket socket, int requests) {
        return CompletableFuture.runAsync(() -> {
            try {
                for (int id = 0; id < requests; id++) {
                    socket.sendText(call(id, "big", "{}"));
                }
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        });
    }
}
