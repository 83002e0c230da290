package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.event.MeshEvents;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.mcp.McpCall;
import dev.devmesh.mcp.McpEngine;
import dev.devmesh.mcp.McpEvent;
import dev.devmesh.mcp.McpOutbox;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AsciiString;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Streams over sockets whose boxes the tests fill themselves, so that each order of events can be had. */
class EventStreamTest {

    private static final String GET = "GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n";
    private static final String POST = Requests.post("", "{}");

    /** What a test sends, and what the transport tells of the connection. */
    private static final class Box implements McpOutbox, McpCall {

        private final Queue<McpEvent> events = new ConcurrentLinkedQueue<>();
        private final List<String> disconnects = new CopyOnWriteArrayList<>();
        private final AtomicInteger asked = new AtomicInteger();
        private final AtomicReference<Runnable> afterEmpty = new AtomicReference<>(() -> {});
        private final boolean endsWithTheServer;
        private volatile boolean over;
        private volatile Runnable wake = () -> {};

        Box() {
            this(true);
        }

        Box(boolean endsWithTheServer) {
            this.endsWithTheServer = endsWithTheServer;
        }

        void put(String id, String text) {
            events.add(event(id, text));
            wake.run();
        }

        void end() {
            over = true;
            wake.run();
        }

        @Override
        public Optional<McpEvent> next() {
            asked.incrementAndGet();
            Optional<McpEvent> next = Optional.ofNullable(events.poll());
            if (next.isEmpty()) {
                afterEmpty.getAndSet(() -> {}).run();
            }
            return next;
        }

        @Override
        public boolean isOver() {
            return over;
        }

        @Override
        public void cancel(String reason) {
            throw new AssertionError("nobody cancelled: " + reason);
        }

        @Override
        public void disconnected(String reason) {
            disconnects.add(reason);
        }

        @Override
        public void finish() {
            if (endsWithTheServer) {
                end();
            }
        }
    }

    /** What is at {@code /mcp}: the next of the answers that a test has prepared. */
    private final class Scripted implements Endpoint {

        @Override
        public String path() {
            return McpEndpoint.PATH;
        }

        @Override
        public Set<HttpMethod> methods() {
            return Set.of(HttpMethod.GET, HttpMethod.POST);
        }

        @Override
        public AsciiString allow() {
            return AsciiString.cached("GET, POST");
        }

        @Override
        public boolean speaksMcp() {
            return true;
        }

        @Override
        public JsonWritable refusal(MeshException error, RequestHead head) {
            return McpEngine.refusal(error);
        }

        @Override
        public Optional<Rejection> admit(HttpExchange exchange) {
            return Optional.empty();
        }

        @Override
        public void serve(HttpExchange http) {
            McpHttpExchange exchange = new McpHttpExchange(
                    http, edge.settings().heartbeat(), patience, new Challenges(List.of(), Optional.empty()));
            http.watch(exchange);
            exchange.principal(Principal.anonymous());
            script.remove().accept(exchange);
            served.incrementAndGet();
        }
    }

