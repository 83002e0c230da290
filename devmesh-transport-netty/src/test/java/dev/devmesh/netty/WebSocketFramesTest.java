package dev.devmesh.netty;

import static dev.devmesh.netty.RawWebSocket.BINARY;
import static dev.devmesh.netty.RawWebSocket.CLOSE;
import static dev.devmesh.netty.RawWebSocket.CONTINUATION;
import static dev.devmesh.netty.RawWebSocket.FIN;
import static dev.devmesh.netty.RawWebSocket.PING;
import static dev.devmesh.netty.RawWebSocket.PONG;
import static dev.devmesh.netty.RawWebSocket.TEXT;
import static dev.devmesh.netty.RawWebSocket.closing;
import static dev.devmesh.netty.RawWebSocket.concat;
import static dev.devmesh.netty.RawWebSocket.frame;
import static dev.devmesh.netty.RawWebSocket.header;
import static dev.devmesh.netty.RawWebSocket.unmasked;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the bytes of a WebSocket are answered, the handshake included. */
class WebSocketFramesTest {

    private static final int MAX_MESSAGE = 1 << 20;

    private record Message(String message) {}

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with(
            Tool.named("echo").input(Message.class).nonBlocking().handle((call, in) -> in.message()));

    // ---- the handshake

    @ParameterizedTest
    @ValueSource(strings = {"/ws", "/mcp", "/ws?x=y"})
    void aHandshakeIsAnsweredWithTheDigestOfItsKeyAndTheSubProtocol(String path) throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var answer = connection
                    .send(RawWebSocket.handshake(path, "Sec-WebSocket-Extensions: permessage-deflate\r\n"))
                    .read();

