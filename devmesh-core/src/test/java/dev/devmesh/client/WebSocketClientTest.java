package dev.devmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.devmesh.ErrorCode;
import dev.devmesh.Revision;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

@Timeout(30)
class WebSocketClientTest {

    private static final String FINE = "'content':[{'type':'text','text':'fine'}]";
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** Of the stateless revision; tool calls go to the script. */
    private static ScriptedWebSocket.Script stateless(ScriptedWebSocket.Script calls) {
        return (message, way) -> {
            if (message.path("method").asString().equals("server/discover")) {
                way.result(message, "'resultType':'complete','supportedVersions':['2026-07-28'],'capabilities':{}");
            } else {
                calls.answer(message, way);
            }
        };
    }

    private static McpClient client(ScriptedWebSocket server) {
        return McpClient.builder(server.uri())
                .timeout(TIMEOUT)
                .maxMessageBytes(100_000)
                .build();
    }

    @Test
    void aMessageMayComeInPieces() throws IOException {
        try (var server = ScriptedWebSocket.of(stateless((message, way) -> {
                    byte[] answer = ("{\"jsonrpc\":\"2.0\",\"id\":" + message.path("id")
                                    + ",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"Grüße 世界\"}]}}")
                            .getBytes(StandardCharsets.UTF_8);
                    int cut =
                            new String(answer, StandardCharsets.ISO_8859_1).indexOf('\u00c3') + 1; // within a character
                    way.frame(false, ScriptedWebSocket.TEXT, Arrays.copyOf(answer, cut));
                    way.frame(true, 9, new byte[0]);
                    way.frame(true, 0, Arrays.copyOfRange(answer, cut, answer.length));
                }));
                McpClient client = McpClient.builder(server.uri())
                        .apiKey("k1")
                        .bearer("b1")
                        .build()) {
            assertThat(client.call("x").text()).isEqualTo("Grüße 世界");
            assertThat(client.revision()).isEqualTo(Revision.V2026_07_28);

            assertThat(server.handshakes())
                    .singleElement()
                    .satisfies(headers -> assertThat(headers)
                            .containsEntry("sec-websocket-protocol", "mcp")
                            .containsEntry("x-api-key", "k1")
                            .containsEntry("authorization", "Bearer b1"));
        }
    }

    @Test
    void anOlderServerGetsASession() throws IOException {
        try (var server = ScriptedWebSocket.of((message, way) -> {
                    switch (message.path("method").asString("")) {
                        case "initialize" -> way.result(message, "'protocolVersion':'2025-11-25','capabilities':{}");
                        case "tools/call" -> way.result(message, FINE);
                        case "notifications/initialized" -> {}
                        default ->
                            way.say("{'jsonrpc':'2.0','id':" + message.path("id")
                                    + ",'error':{'code':-32600,'message':'initialize first'}}");
                    }
                });
                McpClient client = client(server)) {
            assertThat(client.call("x").text()).isEqualTo("fine");
            assertThat(client.revision()).isEqualTo(Revision.V2025_11_25);
        }
    }

    @Test
    void whatIsGivenUpIsCancelledAndOthersGoOn() throws IOException {
        try (var server = ScriptedWebSocket.of(stateless((message, way) -> {
                    if (message.at("/params/name").asString("").equals("quick")) {
                        way.result(message, FINE);
                    }
                }));
                McpClient client = client(server)) {
            PendingCall stuck = client.start(CallOptions.of("stuck"));
            assertThat(client.call("quick").text()).isEqualTo("fine");
            stuck.cancel();
            await().until(() -> server.received().stream()
                    .anyMatch(message -> message.path("method").asString("").equals("notifications/cancelled")));
            ObjectNode call = server.received().get(1);
            ObjectNode cancelled = server.received().get(server.received().size() - 1);
            assertThat(cancelled.at("/params/requestId")).isEqualTo(call.path("id"));
            assertThat(client.call("quick").text()).isEqualTo("fine");
        }
    }

