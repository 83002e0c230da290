package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.json.Json;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Sessions as they look on the wire. */
class SessionHttpTest {

    private static final String NEWEST = "2025-11-25";
    private static final Semaphore GATE = new Semaphore(0);
    private static final AtomicInteger BEGUN = new AtomicInteger();
    private static final AtomicInteger INTERRUPTED = new AtomicInteger();
    private static final AtomicInteger FINISHED = new AtomicInteger();

    private record Name(String name) {}

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with(
            Tool.named("echo").input(Name.class).nonBlocking().handle((call, in) -> in.name()),
            Tool.named("steps").handle(call -> {
                for (int i = 1; i <= 3; i++) {
                    call.progress(i, 3);
                }
                return "done";
            }),
            Tool.named("gated").handle(call -> gated()),
            Tool.named("gatedAfterProgress").handle(call -> {
                call.progress(1, 2);
                return gated();
            }),
            Tool.named("polled").handle(call -> {
                call.progress(1, 2);
                call.closeStream(Duration.ofMillis(300));
                gated();
                call.progress(2, 2);
                return "polled";
            }),
            Tool.named("greet")
                    .handle(call -> "Hello, "
                            + call.elicit("who", "Who are you?", Name.class)
                                    .orElseThrow()
                                    .name()));

    private static String gated() throws InterruptedException {
        BEGUN.incrementAndGet();
        try {
            GATE.acquire();
        } catch (InterruptedException e) {
            INTERRUPTED.incrementAndGet();
            throw e;
        }
        FINISHED.incrementAndGet();
        return "done";
    }

    /** What stands in an event stream between two empty lines. */
    private record Event(String id, String retry, String data) {

        static Event of(String chunk) {
            assertThat(chunk).endsWith("\n\n");
            String id = "";
            String retry = "";
            String data = "";
            for (String line : chunk.strip().split("\n")) {
                String value = line.substring(line.indexOf(':') + 1).strip();
                if (line.startsWith("id:")) {
                    id = value;
                } else if (line.startsWith("retry:")) {
                    retry = value;
                } else {
                    assertThat(line).startsWith("data:");
                    data = value;
                }
            }
            return new Event(id, retry, data);
        }

        JsonNode json() {
            return Json.parse(data);
        }
    }

    @BeforeEach
    void reset() {
        GATE.drainPermits();
        BEGUN.set(0);
        INTERRUPTED.set(0);
        FINISHED.set(0);
    }

    private static RawConnection connect() throws IOException {
        return new RawConnection(mesh.server());
    }

    private static RawConnection.Answer ask(String request) throws IOException {
        try (var connection = connect()) {
            return connection.send(request).read();
        }
    }

    private static int status(String request) throws IOException {
        return ask(request).status();
    }

    private static SessionRequests begin() throws IOException {
        return begin(NEWEST);
    }

    private static SessionRequests begin(String revision) throws IOException {
        try (var connection = connect()) {
            return begin(connection, revision);
        }
    }

    private static SessionRequests begin(RawConnection connection, String revision) throws IOException {
        var answer = connection.send(SessionRequests.initialize(revision)).read();
        assertThat(answer.status()).isEqualTo(200);
        SessionRequests session = new SessionRequests(revision, answer.header("mcp-session-id"));
        assertThat(connection
                        .send(session.notification("notifications/initialized", "{}"))
                        .read()
                        .status())
                .isEqualTo(202);
        return session;
    }

    /** Reads the head of a stream. */
    private static void beginStream(RawConnection connection) throws IOException {
        List<String> head = new ArrayList<>();
        for (String line = connection.line(); !line.isEmpty(); line = connection.line()) {
            head.add(line);
        }
        assertThat(head)
                .startsWith("HTTP/1.1 200 OK")
                .contains("content-type: text/event-stream", "cache-control: no-store", "x-accel-buffering: no");
    }

    /** The next event; empty at the end of the stream. */
    private static Optional<Event> event(RawConnection connection) throws IOException {
        String chunk = connection.chunk();
        while (chunk.startsWith(":")) {
            chunk = connection.chunk();
        }
        return chunk.isEmpty() ? Optional.empty() : Optional.of(Event.of(chunk));
    }

    /** The next event that holds a message. */
    private static Event message(RawConnection connection) throws IOException {
        Event event = event(connection).orElseThrow();
        while (event.data().isEmpty()) {
            event = event(connection).orElseThrow();
        }
        return event;
    }