    private final Queue<Consumer<McpHttpExchange>> script = new ConcurrentLinkedQueue<>();
    private final AtomicInteger served = new AtomicInteger();
    private volatile Duration patience = Duration.ofSeconds(30);
    private final ServerSettings settings = MeshServer.of(DevMesh.builder().build())
            .port(0)
            .maxBodyBytes(1_000)
            .readTimeout(Duration.ofSeconds(60))
            .heartbeat(Duration.ofSeconds(60))
            .maxConnections(10)
            .eventLoops(1)
            .transport(IoTransport.NIO)
            .settings();
    private final ListenerSettings place = settings.listeners().get(0);
    private final AtomicBoolean closing = new AtomicBoolean();
    private final Edge edge = new Edge(
            settings,
            Guards.of(settings, place),
            new Endpoints(List.of(new Scripted())),
            new Connections(10, 10, TrustedProxies.NONE, new MeshEvents(List.of())),
            new BodyBudget(1 << 20),
            new HttpFigures(new MeshEvents(List.of()), "edge"),
            new LoopLoads(),
            closing,
            closing,
            new Cors(new OriginGuard(true, settings.allowedOrigins())),
            Optional.empty());
    private final EventLoops loops = new EventLoops(settings.transport(), settings.eventLoops());
    private final Channel listener = new ServerBootstrap()
            .group(loops.acceptor(), loops.workers())
            .channel(settings.transport().serverChannel())
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, MeshServer.UNSENT_BYTES)
            .childHandler(new HttpPipeline(edge))
            .bind(place.address())
            .syncUninterruptibly()
            .channel();

    @AfterEach
    void close() {
        listener.close().syncUninterruptibly();
        loops.close(Duration.ofSeconds(5));
    }

    private RawConnection connect() throws IOException {
        return connect(0);
    }

    private RawConnection connect(int receiveBuffer) throws IOException {
        return new RawConnection(((InetSocketAddress) listener.localAddress()).getPort(), receiveBuffer);
    }

    /** Answers the next request with the stream. */
    private Box willStream(Box box) {
        script.add(exchange -> {
            box.wake = exchange.stream(box);
            exchange.started(box);
        });
        return box;
    }

    /** Answers the next request when told to. */
    private CompletableFuture<McpHttpExchange> willWait() {
        CompletableFuture<McpHttpExchange> waiting = new CompletableFuture<>();
        script.add(waiting::complete);
        return waiting;
    }

    private void willAnswer(String text) {
        script.add(exchange -> answer(exchange, text));
    }

    private static void answer(McpHttpExchange exchange, String text) {
        exchange.answer(200, message(text), Duration.ZERO);
    }

    private void closeServer() {
        edge.leaving().set(true);
        edge.draining().set(true);
        edge.connections().open().forEach(Connection::drain);
    }

    private static JsonWritable message(String text) {
        return out -> {
            out.writeStartObject();
            out.writeStringProperty("text", text);
            out.writeEndObject();
        };
    }

    private static McpEvent event(String id, String text) {
        return new McpEvent(Optional.of(message(text)), id, Duration.ZERO);
    }

    /** Puts more into the box than the connection of a client that does not read has room for. */
    private static void flood(Box box) {
        String text = "x".repeat(100_000);
        for (int i = 0; i < 200; i++) {
            box.put("", text);
        }
    }

    private static List<String> head(RawConnection connection) throws IOException {
        List<String> head = new ArrayList<>();
        for (String line = connection.line(); !line.isEmpty(); line = connection.line()) {
            head.add(line);
        }
        assertThat(head).startsWith("HTTP/1.1 200 OK").contains("content-type: text/event-stream");
        return head;
    }

    private static String bytes(String id, String text) {
        return (id.isEmpty() ? "" : "id: " + id + "\n") + "data: {\"text\":\"" + text + "\"}\n\n";
    }

    // ---- the end

    @Test
    void aStreamEndsWhenItsBoxIsEmptyAndOverAndTheConnectionGoesOn() throws IOException {
        Box box = willStream(new Box());
        willAnswer("next");
        try (var connection = connect()) {
            connection.send(GET);
            head(connection);
            box.events.add(new McpEvent(Optional.empty(), "a-0", Duration.ZERO));
            box.put("a-1", "one");
            assertThat(connection.chunk()).isEqualTo("id: a-0\ndata: \n\n");
            assertThat(connection.chunk()).isEqualTo(bytes("a-1", "one"));

            box.put("", "two");
            box.events.add(new McpEvent(Optional.empty(), "a-2", Duration.ofMillis(500)));
            box.end();

            assertThat(connection.chunk()).isEqualTo(bytes("", "two"));
            assertThat(connection.chunk()).isEqualTo("id: a-2\nretry: 500\ndata: \n\n");
            assertThat(connection.chunk()).isEmpty();
            assertThat(connection.send(POST).read().text()).isEqualTo("{\"text\":\"next\"}");
            assertThat(box.disconnects).isEmpty();
        }
    }

    @Test
    void whatIsPutInWhileTheTransportLooksIsNotLost() throws IOException {
        Box box = willStream(new Box());
        box.afterEmpty.set(() -> {
            box.events.add(event("", "last"));
            box.end();
        });
        try (var connection = connect()) {
            connection.send(GET);

            assertThat(connection.read().text()).isEqualTo(bytes("", "last"));
        }
    }

    @Test
    void manyShortStreamsOfOneConnectionLoseNothing() throws Exception {
        try (var connection = connect()) {
            for (int round = 0; round < 100; round++) {
                Box box = willStream(new Box());
                connection.send(GET);
                head(connection);
                Thread producer = new Thread(() -> {
                    for (int i = 0; i < 5; i++) {
                        box.put("", "m" + i);
                    }
                    box.events.add(event("", "last"));
                    box.end();
                    box.wake.run();
                });
                producer.start();
                for (int i = 0; i < 5; i++) {
                    assertThat(connection.chunk()).isEqualTo(bytes("", "m" + i));
                }
                assertThat(connection.chunk()).isEqualTo(bytes("", "last"));
                assertThat(connection.chunk()).isEmpty();
                producer.join();
            }
        }
    }

    @Test
    void anEventLargerThanTheConnectionHasRoomForGoesOutBeforeTheEnd() throws IOException {
        String large = "x".repeat(1_000_000);
        Box box = willStream(new Box());
        box.events.add(event("1", large));
        box.events.add(event("2", "small"));
        box.over = true;
        try (var connection = connect(4_096)) {
            connection.send(GET);

            assertThat(connection.read().text()).isEqualTo(bytes("1", large) + bytes("2", "small"));
            assertThat(box.disconnects).isEmpty();
        }
    }

    @Test
    void aStreamThatIsAnsweredSendsFirstWhatItsBoxHolds() throws IOException {
        Box box = new Box();
        CompletableFuture<McpHttpExchange> exchange = new CompletableFuture<>();
        script.add(given -> {
            box.events.add(event("", "one"));
            box.wake = given.stream(box);
            given.started(box);
            exchange.complete(given);
        });
        try (var connection = connect()) {
            connection.send(GET);
            head(connection);
            assertThat(connection.chunk()).isEqualTo(bytes("", "one"));
            box.events.add(event("", "two"));
            answer(exchange.join(), "answer");
            box.end();

            assertThat(connection.chunk()).isEqualTo(bytes("", "two"));
            assertThat(connection.chunk()).isEqualTo(bytes("", "answer"));
            assertThat(connection.chunk()).isEmpty();
        }
    }

    // ---- its turn

    @Test
    void aStreamBehindOtherAnswersKeepsEverythingInItsBoxUntilItsTurn() throws IOException {
        CompletableFuture<McpHttpExchange> first = willWait();
        Box box = willStream(new Box());
        willAnswer("third");
        try (var connection = connect()) {
            connection.send(POST + GET + POST);
            await().until(() -> served.get() == 3);
            box.put("1", "one");
            box.put("2", "two");
            box.end();
            assertThat(box.asked).hasValue(0);
            answer(first.join(), "first");

            assertThat(connection.read().text()).isEqualTo("{\"text\":\"first\"}");
            assertThat(connection.read().text()).isEqualTo(bytes("1", "one") + bytes("2", "two"));
            assertThat(connection.read().text()).isEqualTo("{\"text\":\"third\"}");
        }
    }

    @Test
    void whatIsBehindAStreamIsAnsweredWhenItEnds() throws IOException {
        Box first = willStream(new Box());
        Box second = willStream(new Box());
        willAnswer("third");
        try (var connection = connect()) {
            connection.send(GET + GET + POST);
            await().until(() -> served.get() == 3);
            second.put("", "of the second");
            first.put("", "of the first");
            head(connection);
            assertThat(connection.chunk()).isEqualTo(bytes("", "of the first"));

            first.end();
            assertThat(connection.chunk()).isEmpty();
            head(connection);
            assertThat(connection.chunk()).isEqualTo(bytes("", "of the second"));
            second.end();
            assertThat(connection.chunk()).isEmpty();
            assertThat(connection.read().text()).isEqualTo("{\"text\":\"third\"}");
        }
    }

    // ---- clients that leave

    @Test
    void aClientThatLeavesIsToldOnceAndWhatComesLaterIsHarmless() throws IOException {
        Box box = willStream(new Box());
        try (var connection = connect()) {
            connection.send(GET);
            head(connection);
        }
        await().until(() -> !box.disconnects.isEmpty());
        int asked = box.asked.get();
        box.put("1", "too late");
        box.end();
        await().until(() -> edge.connections().count() == 0);

        assertThat(box.disconnects).containsExactly("client disconnected");
        assertThat(box.asked)
                .as("it stays in the box, for the client to come back")
                .hasValue(asked);
    }

    @Test
    void anAnswerAStreamAndItsEndAfterTheClientHasLeftDoNothing() throws IOException {
        CompletableFuture<McpHttpExchange> answered = willWait();
        CompletableFuture<McpHttpExchange> streamed = willWait();
        Box box = new Box();
        Box late = new Box();
        try (var connection = connect()) {
            connection.send(POST + POST);
            answered.join().started(box);
            streamed.join();
        }
        await().until(() -> !box.disconnects.isEmpty());
        answer(answered.join(), "late");
        late.wake = streamed.join().stream(late);
        streamed.join().started(late);
        late.put("1", "late");
        late.end();

        assertThat(late.disconnects).containsExactly("client disconnected");
        assertThat(late.asked).hasValue(0);
    }

    @Test
    void aStreamThatHasEndedIsNotToldOfTheClientLeaving() throws IOException {
        Box box = willStream(new Box());
        try (var connection = connect()) {
            connection.send(GET);
            head(connection);
            box.end();
            assertThat(connection.chunk()).isEmpty();
        }
        await().until(() -> edge.connections().count() == 0);
        assertThat(box.disconnects).isEmpty();
    }

    @Test
    void aClientThatDoesNotReadIsCutOff() throws IOException {
        patience = Duration.ofMillis(500);
        Box box = willStream(new Box());
        try (var connection = connect(4_096)) {
            connection.send(GET);
            head(connection);
            flood(box);

            await().until(() -> edge.connections().count() == 0);
            assertThat(box.disconnects.get(0)).isEqualTo("client too slow: its connection was full for 500 ms");
            assertThat(box.events).isNotEmpty();
        }
    }

    // ---- the server closes

    @Test
    void aStreamWithoutAnEndOfItsOwnEndsWithTheServer() throws IOException {
        Box box = willStream(new Box());
        try (var connection = connect()) {
            connection.send(GET);
            head(connection);
            box.events.add(event("1", "last"));
            closeServer();

            assertThat(connection.chunk()).isEqualTo(bytes("1", "last"));
            assertThat(connection.chunk()).isEmpty();
            assertThat(connection.isClosedByServer()).isTrue();
        }
        await().until(() -> edge.connections().count() == 0);
        assertThat(box.disconnects).isEmpty();
    }

    @Test
    void aClientThatDoesNotReadDoesNotHoldUpTheServersEnd() throws IOException {
        Box box = willStream(new Box());
        try (var connection = connect(4_096)) {
            connection.send(GET);
            head(connection);
            flood(box);
            closeServer();

            await().atMost(Duration.ofSeconds(5)).until(() -> edge.connections().count() == 0);
            assertThat(box.disconnects).containsExactly("server is closing");
        }
    }

    @Test
    void aStreamWithAnEndOfItsOwnGoesOnUntilThen() throws IOException {
        Box box = willStream(new Box(false));
        try (var connection = connect()) {
            connection.send(POST);
            head(connection);
            closeServer();
            box.put("1", "still working");
            assertThat(connection.chunk()).isEqualTo(bytes("1", "still working"));
            box.put("2", "done");
            box.end();

            assertThat(connection.chunk()).isEqualTo(bytes("2", "done"));
            assertThat(connection.chunk()).isEmpty();
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    // ---- the session

    @Test
    void theAnswerNamesTheSessionThatBeginsWithIt() throws IOException {
        script.add(exchange -> {
            exchange.beginSession("token~1");
            answer(exchange, "hello");
        });
        Box box = new Box();
        script.add(exchange -> {
            exchange.beginSession("token~2");
            box.wake = exchange.stream(box);
            exchange.started(box);
        });
        willAnswer("no session");
        try (var connection = connect()) {
            var json = connection.send(POST).read();
            assertThat(json.header("mcp-session-id")).isEqualTo("token~1");
            assertThat(json.header("content-type")).isEqualTo("application/json");

            connection.send(POST);
            assertThat(head(connection)).contains("mcp-session-id: token~2");
            box.end();
            assertThat(connection.chunk()).isEmpty();

            assertThat(connection.send(POST).read().headers()).doesNotContainKey("mcp-session-id");
        }
    }

    @Test
    void theEngineReadsEveryHeader() throws IOException {
        List<List<String>> read = new CopyOnWriteArrayList<>();
        script.add(exchange -> {
            for (String name : List.of("Mcp-Session-Id", "MCP-Protocol-Version", "Last-Event-ID", "Mcp-Method")) {
                read.add(exchange.headers().orElseThrow().values(name));
            }
            exchange.accept();
        });
        try (var connection = connect()) {
            var answer = connection
                    .send(
                            "GET /mcp HTTP/1.1\r\nHost: localhost\r\nMCP-Session-ID: abc\r\nmcp-protocol-version: \t2025-11-25 \r\n"
                                    + "last-event-id: 7\r\nLast-Event-Id: 8\r\n\r\n")
                    .read();

            assertThat(answer.status()).isEqualTo(202);
            assertThat(answer.header("content-length")).isEqualTo("0");
            assertThat(read).containsExactly(List.of("abc"), List.of("2025-11-25"), List.of("7", "8"), List.of());
        }
    }
}