            assertThat(answer.status()).isEqualTo(101);
            assertThat(answer.header("upgrade")).isEqualTo("websocket");
            assertThat(answer.header("connection")).isEqualToIgnoringCase("upgrade");
            assertThat(answer.header("sec-websocket-accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            assertThat(answer.header("sec-websocket-protocol")).isEqualTo("mcp");
            assertThat(answer.headers()).doesNotContainKey("sec-websocket-extensions");
            assertServes(RawWebSocket.over(connection));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Connection: Upgrade, Connection: keep-alive, 400, Connection: Upgrade",
        "Sec-WebSocket-Version: 13, Sec-WebSocket-Version: 8, 426, Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Version: 13, X: y, 426, Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: mcp, X: y, 400, Sec-WebSocket-Protocol: mcp",
        "Sec-WebSocket-Protocol: mcp, Sec-WebSocket-Protocol: MCP, 400, Sec-WebSocket-Protocol: mcp",
        "Sec-WebSocket-Protocol: mcp, 'Sec-WebSocket-Protocol: chat, xmpp', 400, Sec-WebSocket-Protocol: mcp",
        "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZQ==, 400, 16 random bytes",
        "dGhlIHNhbXBsZSBub25jZQ==, ??, 400, 16 random bytes",
        "Sec-WebSocket-Key:, X-Key:, 400, 16 random bytes",
        "Upgrade: websocket, Upgrade: h2c, 426, Upgrade: websocket",
        "Host: localhost, Host: evil.example.com, 403, localhost",
        "Sec-WebSocket-Protocol: mcp, Origin: https://evil.example.com, 403, allowedOrigins"
    })
    void anotherHandshakeIsRefusedAndTheCureNamed(String right, String wrong, int status, String cure)
            throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            String request = RawWebSocket.handshake("/ws", "");
            assertThat(request).contains(right);
            var answer = connection.send(request.replace(right, wrong)).read();

            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.json().at("/error/data/fix").asString()).contains(cure);
            assertThat(connection.send(Requests.get("/health/live")).read().status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aPlainGetIsToldToUpgradeAndToWhatVersion() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var plain = connection.send(Requests.get("/ws")).read();
            var old = connection
                    .send(RawWebSocket.handshake("/ws", "").replace("Version: 13", "Version: 8"))
                    .read();

            assertThat(plain.status()).isEqualTo(426);
            assertThat(plain.header("upgrade")).isEqualTo("websocket");
            assertThat(plain.header("connection")).isEqualToIgnoringCase("upgrade");
            assertThat(old.header("sec-websocket-version")).isEqualTo("13");
        }
    }

    @Test
    void onlyAGetCanBeAHandshake() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            String post = Requests.post(
                    "Upgrade: websocket\r\nConnection: Upgrade\r\nMCP-Protocol-Version: 2026-07-28\r\n"
                            + "Mcp-Method: tools/call\r\nMcp-Name: echo\r\n",
                    echo(1, "still HTTP"));
            assertThat(Requests.text(connection.send(post).read())).isEqualTo("still HTTP");
            assertThat(connection
                            .send("POST /ws HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(405);
        }
    }

    @Test
    void aHandshakeWithABodyIsRefused() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var answer = connection
                    .send(RawWebSocket.handshake("/ws", "Content-Length: 2\r\n") + "{}")
                    .read();

            assertThat(answer.status()).isEqualTo(400);
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @Test
    void framesRightBehindTheHandshakeAreNotLost() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            byte[] handshake = RawWebSocket.handshake("/ws", "").getBytes(StandardCharsets.US_ASCII);
            byte[] messages =
                    concat(frame(FIN | TEXT, echo(1, "early")), frame(FIN | TEXT, echo(2, "a".repeat(100_000))));
            connection.send(concat(handshake, messages));

            assertThat(connection.read().status()).isEqualTo(101);
            var socket = RawWebSocket.over(connection);
            assertThat(socket.readMessage().at("/result/content/0/text").asString())
                    .isEqualTo("early");
            assertThat(socket.readMessage().at("/result/content/0/text").asString())
                    .hasSize(100_000);
        }
    }

    @Test
    void aHandshakeMayFollowRequestsThatAreAnsweredButNoOthers() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            connection.send(Requests.get("/health/live")).read();
            assertThat(connection.send(RawWebSocket.handshake("/ws", "")).read().status())
                    .isEqualTo(101);
        }
        try (var connection = new RawConnection(mesh.server())) {
            connection.send(Requests.get("/health") + RawWebSocket.handshake("/ws", ""));
            assertThat(connection.read().status()).isEqualTo(200);
            assertThat(connection.read().status()).isEqualTo(400);
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    // ---- frames that break the rules

    static Stream<Arguments> violations() {
        byte[] badText = HexFormat.of().parseHex("cebae1bdb9cf83cebcceb5eda080656469746564"); // a lone surrogate
        return Stream.of(
                Arguments.of("unmasked", unmasked(FIN | TEXT, "{}"), 1002),
                Arguments.of("reserved bit 1", frame(FIN | 0x40 | TEXT, "{}"), 1002),
                Arguments.of("reserved bit 2", frame(FIN | 0x20 | TEXT, "{}"), 1002),
                Arguments.of("reserved bit 3", frame(FIN | 0x10 | PING, ""), 1002),
                Arguments.of("reserved data opcode", frame(FIN | 3, "{}"), 1002),
                Arguments.of("another one", frame(FIN | 7, "{}"), 1002),
                Arguments.of("reserved control opcode", frame(FIN | 11, ""), 1002),
                Arguments.of("another one", frame(FIN | 15, ""), 1002),
                Arguments.of("fragmented ping", frame(PING, ""), 1002),
                Arguments.of("fragmented close", frame(CLOSE, ""), 1002),
                Arguments.of("long ping", frame(FIN | PING, "a".repeat(126)), 1002),
                Arguments.of("continuation of nothing", frame(FIN | CONTINUATION, "{}"), 1002),
                Arguments.of("open continuation of nothing", frame(CONTINUATION, "{}"), 1002),
                Arguments.of("message within a message", concat(frame(TEXT, "{"), frame(FIN | TEXT, "{}")), 1002),
                Arguments.of("length not in its shortest form", HexFormat.of().parseHex("81fe0002"), 1002),
                Arguments.of("negative length", HexFormat.of().parseHex("81ffffffffffffffffff"), 1002),
                Arguments.of("binary", frame(FIN | BINARY, "{}"), 1003),
                Arguments.of("fragmented binary", frame(BINARY, "{}"), 1003),
                Arguments.of("not UTF-8", frame(FIN | TEXT, badText), 1007),
                Arguments.of("overlong", frame(FIN | TEXT, HexFormat.of().parseHex("c080")), 1007),
                Arguments.of(
                        "overlong, 3 bytes", frame(FIN | TEXT, HexFormat.of().parseHex("e08080")), 1007),
                Arguments.of(
                        "overlong, 4 bytes", frame(FIN | TEXT, HexFormat.of().parseHex("f08080af")), 1007),
                Arguments.of("beyond Unicode", frame(FIN | TEXT, HexFormat.of().parseHex("f4908080")), 1007),
                Arguments.of("no first byte", frame(FIN | TEXT, HexFormat.of().parseHex("80")), 1007),
                Arguments.of("cut short", frame(FIN | TEXT, HexFormat.of().parseHex("22e282")), 1007),
                Arguments.of(
                        "cut short before the last fragment",
                        concat(
                                frame(TEXT, HexFormat.of().parseHex("22e2")),
                                frame(FIN | CONTINUATION, HexFormat.of().parseHex("22"))),
                        1007),
                Arguments.of("close of one byte", frame(FIN | CLOSE, new byte[] {3}), 1002),
                Arguments.of(
                        "close with bad reason",
                        frame(
                                FIN | CLOSE,
                                concat(closing(1000, "so"), HexFormat.of().parseHex("c080"))),
                        1007),
                Arguments.of(
                        "close with a reason cut short",
                        frame(
                                FIN | CLOSE,
                                concat(closing(1000, "so"), HexFormat.of().parseHex("e282"))),
                        1007),
                Arguments.of("announced too large", header(FIN | TEXT, MAX_MESSAGE + 1, true), 1009),
                Arguments.of("announced far too large", header(FIN | TEXT, Long.MAX_VALUE, true), 1009),
                Arguments.of(
                        "too large in fragments",
                        concat(
                                frame(TEXT, new byte[MAX_MESSAGE / 2]),
                                frame(CONTINUATION, new byte[MAX_MESSAGE / 2]),
                                frame(CONTINUATION, new byte[1])),
                        1009));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("violations")
    void aViolationClosesWithItsCode(String name, byte[] frames, int code) throws IOException {
        try (var socket = new RawWebSocket(mesh.server())) {
            assertThat(socket.send(frames).readCloseCode()).as(name).isEqualTo(code);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 32_768, 65_535})
    void aCloseCodeThatMustNotBeSentIsAProtocolError(int code) throws IOException {
        try (var socket = new RawWebSocket(mesh.server())) {
            assertThat(socket.send(frame(FIN | CLOSE, closing(code, ""))).readCloseCode())
                    .isEqualTo(1002);
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999})
    void anyOtherCloseCodeIsEchoed(int code) throws IOException {
        try (var socket = new RawWebSocket(mesh.server())) {
            assertThat(socket.send(frame(FIN | CLOSE, closing(code, "bye €"))).readCloseCode())
                    .isEqualTo(code);
        }
    }

    @Test
    void aCloseWithoutACodeIsAnsweredWithOneWithout() throws IOException {
        try (var socket = new RawWebSocket(mesh.server())) {
            assertThat(socket.send(frame(FIN | CLOSE, "")).readCloseCode()).isEqualTo(-1);
        }
    }

    @Test
    void framesBehindTheCloseAreNotLookedAt() throws IOException {
        try (var socket = new RawWebSocket(mesh.server())) {
            socket.send(frame(FIN | CLOSE, closing(1000, "")), frame(FIN | TEXT, echo(1, "late")));

            assertThat(socket.read().opcode()).isEqualTo(CLOSE);
            assertThat(socket.isClosedByServer()).isTrue();
        }
    }

    @Test
    void aClientThatDoesNotTakePartInClosingIsNotWaitedForLong() throws IOException {
        try (var socket = new RawWebSocket(mesh.server())) {
            int before = mesh.server().connections();
            assertThat(socket.send(unmasked(FIN | TEXT, "{}")).readCloseCode()).isEqualTo(1002);

            assertThat(mesh.server().connections()).isEqualTo(before);
            await().atMost(Duration.ofSeconds(5)).until(() -> mesh.server().connections() < before);
        }
    }

    @Test
    void aClientThatClosesInTurnIsLetGoAtOnce() throws IOException {
        try (var socket = new RawWebSocket(mesh.server())) {
            int before = mesh.server().connections();
            assertThat(socket.send(frame(FIN | BINARY, "{}")).readCloseCode()).isEqualTo(1003);
            socket.send(frame(FIN | CLOSE, closing(1003, "")));

            await().atMost(Duration.ofSeconds(1)).until(() -> mesh.server().connections() < before);
        }
    }

    @Test
    void aLongReasonIsCutBetweenCharacters() {
        var whole = CloseCode.POLICY_VIOLATION.frame("a".repeat(CloseCode.MAX_REASON_BYTES));
        var cut = CloseCode.POLICY_VIOLATION.frame("a".repeat(CloseCode.MAX_REASON_BYTES - 2) + "€€");

        assertThat(whole.content().readableBytes()).isEqualTo(125);
        assertThat(cut.reasonText()).isEqualTo("a".repeat(CloseCode.MAX_REASON_BYTES - 2));
        whole.release();
        cut.release();
    }

    // ---- floods

    @Test
    void aMessageInTooManyFragmentsIsRefused() throws IOException {
        try (var socket = new RawWebSocket(mesh.server())) {
            byte[] more = frame(CONTINUATION, " ");
            byte[][] frames = new byte[WebSocketConnection.MAX_FRAGMENTS + 1][];
            Arrays.fill(frames, more);
            frames[0] = frame(TEXT, " ");

            assertThat(socket.send(frames).readCloseCode()).isEqualTo(1008);
        }
    }

    @Test
    void aMessageInAsManyFragmentsAsAllowedIsServed() throws IOException {
        try (var socket = new RawWebSocket(mesh.server())) {
            byte[][] frames = new byte[WebSocketConnection.MAX_FRAGMENTS][];
            Arrays.fill(frames, frame(CONTINUATION, " "));
            frames[0] = frame(TEXT, " ");
            frames[frames.length - 1] = frame(FIN | CONTINUATION, echo(1, "in pieces"));

            assertThat(socket.send(frames)
                            .readMessage()
                            .at("/result/content/0/text")
                            .asString())
                    .isEqualTo("in pieces");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {PING, PONG})
    void aFloodOfControlFramesIsRefused(int opcode) throws IOException {
        try (var socket = new RawWebSocket(mesh.server())) {
            byte[][] frames = new byte[2 * WebSocketConnection.MAX_CONTROL_FRAMES_PER_SECOND + 1][];
            Arrays.fill(frames, frame(FIN | opcode, ""));

            assertThat(socket.send(frames).readCloseCode()).isEqualTo(1008);
        }
    }

    // ---- frames that keep the rules

    @Test
    void aPingIsAnsweredWithItsContentAlsoWithinAMessage() throws IOException {
        String message = echo(1, "grüß €");
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        int middle = message.indexOf('ü') + 1; // within the character
        try (var socket = new RawWebSocket(mesh.server())) {
            socket.send(
                    frame(TEXT, Arrays.copyOf(bytes, middle)),
                    frame(FIN | PING, "are you there?"),
                    frame(FIN | PONG, ""),
                    frame(CONTINUATION, ""),
                    frame(FIN | CONTINUATION, Arrays.copyOfRange(bytes, middle, bytes.length)));

            var pong = socket.read();
            assertThat(pong.first()).isEqualTo(FIN | PONG);
            assertThat(pong.text()).isEqualTo("are you there?");
            assertThat(socket.readMessage().at("/result/content/0/text").asString())
                    .isEqualTo("grüß €");
        }
    }

    @Test
    void aMessageAsLargeAsAllowedIsTaken() throws IOException {
        try (var socket = new RawWebSocket(mesh.server())) {
            String message = echo(1, "");
            int room = MAX_MESSAGE - message.length();
            // larger than what a tool may return, so that the answer is an error that shows it was read
            var answer = socket.sendText(echo(1, "a".repeat(room))).readMessage();

            assertThat(answer.path("id").asInt()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "nonsense", "{\"jsonrpc\":\"2.0\",}"})
    void textThatIsNotJsonIsAnsweredAndTheConnectionStaysOpen(String text) throws IOException {
        try (var socket = new RawWebSocket(mesh.server())) {
            var answer = socket.sendText(text).readMessage();

            assertThat(answer.at("/error/code").asInt()).isEqualTo(-32700);
            assertThat(answer.has("id")).isFalse();
            assertServes(socket);
        }
    }

    private static void assertServes(RawWebSocket socket) throws IOException {
        var answer = socket.sendText(echo(7, "hello")).readMessage();
        assertThat(answer.path("id").asInt()).isEqualTo(7);
        assertThat(answer.at("/result/content/0/text").asString()).isEqualTo("hello");
    }

    private static String echo(int id, String message) {
        return Requests.body(id, "echo", "{\"message\":\"" + message + "\"}", "");
    }
}