    private static String text(Event event) {
        return event.json().at("/result/content/0/text").asString("?");
    }

    private static void change() {
        mesh.mesh().tools().register(Tool.named("late").handle(call -> ""));
        mesh.mesh().tools().unregister("late");
    }

    // ---- a session

    @ParameterizedTest
    @ValueSource(strings = {"2025-03-26", "2025-06-18", NEWEST})
    void initializeNamesASessionThatFurtherRequestsGoOnIn(String revision) throws IOException {
        try (var connection = connect()) {
            var answer = connection.send(SessionRequests.initialize(revision)).read();

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("content-type")).isEqualTo("application/json");
            assertThat(answer.header("mcp-session-id")).matches("[\\x21-\\x7e]+");
            assertThat(answer.json().at("/result/protocolVersion").asString()).isEqualTo(revision);
            SessionRequests session = new SessionRequests(revision, answer.header("mcp-session-id"));
            var initialized = connection
                    .send(session.notification("notifications/initialized", "{}"))
                    .read();
            assertThat(initialized.status()).isEqualTo(202);
            assertThat(initialized.body()).isEmpty();
            var called =
                    connection.send(session.call(1, "echo", "{\"name\":\"x\"}")).read();
            assertThat(called.status()).isEqualTo(200);
            assertThat(called.header("content-type")).isEqualTo("application/json");
            assertThat(Requests.text(called)).isEqualTo("x");
        }
    }

    @Test
    void aStatelessRequestHasNoSession() throws IOException {
        var answer = ask(Requests.call(1, "echo", "{\"name\":\"x\"}"));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers()).doesNotContainKey("mcp-session-id");
    }

    @Test
    void aRequestThatDoesNotNameItsSessionIs400AndOneThatNamesAnotherIs404() throws IOException {
        SessionRequests none = new SessionRequests(NEWEST, "");
        SessionRequests unknown = new SessionRequests(NEWEST, "nobody");

        for (String request : List.of(none.request(1, "tools/list", "{}"), none.open(), none.delete())) {
            assertThat(status(request)).isEqualTo(400);
        }
        for (String request : List.of(unknown.request(1, "tools/list", "{}"), unknown.open(), unknown.delete())) {
            assertThat(status(request)).isEqualTo(404);
        }
    }

    @Test
    void aDeletedSessionIsGone() throws IOException {
        SessionRequests session = begin();

        assertThat(status(session.delete())).isBetween(200, 299);
        for (String request : List.of(session.request(1, "tools/list", "{}"), session.open(), session.delete())) {
            assertThat(status(request)).isEqualTo(404);
        }
    }

    @Test
    void aBodyBesideGetOrDeleteIsReadOver() throws IOException {
        SessionRequests session = begin();
        try (var connection = connect()) {
            var deleted = connection
                    .send(session.delete().replace("Host:", "Content-Length: 5\r\nHost:") + "{\"a\"}")
                    .read();
            assertThat(deleted.status()).isEqualTo(202);
            assertThat(connection
                            .send(session.open().replace("Host:", "Content-Length: 2\r\nHost:") + "{}")
                            .read()
                            .status())
                    .isEqualTo(404);
            assertThat(connection.send(Requests.get("/health/live")).read().status())
                    .isEqualTo(200);
        }
    }

    // ---- the stream for what belongs to no request

    @Test
    void theStreamTellsOfChanges() throws IOException {
        SessionRequests session = begin();
        try (var stream = connect().send(session.open())) {
            beginStream(stream);
            change();

            assertThat(message(stream).json().path("method").asString()).isEqualTo("notifications/tools/list_changed");
        }
    }

    @Test
    void thereIsOneStreamAndAnotherOnceItsClientHasLeft() throws IOException {
        SessionRequests session = begin();
        try (var stream = connect().send(session.open())) {
            beginStream(stream);

            assertThat(status(session.open())).isEqualTo(409);
        }
        await().until(() -> {
            try (var again = connect().send(session.open())) {
                return again.line().endsWith("200 OK");
            }
        });
    }

    @Test
    void deletingTheSessionEndsTheStreamAndWhatIsBehindItIsAnswered() throws IOException {
        SessionRequests session = begin();
        try (var connection = connect()) {
            connection.send(session.open() + session.call(1, "gated", "{}") + Requests.get("/health/live"));
            await().until(() -> BEGUN.get() == 1);
            beginStream(connection);
            GATE.release();
            await().until(() -> FINISHED.get() == 1);
            assertThat(status(session.delete())).isBetween(200, 299);

            for (Optional<Event> event = event(connection); event.isPresent(); event = event(connection)) {
                assertThat(event.get().data()).isEmpty();
            }
            assertThat(connection.read().status()).isBetween(200, 499);
            assertThat(connection.read().json().path("status").asString()).isEqualTo("ok");
        }
    }

    @Test
    void theStreamEndsWhenTheServerCloses() throws IOException {
        DevMesh own = DevMesh.builder()
                .tool(Tool.named("ping").handle(call -> "pong"))
                .build();
        try (MeshServer server = MeshServer.of(own).port(0).start();
                var connection = new RawConnection(server)) {
            SessionRequests session = begin(connection, NEWEST);
            connection.send(session.open());
            beginStream(connection);
            long before = System.nanoTime();
            CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);

            for (Optional<Event> event = event(connection); event.isPresent(); event = event(connection)) {
                assertThat(event.get().data()).isEmpty();
            }
            assertThat(connection.isClosedByServer()).isTrue();
            connection.close();
            closing.join();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
        }
    }

    // ---- streams of requests

    @Test
    void whatPrecedesTheResponseMakesItAStreamWithIds() throws IOException {
        SessionRequests session = begin();
        try (var connection = connect()) {
            connection.send(session.callWithProgress(1, "steps", "{}"));
            beginStream(connection);
            List<Event> events = new ArrayList<>();
            for (Optional<Event> event = event(connection); event.isPresent(); event = event(connection)) {
                events.add(event.get());
            }

            assertThat(events.get(0).data())
                    .as("the client learns where to go on at once")
                    .isEmpty();
            assertThat(events).extracting(Event::id).doesNotHaveDuplicates().allMatch(id -> !id.isEmpty());
            List<Event> messages = events.subList(1, events.size());
            assertThat(messages.stream()
                            .limit(messages.size() - 1L)
                            .map(event -> event.json().at("/params/progress").asInt()))
                    .containsExactly(1, 2, 3);
            assertThat(text(messages.get(messages.size() - 1))).isEqualTo("done");
            assertThat(connection.send(Requests.get("/health/live")).read().status())
                    .isEqualTo(200);
        }
    }

    @Test
    void olderRevisionsGetNoEventWithoutAMessage() throws IOException {
        SessionRequests session = begin("2025-06-18");
        try (var connection = connect()) {
            connection.send(session.callWithProgress(1, "steps", "{}"));
            beginStream(connection);

            for (Optional<Event> event = event(connection); event.isPresent(); event = event(connection)) {
                assertThat(event.get().data()).isNotEmpty();
            }
        }
    }

    @Test
    void aClosedStreamTellsWhenToComeBackAndGoesOnThere() throws IOException {
        SessionRequests session = begin();
        try (var connection = connect()) {
            connection.send(session.callWithProgress(1, "polled", "{}"));
            beginStream(connection);
            List<Event> events = new ArrayList<>();
            for (Optional<Event> event = event(connection); event.isPresent(); event = event(connection)) {
                events.add(event.get());
            }
            String last = events.stream()
                    .map(Event::id)
                    .filter(id -> !id.isEmpty())
                    .reduce((before, after) -> after)
                    .orElseThrow();
            assertThat(events).extracting(Event::retry).contains("300");
            assertThat(events.stream().filter(event -> !event.data().isEmpty())).hasSize(1);
            GATE.release();

            // by the connection that the stream was on, which goes on
            connection.send(session.openAfter(last));
            beginStream(connection);
            assertThat(message(connection).json().at("/params/progress").asInt())
                    .isEqualTo(2);
            assertThat(text(message(connection))).isEqualTo("polled");
            assertThat(event(connection)).isEmpty();
            assertThat(connection.send(Requests.get("/health/live")).read().status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aClientThatLeavesCancelsNothingAndComesBackForTheRest() throws IOException {
        SessionRequests session = begin();
        String last;
        try (var connection = connect()) {
            connection.send(session.callWithProgress(1, "gatedAfterProgress", "{}"));
            beginStream(connection);
            last = message(connection).id();
            await().until(() -> BEGUN.get() == 1);
        }
        await().until(() -> mesh.server().connections() <= 1); // the extension's own client keeps one
        GATE.release();
        await().until(() -> FINISHED.get() == 1);
        try (var connection = connect()) {
            connection.send(session.openAfter(last));
            beginStream(connection);

            assertThat(text(message(connection))).isEqualTo("done");
            assertThat(event(connection)).isEmpty();
        }
        assertThat(INTERRUPTED).hasValue(0);
    }

    @Test
    void aClientThatComesBackInTimeGetsTheRestAsItComes() throws IOException {
        SessionRequests session = begin();
        String last;
        try (var connection = connect()) {
            connection.send(session.callWithProgress(1, "gatedAfterProgress", "{}"));
            beginStream(connection);
            last = event(connection).orElseThrow().id();
        }
        try (var connection = connect()) {
            connection.send(session.openAfter(last));
            beginStream(connection);
            assertThat(message(connection).json().at("/params/progress").asInt())
                    .isEqualTo(1);
            GATE.release();

            assertThat(text(message(connection))).isEqualTo("done");
        }
    }

    @Test
    void aClientThatIsCutOffComesBackForWhatIsKeptAndTheResponse() throws IOException {
        AtomicBoolean cutOff = new AtomicBoolean();
        String filler = "x".repeat(10_000);
        DevMesh own = DevMesh.builder()
                .tool(Tool.named("flood").handle(call -> {
                    for (int i = 1;
                            !cutOff.get();
                            i++) { // most are dropped, and the system takes a lot before it is full
                        call.progress(i, 0, filler);
                    }
                    return gated();
                }))
                .build();
        try (MeshServer server =
                MeshServer.of(own).port(0).writeTimeout(Duration.ofMillis(300)).start()) {
            SessionRequests session;
            String first;
            try (var connection = new RawConnection(server, 4_096)) {
                session = begin(connection, NEWEST);
                connection.send(session.callWithProgress(1, "flood", "{}"));
                beginStream(connection);
                first = event(connection).orElseThrow().id();
                await().until(() -> server.connections() == 0);
            } finally {
                cutOff.set(true);
            }
            await().until(() -> BEGUN.get() == 1);
            GATE.release();
            try (var connection = new RawConnection(server)) {
                connection.send(session.openAfter(first));
                beginStream(connection);
                Event event = message(connection);
                int before = 0;
                while (event.json().has("method")) {
                    int progress = event.json().at("/params/progress").asInt();
                    assertThat(progress).isGreaterThan(before);
                    before = progress;
                    event = message(connection);
                }

                assertThat(text(event)).isEqualTo("done");
                assertThat(event(connection)).isEmpty();
            }
            assertThat(INTERRUPTED).hasValue(0);
        }
    }

    @Test
    void aClientThatLeavesBeforeAnAnswerInOnePieceLeavesNothingBehind() throws IOException {
        SessionRequests session = begin();
        try (var connection = connect()) {
            connection.send(session.call(1, "gated", "{}"));
            await().until(() -> BEGUN.get() == 1);
        }
        await().until(() -> mesh.server().connections() <= 1);
        GATE.release();

        await().until(() -> FINISHED.get() == 1);
        assertThat(INTERRUPTED).hasValue(0);
        assertThat(Requests.text(ask(session.call(1, "echo", "{\"name\":\"same id\"}"))))
                .isEqualTo("same id");
    }

    @Test
    void aCancelledRequestIsInterruptedAndItsConnectionGoesOn() throws IOException {
        SessionRequests session = begin();
        try (var connection = connect()) {
            connection.send(session.call(1, "gated", "{}") + Requests.get("/health/live"));
            await().until(() -> BEGUN.get() == 1);
            assertThat(status(session.notification("notifications/cancelled", "{\"requestId\":1}")))
                    .isEqualTo(202);

            await().until(() -> INTERRUPTED.get() == 1);
            connection.read();
            assertThat(connection.read().json().path("status").asString()).isEqualTo("ok");
        }
    }

    @Test
    void aQuestionComesOnTheStreamOfTheCallAndItsAnswerByAnotherPost() throws IOException {
        SessionRequests session = begin();
        try (var connection = connect()) {
            connection.send(session.call(1, "greet", "{}"));
            beginStream(connection);
            JsonNode question = message(connection).json();
            assertThat(question.path("method").asString()).isEqualTo("elicitation/create");

            var taken = ask(session.response(
                    question.path("id").toString(), "{\"action\":\"accept\",\"content\":{\"name\":\"Ada\"}}"));

            assertThat(taken.status()).isEqualTo(202);
            assertThat(taken.body()).isEmpty();
            assertThat(text(message(connection))).isEqualTo("Hello, Ada");
            assertThat(event(connection)).isEmpty();
        }
    }
}