    @Test
    void listensShareTheConnection() throws IOException {
        CompletableFuture<String> heard = new CompletableFuture<>();
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        try (var server = ScriptedWebSocket.of(stateless((message, way) -> {
                    if (message.path("method").asString("").equals("subscriptions/listen")) {
                        String meta = "'_meta':{'io.modelcontextprotocol/subscriptionId':" + message.path("id") + "}";
                        way.say("{'jsonrpc':'2.0','method':'notifications/subscriptions/acknowledged','params':{" + meta
                                + ",'notifications':{'resourceSubscriptions':['a://b']}}}");
                        way.say("{'jsonrpc':'2.0','method':'notifications/resources/updated','params':{" + meta
                                + ",'uri':'a://b'}}");
                    } else if (message.path("method").asString("").equals("tools/call")) {
                        way.result(message, FINE);
                        way.close(1001, "");
                    }
                }));
                McpClient client = client(server);
                Subscription subscription = client.listen(ListenFilter.none().resource("a://b"), new ListenHandler() {
                    @Override
                    public void resourceUpdated(String uri) {
                        heard.complete(uri);
                    }

                    @Override
                    public void ended(Optional<McpClientException> reason) {
                        ended.complete(reason.isPresent());
                    }
                })) {
            assertThat(subscription.honoured()).isEqualTo(ListenFilter.none().resource("a://b"));
            assertThat(heard.join()).isEqualTo("a://b");
            assertThat(client.call("x").text()).isEqualTo("fine");
            assertThat(ended.join()).isTrue();
            assertThat(server.handshakes()).hasSize(1);
            assertThat(client.call("x").text()).isEqualTo("fine"); // by another connection
            assertThat(server.handshakes()).hasSize(2);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1001, it goes away",
        "1008, its rules do not allow for more",
        "1009, a message that is too long",
        "1013, asked again later",
        "4401, the credential has expired or was revoked"
    })
    void theReasonOfTheServerIsTold(int code, String meaning) throws IOException {
        try (var server = ScriptedWebSocket.of(stateless((message, way) -> way.close(code, "because")));
                McpClient client = client(server)) {
            McpClientException problem = catchThrowableOfType(McpClientException.class, () -> client.call("x"));
            assertThat(problem.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
            assertThat(problem)
                    .hasMessageContaining("(" + code)
                    .hasMessageContaining(meaning)
                    .hasMessageContaining("because")
                    .hasMessageNotContaining("secret");
        }
    }

    @Test
    void whatBreaksTheRulesEndsTheConnection() throws IOException {
        byte[] tooLong = new byte[200_000];
        Arrays.fill(tooLong, (byte) ' ');
        for (var expected : Map.<ScriptedWebSocket.Script, String>of(
                        (message, way) -> way.frame(true, ScriptedWebSocket.BINARY, new byte[10]),
                        "binary message",
                        (message, way) -> way.frame(true, ScriptedWebSocket.TEXT, tooLong),
                        "longer than the 100000 bytes",
                        (message, way) -> {
                            for (int i = 0; i < 50; i++) {
                                way.frame(false, i == 0 ? ScriptedWebSocket.TEXT : 0, Arrays.copyOf(tooLong, 10_000));
                            }
                        },
                        "longer than the 100000 bytes",
                        (message, way) -> way.frame(true, ScriptedWebSocket.TEXT, new byte[] {(byte) 0xff}),
                        "broke off",
                        (message, way) -> way.hangUp(),
                        "broke off")
                .entrySet()) {
            try (var server = ScriptedWebSocket.of(stateless(expected.getKey()));
                    McpClient client = client(server)) {
                assertThatThrownBy(() -> client.call("x"))
                        .isInstanceOf(McpClientException.class)
                        .hasMessageContaining(expected.getValue());
                assertThatThrownBy(() -> client.call("x")).isInstanceOf(McpClientException.class);
                assertThat(server.handshakes()).hasSize(2);
            }
        }
    }

    /** Many times, because threads of the JDK race here. */
    @RepeatedTest(20)
    void anEndRightBehindAMessageIsNoticed() throws Exception {
        CompletableFuture<String> end = new CompletableFuture<>();
        try (var server = ScriptedWebSocket.of((message, way) -> {
                    way.result(message, FINE);
                    way.hangUp();
                });
                McpTransport.Connection connection = new WebSocketTransport(server.uri(), Map.of())
                        .open(
                                new McpTransport.Receiver() {
                                    @Override
                                    public void received(byte[] message) {}

                                    @Override
                                    public void ended(String why) {
                                        end.complete(why);
                                    }
                                },
                                100_000)) {
            connection.send("{\"id\":1}".getBytes(StandardCharsets.UTF_8));
            assertThat(end.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).contains("broke off");
        }
    }

    @Test
    void aHandshakeThatIsRefusedSaysWhatToDo() throws IOException {
        try (var server = ScriptedWebSocket.answering(
                        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", (message, way) -> {});
                McpClient client = client(server)) {
            assertThatThrownBy(() -> client.call("x")).isInstanceOfSatisfying(McpClientException.class, e -> {
                assertThat(e.status()).isEqualTo(401);
                assertThat(e.fix()).contains("apiKey");
            });
        }
        try (var server = ScriptedWebSocket.answering(
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                + "Sec-WebSocket-Accept: %s\r\n\r\n",
                        (message, way) -> {});
                McpClient client = client(server)) {
            assertThatThrownBy(() -> client.call("x")).hasMessageContaining("sub-protocol mcp");
        }
        try (McpClient client = McpClient.connect(URI.create("ws://127.0.0.1:1/ws?token=secret"))) {
            assertThatThrownBy(() -> client.call("x"))
                    .isInstanceOfSatisfying(
                            McpClientException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE))
                    .hasMessageStartingWith("ws://127.0.0.1:1/ws cannot be reached");
        }
    }

    @Test
    void closingTheClientClosesInGoodOrderAndLeavesNoThread() throws IOException {
        try (var server = ScriptedWebSocket.of(stateless((message, way) -> {}))) {
            McpClient client = client(server);
            PendingCall stuck = client.start(CallOptions.of("stuck"));
            client.close();
            client.close();

            assertThat(catchThrowableOfType(McpClientException.class, stuck::result)
                            .code())
                    .isEqualTo(ErrorCode.CANCELLED);
            await().until(() -> server.closed().contains(1000));
            assertThatThrownBy(() -> client.call("x")).isInstanceOf(IllegalStateException.class);
            await().until(() -> Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith("devmesh-client-")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ws:///ws", "ws:nothing"})
    void anAddressThatCannotBeUsedIsRefusedAtOnce(String address) {
        assertThatThrownBy(() -> McpClient.connect(URI.create(address))).isInstanceOf(IllegalArgumentException.class);
    }
}
