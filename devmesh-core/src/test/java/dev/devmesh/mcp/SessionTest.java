package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.LogLevel;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.mcp.SessionClient.Sent;
import dev.devmesh.resource.Resource;
import dev.devmesh.store.Store;
import dev.devmesh.tool.Tool;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Sessions over HTTP, without the sockets. */
class SessionTest {

    private static final String NEWEST = "2025-11-25";
    private static final String SECRET = "a secret that all servers know, long enough";
    private static final Principal ANN = Principal.of(new Tenant("acme"), "ann", "tools", "resources");

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-22T12:00:00Z"));
    private final Store store = InMemoryStore.create(clock);
    private final Semaphore gate = new Semaphore(0);
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicBoolean interrupted = new AtomicBoolean();
    private final List<DevMesh> meshes = new ArrayList<>();
    private DevMesh mesh;

    @BeforeEach
    void start() {
        mesh = server(SECRET);
    }

    @AfterEach
    void close() {
        gate.release(1000);
        meshes.forEach(DevMesh::close);
        store.close();
    }

    private DevMesh server(String secret) {
        DevMeshBuilder builder = DevMesh.builder()
                .name("test")
                .version("1.0")
                .clock(clock)
                .store(store)
                .authenticator(Authenticator.everyone(ANN))
                .sessionSecret(secret)
                .sessionTtl(Duration.ofHours(24))
                .tool(Tool.named("echo").nonBlocking().handle(call -> "hello"))
                .tool(Tool.named("wait").handle(call -> waited()))
                .tool(Tool.named("steps").handle(call -> {
                    call.progress(1, 3);
                    call.progress(2, 3);
                    waited();
                    call.progress(3, 3);
                    return "done";
                }))
                .tool(Tool.named("talk").handle(call -> {
                    call.log(LogLevel.DEBUG, "details");
                    call.log(LogLevel.INFO, "news");
                    call.log(LogLevel.ERROR, "trouble");
                    return "talked";
                }))
                .tool(Tool.named("poll").handle(call -> {
                    call.closeStream(Duration.ofMillis(700));
                    waited();
                    return "polled";
                }))
                .tool(Tool.named("flood").handle(call -> {
                    call.progress(1, 1000);
                    waited();
                    for (int i = 2; i <= 1000; i++) {
                        call.progress(i, 1000);
                    }
                    return "flooded";
                }))
                .tool(Tool.named("long").longRunning().handle(call -> waited()));
        for (String uri : new String[] {"farm://a", "farm://b"}) {
            builder.resource(Resource.text(uri, "text/plain", () -> "x"));
        }
        builder.resource(Resource.at("farm://secret").permission("vault:open").read(call -> List.of()));
        DevMesh server = builder.build();
        server.start();
        meshes.add(server);
        return server;
    }

    private String waited() throws InterruptedException {
        begun.incrementAndGet();
        try {
            gate.acquire();
        } catch (InterruptedException e) {
            interrupted.set(true);
            throw e;
        }
        return "done";
    }

    private void awaitBegun(int calls) {
        await().atMost(Duration.ofSeconds(10)).until(() -> begun.get() == calls);
    }

    private SessionClient begin() throws Exception {
        return begin(NEWEST);
    }

    private SessionClient begin(String revision) throws Exception {
        return SessionClient.begin(mesh, ANN, revision);
    }

    private static int code(RecordedExchange.Answer answer) {
        return Objects.requireNonNull(answer.body()).at("/error/code").asInt();
    }

    private static String text(JsonNode response) {
        return response.at("/result/content/0/text").asString();
    }

    // ---- initialize

    @ParameterizedTest
    @CsvSource({
        "2025-11-25, 2025-11-25",
        "2025-06-18, 2025-06-18",
        "2025-03-26, 2025-03-26",
        "2024-11-05, 2025-11-25",
        "2026-07-28, 2025-11-25",
        "9999-01-01, 2025-11-25",
        "'', 2025-11-25"
    })
    void theRevisionIsTheOneThatIsAskedForIfItHasSessionsElseTheNewest(String asked, String agreed) throws Exception {
        assertThat(begin(asked).revision()).isEqualTo(agreed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"protocolVersion\":1,\"capabilities\":{}}",
                "{\"protocolVersion\":\"2025-11-25\"}",
                "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":[]}"
            })
    void anInitializeWithoutItsParametersBeginsNothing(String params) throws Exception {
        Sent sent = SessionClient.post(mesh, ANN, Map.of(), SessionClient.message(1, "initialize", params));

        assertThat(code(sent.answer())).isEqualTo(-32602);
        assertThat(sent.exchange().sessionId()).isNull();
    }

    @Test
    void initializeBeginsAnotherSessionWhateverIsSentBesideIt() throws Exception {
        SessionClient client = begin();
        Sent again = client.post(SessionClient.initialize(NEWEST, "{}"));

        assertThat(again.answer().status()).isEqualTo(200);
        assertThat(again.exchange().sessionId()).isNotNull().isNotEqualTo(client.session());
        assertThat(client.status()).isEqualTo(200);
    }

    // ---- whose a session is

    @Test
    void aSessionIsServedToItsCallerOnly() throws Exception {
        SessionClient client = begin();

        assertThat(client.status()).isEqualTo(200);
        for (Principal other : List.of(
                Principal.of(new Tenant("acme"), "bob", "tools"), Principal.of(new Tenant("other"), "ann", "tools"))) {
            assertThat(client.as(other).status()).isEqualTo(404);
            assertThat(client.as(other).open().answer().status()).isEqualTo(404);
            assertThat(client.as(other).delete().status()).isEqualTo(404);
        }
        assertThat(client.status()).as("nobody else ended it").isEqualTo(200);
    }

    @Test
    void whatIsNoSessionHereIs404() throws Exception {
        SessionClient client = begin();
        String id = client.session();
        char last = id.charAt(id.length() - 1);

        assertThat(client.named(id.substring(0, id.length() - 1) + (last == 'A' ? 'B' : 'A'))
                        .status())
                .isEqualTo(404);
        assertThat(client.named("6ba7b810-9dad-11d1-80b4-00c04fd430c8").status())
                .isEqualTo(404);
        assertThat(client.named("").status()).isEqualTo(404);
        assertThat(client.at(server("another secret, which is as long"))
                        .open()
                        .answer()
                        .status())
                .isEqualTo(404);
        Sent notification = client.named("x").notify("notifications/initialized", "{}");
        assertThat(notification.answer().status()).isEqualTo(404);
    }

    @Test
    void anExpiredSessionIs404AndItsStreamsEnd() throws Exception {
        SessionClient client = begin();
        Sent stream = client.open();
        clock.advance(Duration.ofHours(24).minusSeconds(1));
        assertThat(client.status()).isEqualTo(200);
        clock.advance(Duration.ofSeconds(1));
        mesh.mcp().lookAfterSessions();

        stream.awaitEnd();
        assertThat(client.status()).isEqualTo(404);
        assertThat(client.open().answer().status()).isEqualTo(404);
        assertThat(client.delete().status()).isEqualTo(404);
    }

    // ---- which kind of revision a message is of

    private int status(Map<String, String> headers, String body) throws Exception {
        return SessionClient.post(mesh, ANN, headers, body).answer().status();
    }

    @Test
    void aMessageThatNamesItsRevisionIsServedStatelesslyWhateverIsBesideIt() throws Exception {
        String meta = "{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                + "\"io.modelcontextprotocol/clientCapabilities\":{}}}";
        Map<String, String> headers = new HashMap<>(
                Map.of("MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/list", "Mcp-Session-Id", "nonsense"));

        RecordedExchange.Answer list = SessionClient.post(
                        mesh, ANN, headers, SessionClient.message(1, "tools/list", meta))
                .answer();
        assertThat(Objects.requireNonNull(list.body()).at("/result/resultType").asString())
                .isEqualTo("complete");
        headers.put("Mcp-Method", "initialize");
        Sent initialize = SessionClient.post(mesh, ANN, headers, SessionClient.message(1, "initialize", meta));
        assertThat(initialize.answer().status()).isEqualTo(404);
        assertThat(code(initialize.answer())).isEqualTo(-32601);
        assertThat(initialize.exchange().sessionId()).isNull();
        assertThat(status(headers, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\",\"params\":" + meta + "}"))
                .isEqualTo(202);
    }

    @Test
    void aRequestWithoutASessionIs400() throws Exception {
        String list = SessionClient.message(1, "tools/list", "{}");
        Sent old = SessionClient.post(mesh, ANN, Map.of("MCP-Protocol-Version", "2025-06-18"), list);
        assertThat(old.answer().status()).isEqualTo(400);
        assertThat(old.answer().body().at("/error/data/code").asString()).isEqualTo("SESSION_REQUIRED");
        assertThat(old.answer().body().path("id").asInt()).isEqualTo(1);

        Sent nothing = SessionClient.post(mesh, ANN, Map.of(), list);
        assertThat(nothing.answer().status()).isEqualTo(400);
        assertThat(nothing.answer().body().at("/error/data/code").asString()).isEqualTo("SESSION_REQUIRED");
    }

    @Test
    void aRequestWithAnotherVersionAndNoSessionIsHeldToTheStatelessRevision() throws Exception {
        String list = SessionClient.message(1, "tools/list", "{}");
        for (String version : List.of("2026-07-28", "2099-01-01", "nonsense")) {
            RecordedExchange.Answer answer = SessionClient.post(
                            mesh, ANN, Map.of("MCP-Protocol-Version", version, "Mcp-Method", "tools/list"), list)
                    .answer();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(code(answer)).isEqualTo(-32602);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2024-11-05", "2026-07-28", "2025-11-25x", "", "2025-11-2\u00e9"})
    void aVersionThatHasNoSessionsIs400InASession(String version) throws Exception {
        SessionClient client = begin();
        Map<String, String> headers = Map.of("MCP-Protocol-Version", version, "Mcp-Session-Id", client.session());

        RecordedExchange.Answer answer = SessionClient.post(
                        mesh, ANN, headers, SessionClient.message(1, "tools/list", "{}"))
                .answer();
        assertThat(answer.status()).isEqualTo(400);
        assertThat(code(answer)).isEqualTo(-32600);
    }

    @Test
    void theVersionOfTheSessionHoldsWhereNoneIsSent() throws Exception {
        SessionClient client = begin("2025-03-26");
        Map<String, String> headers = Map.of("Mcp-Session-Id", client.session());

        assertThat(status(headers, SessionClient.message(1, "tools/list", "{}")))
                .isEqualTo(200);
    }

    // ---- errors

    @Test
    void only404SaysThatASessionIsGone() throws Exception {
        SessionClient client = begin();

        RecordedExchange.Answer method = client.request(1, "no/such", "{}").answer();
        assertThat(method.status()).isEqualTo(200);
        assertThat(code(method)).isEqualTo(-32601);
        RecordedExchange.Answer listen =
                client.request(1, "subscriptions/listen", "{}").answer();
        assertThat(code(listen)).isEqualTo(-32601);
        RecordedExchange.Answer tool = client.call(1, "nothing").answer();
        assertThat(tool.status()).isEqualTo(200);
        RecordedExchange.Answer resource =
                client.request(1, "resources/read", "{\"uri\":\"farm://none\"}").answer();
        assertThat(resource.status()).isEqualTo(200);
        assertThat(code(resource)).isEqualTo(-32002);
        RecordedExchange.Answer params = client.request(1, "tools/list", "[1]").answer();
        assertThat(params.status()).isEqualTo(400);
        assertThat(code(params)).isEqualTo(-32600);
        assertThat(client.open("nothing.1-1").answer().status()).isEqualTo(400);
        assertThat(client.post("{nonsense").answer().status()).isEqualTo(400);
    }

    @Test
    void anIdUnderWayIsRefusedAndServedWhenItIsFree() throws Exception {
        SessionClient client = begin();
        Sent first = client.call(1, "wait");
        awaitBegun(1);
        RecordedExchange.Answer second = client.call(1, "echo").answer();
        assertThat(second.status()).isEqualTo(400);
        assertThat(code(second)).isEqualTo(-32600);
        assertThat(SessionClient.begin(mesh, ANN, NEWEST)
                        .call(1, "echo")
                        .answer()
                        .status())
                .as("ids are each session's own")
                .isEqualTo(200);

        gate.release();
        assertThat(first.answer().status()).isEqualTo(200);
        assertThat(client.call(1, "echo").answer().status()).isEqualTo(200);
    }

    // ---- batches

    @Test
    void aBatchIsAnsweredByAStreamWithAResponseToEachRequest() throws Exception {
        SessionClient client = begin("2025-03-26");
        Sent sent = client.post("[" + SessionClient.message(1, "ping", "{}") + ","
                + "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"},"
                + SessionClient.message(2, "no/such", "{}") + ","
                + SessionClient.message(3, "tools/call", "{\"name\":\"wait\"}") + ","
                + SessionClient.message(3, "ping", "{}") + "]");
        awaitBegun(1);
        assertThat(sent.exchange().pushed).hasSize(3);
        assertThat(sent.exchange().isStreamOver()).isFalse();
        gate.release();

        sent.awaitEnd();
        assertThat(sent.exchange().pushed)
                .extracting(message -> message.path("id").asInt())
                .containsExactly(1, 2, 3, 3);
        assertThat(sent.exchange().pushed)
                .extracting(message -> message.at("/error/code").asInt())
                .containsExactly(0, -32601, -32600, 0);
        assertThat(sent.exchange().events).noneMatch(event -> event.message().isEmpty());
        assertThat(sent.exchange().isAnswered()).isFalse();
    }

    @Test
    void aBatchOfOneIsNoSingleAnswerAndOneWithoutRequestsHasNone() throws Exception {
        SessionClient client = begin("2025-03-26");
        Sent one = client.post("[" + SessionClient.message(1, "ping", "{}") + "]");
        one.awaitEnd();
        assertThat(one.exchange().pushed).hasSize(1);

        Sent none = client.post("[{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"},"
                + "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/roots/list_changed\"}]");
        assertThat(none.answer().status()).isEqualTo(202);
    }

    @Test
    void whatIsNoBatchIsRefused() throws Exception {
        SessionClient client = begin("2025-03-26");
        String many = IntStream.rangeClosed(1, Batch.MOST + 1)
                .mapToObj(id -> SessionClient.message(id, "ping", "{}"))
                .reduce((one, other) -> one + "," + other)
                .orElseThrow();
        for (String batch : List.of(
                "[]", "[" + many + "]", "[" + SessionClient.initialize("2025-03-26", "{}") + "]", "[1]", "[[]]")) {
            RecordedExchange.Answer answer = client.post(batch).answer();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(code(answer)).isEqualTo(-32600);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2025-06-18", "2025-11-25"})
    void otherRevisionsHaveNoBatches(String revision) throws Exception {
        RecordedExchange.Answer answer = begin(revision)
                .post("[" + SessionClient.message(1, "ping", "{}") + "]")
                .answer();

        assertThat(answer.status()).isEqualTo(400);
        assertThat(code(answer)).isEqualTo(-32600);
    }

    // ---- a POST and its stream

    @Test
    void whatNothingPrecedesIsAnsweredInOnePiece() throws Exception {
        Sent sent = begin().call(1, "echo");

        assertThat(text(Objects.requireNonNull(sent.answer().body()))).isEqualTo("hello");
        assertThat(sent.exchange().isStream()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"2025-11-25, true", "2025-06-18, false", "2025-03-26, false"})
    void longRunningToolsAreAnsweredByAStreamAtOnce(String revision, boolean primes) throws Exception {
        Sent sent = begin(revision).call(1, "long");
        awaitBegun(1);

        assertThat(sent.exchange().isStream()).isTrue();
        assertThat(sent.exchange().events).hasSize(primes ? 1 : 0);
        gate.release();
        assertThat(text(sent.response())).isEqualTo("done");
        sent.awaitEnd();
    }

    @Test
    void cancellingByAnotherPostEndsThePostWithoutAResponse() throws Exception {
        SessionClient client = begin();
        Sent inOnePiece = client.call(1, "wait");
        Sent stream = client.call(2, "steps");
        awaitBegun(2);

        assertThat(client.cancel(1).answer().status()).isEqualTo(202);
        assertThat(inOnePiece.answer().status()).isEqualTo(202);
        await().untilTrue(interrupted);
        interrupted.set(false);
        client.cancel(2);
        stream.awaitEnd();
        await().untilTrue(interrupted);
        assertThat(stream.exchange().pushed).allMatch(message -> message.has("method"));
        assertThat(client.cancel(2).answer().status()).as("again").isEqualTo(202);
        assertThat(client.cancel(77).answer().status()).as("what is not there").isEqualTo(202);
    }

    @Test
    void nobodyCancelsWhatBelongsToAnotherSession() throws Exception {
        Sent sent = begin().call(1, "wait");
        awaitBegun(1);
        begin().cancel(1);

        gate.release();
        assertThat(sent.answer().status()).isEqualTo(200);
        assertThat(interrupted).isFalse();
    }

    @Test
    void aClientThatLosesItsConnectionComesBackForTheRestExactlyOnce() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "steps");
        awaitBegun(1);
        sent.message(message -> message.at("/params/progress").asInt() == 2);
        sent.breaks();
        gate.release();
        Sent resumed = client.open(sent.lastId());

        assertThat(text(resumed.response())).isEqualTo("done");
        resumed.awaitEnd();
        assertThat(resumed.exchange().pushed)
                .extracting(message -> message.at("/params/progress").asInt())
                .containsExactly(3, 0);
        assertThat(interrupted).isFalse();
        Sent again = client.open(sent.lastId());
        again.awaitEnd();
        assertThat(again.exchange().pushed).as("whoever lost that too").isEqualTo(resumed.exchange().pushed);
    }

    @Test
    void whoComesBackTakesTheStreamFromAConnectionThatIsNotKnownToBeGone() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "steps");
        sent.message(message -> message.at("/params/progress").asInt() == 2);
        Sent resumed = client.open(sent.exchange().events.get(1).id());

        sent.awaitEnd();
        gate.release();
        resumed.awaitEnd();
        assertThat(resumed.exchange().pushed)
                .extracting(message -> message.at("/params/progress").asInt())
                .containsExactly(2, 3, 0);
    }

    @Test
    void aClientThatIsToComeBackIsToldWhen() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "poll");
        sent.awaitEnd();

        List<McpEvent> events = sent.exchange().events;
        McpEvent last = events.get(events.size() - 1);
        assertThat(last.retry()).isEqualTo(Duration.ofMillis(700));
        assertThat(last.message()).isEmpty();
        gate.release();
        Sent resumed = client.open(events.get(0).id());
        assertThat(text(resumed.response())).isEqualTo("polled");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2025-06-18", "2025-03-26"})
    void aClientThatDoesNotKnowHowToComeBackIsNotSentAway(String revision) throws Exception {
        Sent sent = begin(revision).call(1, "poll");
        awaitBegun(1);
        gate.release();

        assertThat(text(Objects.requireNonNull(sent.answer().body()))).isEqualTo("polled");
    }

    @Test
    void aClientThatIsAwayMissesNotificationsAndNeverItsResponse() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "flood");
        awaitBegun(1);
        sent.breaks();
        gate.release();
        Sent resumed = client.open(sent.lastId());

        assertThat(text(resumed.response())).isEqualTo("flooded");
        assertThat(resumed.exchange().pushed).hasSizeGreaterThan(100);
    }

    @Test
    void whatComesAfterAClientHasGoneThatCannotComeBackIsKeptByNobody() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "wait");
        awaitBegun(1);
        sent.breaks();
        gate.release();

        assertThat(sent.answer().status()).as("which the transport drops").isEqualTo(200);
        assertThat(sent.exchange().isStream()).isFalse();
    }

    @Test
    void streamsThatWereReadAreForgottenBeyondSoMany() throws Exception {
        SessionClient client = begin();
        gate.release(1000);
        List<String> first = new ArrayList<>();
        for (int i = 1; i <= HttpSession.MOST_STREAMS + 1; i++) {
            Sent sent = client.call(i, "steps");
            sent.awaitEnd();
            first.add(sent.exchange().events.get(0).id());
        }

        assertThat(client.open(first.get(0)).answer().status()).isEqualTo(400);
        client.open(first.get(1)).awaitEnd();
    }

    // ---- the standalone stream

    @Test
    void theStreamTellsOfListsAndOfWhatIsSubscribedAndPermitted() throws Exception {
        SessionClient client = begin();
        client.result(1, "resources/subscribe", "{\"uri\":\"farm://a\"}");
        Sent stream = client.open();
        client.result(2, "resources/subscribe", "{\"uri\":\"farm://secret\"}");
        assertThat(stream.exchange().events).as("it begins").hasSize(1);

        mesh.changes().resourceUpdated("farm://b");
        mesh.changes().resourceUpdated("farm://secret");
        mesh.changes().resourceUpdated(new Tenant("other"), "farm://a");
        mesh.changes().resourceUpdated("farm://a");
        mesh.changes().toolsChanged();
        assertThat(stream.exchange().pushed)
                .extracting(message -> message.path("method").asString())
                .containsExactly("notifications/resources/updated", "notifications/tools/list_changed");
        assertThat(stream.exchange().pushed.get(0).at("/params/uri").asString()).isEqualTo("farm://a");
        assertThat(stream.exchange().pushed.get(1).path("params").has("_meta")).isFalse();

        client.result(3, "resources/unsubscribe", "{\"uri\":\"farm://a\"}");
        client.result(4, "resources/subscribe", "{\"uri\":\"farm://b\"}");
        mesh.changes().resourceUpdated("farm://a");
        mesh.changes().resourceUpdated("farm://b");
        assertThat(stream.exchange().pushed).hasSize(3);
        assertThat(stream.exchange().pushed.get(2).at("/params/uri").asString()).isEqualTo("farm://b");
    }

    @Test
    void aResourceThatDoesNotExistCannotBeSubscribedTo() throws Exception {
        RecordedExchange.Answer answer = begin().request(1, "resources/subscribe", "{\"uri\":\"farm://none\"}")
                .answer();

        assertThat(code(answer)).isEqualTo(-32002);
        assertThat(answer.status()).isEqualTo(200);
    }

    @Test
    void thereIsOneStandaloneStreamAndWhoComesBackTakesIt() throws Exception {
        SessionClient client = begin();
        Sent first = client.open();
        assertThat(client.open().answer().status()).isEqualTo(409);
        mesh.changes().toolsChanged();
        Sent second = client.open(first.lastId());

        first.awaitEnd();
        mesh.changes().promptsChanged();
        assertThat(second.exchange().pushed).hasSize(1);
        second.breaks();
        mesh.changes().toolsChanged();
        Sent third = client.open(second.lastId());
        assertThat(third.exchange().pushed)
                .extracting(message -> message.path("method").asString())
                .as("what changed while it was away")
                .containsExactly("notifications/tools/list_changed");
        third.breaks();
        assertThat(client.open().exchange().pushed).as("nothing new").isEmpty();
    }

    @Test
    void theStreamOfAnotherServerGoesOnFromHere() throws Exception {
        SessionClient client = begin();
        Sent there = client.at(server(SECRET)).open();
        Sent here = client.open(there.lastId());
        mesh.changes().toolsChanged();

        assertThat(here.exchange().pushed).hasSize(1);
    }

    // ---- what is remembered

    @Test
    void theLevelHoldsForTheSession() throws Exception {
        SessionClient client = begin();
        assertThat(levels(client)).containsExactly("info", "error");
        client.result(2, "logging/setLevel", "{\"level\":\"debug\"}");
        assertThat(levels(client)).containsExactly("debug", "info", "error");
        client.result(3, "logging/setLevel", "{\"level\":\"error\"}");
        assertThat(levels(client)).containsExactly("error");
        assertThat(levels(begin())).as("another session").containsExactly("info", "error");

        assertThat(code(client.request(4, "logging/setLevel", "{\"level\":\"loud\"}")
                        .answer()))
                .isEqualTo(-32602);
    }

    private static List<String> levels(SessionClient client) {
        Sent sent = client.call(1, "talk");
        sent.awaitEnd();
        return sent.exchange().pushed.stream()
                .filter(message -> message.path("method").asString("").equals("notifications/message"))
                .map(message -> message.at("/params/level").asString())
                .toList();
    }

    @Test
    void aSessionGoesOnOnAnotherServerAndAfterARestart() throws Exception {
        SessionClient client = begin();
        client.result(1, "logging/setLevel", "{\"level\":\"error\"}");
        client.result(2, "resources/subscribe", "{\"uri\":\"farm://a\"}");
        DevMesh second = server(SECRET);

        assertThat(levels(client.at(second))).containsExactly("error");
        Sent stream = client.at(second).open();
        second.changes().resourceUpdated("farm://a");
        assertThat(stream.exchange().pushed).hasSize(1);

        mesh.close();
        second.close();
        DevMesh third = server(SECRET);
        assertThat(levels(client.at(third))).containsExactly("error");
        Sent again = client.at(third).open(stream.lastId());
        third.changes().resourceUpdated("farm://a");
        assertThat(again.exchange().pushed).hasSize(1);
    }

    @Test
    void whatIsChangedOnOneServerHoldsOnTheOther() throws Exception {
        SessionClient here = begin();
        SessionClient there = here.at(server(SECRET));
        Sent stream = here.open();
        there.result(1, "resources/subscribe", "{\"uri\":\"farm://a\"}");
        mesh.mcp().lookAfterSessions();
        mesh.changes().resourceUpdated("farm://a");
        assertThat(stream.exchange().pushed).hasSize(1);

        there.result(2, "resources/unsubscribe", "{\"uri\":\"farm://a\"}");
        here.result(3, "resources/subscribe", "{\"uri\":\"farm://b\"}");
        mesh.changes().resourceUpdated("farm://a");
        assertThat(stream.exchange().pushed).hasSize(1);
        mesh.changes().resourceUpdated("farm://b");
        assertThat(stream.exchange().pushed).hasSize(2);
    }

    // ---- the end

    @Test
    void deletingEndsEverythingOnEveryServer() throws Exception {
        SessionClient client = begin();
        SessionClient there = client.at(server(SECRET));
        Sent stream = client.open();
        Sent elsewhere = there.open();
        Sent inOnePiece = client.call(1, "wait");
        Sent streaming = client.call(2, "steps");
        awaitBegun(2);
        String known = streaming.lastId();

        assertThat(client.delete().status()).isEqualTo(202);

        stream.awaitEnd();
        streaming.awaitEnd();
        assertThat(inOnePiece.answer().status()).isEqualTo(202);
        await().untilTrue(interrupted);
        there.mesh().mcp().lookAfterSessions();
        elsewhere.awaitEnd();
        for (SessionClient ended : List.of(client, there, client.at(server(SECRET)))) {
            assertThat(ended.status()).isEqualTo(404);
            assertThat(ended.open().answer().status()).isEqualTo(404);
            assertThat(ended.open(known).answer().status()).isEqualTo(404);
            assertThat(ended.cancel(1).answer().status()).isEqualTo(404);
            assertThat(ended.delete().status()).isEqualTo(404);
        }
        mesh.changes().toolsChanged();
        assertThat(stream.exchange().pushed).isEmpty();
    }

    @Test
    void anIdleSessionIsForgottenAndGoesOn() throws Exception {
        SessionClient client = begin();
        client.result(1, "resources/subscribe", "{\"uri\":\"farm://a\"}");
        Sent sent = client.call(1, "steps");
        gate.release();
        sent.awaitEnd();
        String known = sent.exchange().events.get(1).id();
        Sent stream = client.open();
        clock.advance(Sessions.IDLE.multipliedBy(2));
        mesh.mcp().lookAfterSessions();
        assertThat(stream.exchange().isStreamOver())
                .as("a client that is there")
                .isFalse();
        stream.breaks();
        clock.advance(Sessions.IDLE);
        mesh.mcp().lookAfterSessions();
        client.open(known).awaitEnd();
        clock.advance(Sessions.IDLE.plusSeconds(1));
        mesh.mcp().lookAfterSessions();

        assertThat(client.open(known).answer().status()).isEqualTo(400);
        Sent again = client.open(stream.lastId());
        mesh.changes().resourceUpdated("farm://a");
        assertThat(again.exchange().pushed).hasSize(1);
    }

    @Test
    void aClientThatWasForgottenIsNotTakenForTheOneThatCameAfter() throws Exception {
        SessionClient client = begin();
        gate.release(2);
        Sent before = client.call(1, "steps");
        before.awaitEnd();
        clock.advance(Sessions.IDLE.plusSeconds(1));
        mesh.mcp().lookAfterSessions();
        Sent after = client.call(1, "steps");
        after.awaitEnd();

        assertThat(after.exchange().events.get(1).id())
                .isNotEqualTo(before.exchange().events.get(1).id());
        assertThat(client.open(before.exchange().events.get(1).id()).answer().status())
                .isEqualTo(400);
    }

    @Test
    void whatIsUnderWayKeepsItsSession() throws Exception {
        SessionClient client = begin();
        Sent sent = client.call(1, "steps");
        awaitBegun(1);
        sent.breaks();
        clock.advance(Sessions.IDLE.multipliedBy(3));
        mesh.mcp().lookAfterSessions();
        gate.release();
        Sent resumed = client.open(sent.lastId());

        assertThat(text(resumed.response())).isEqualTo("done");
    }

    @Test
    void aClosingServerEndsStreamsWithWhatTheyStillHave() throws Exception {
        SessionClient client = begin();
        Sent stream = client.open();
        stream.exchange().reads(false);
        mesh.changes().toolsChanged();
        stream.call().finish();
        stream.exchange().reads(true);

        stream.awaitEnd();
        assertThat(stream.exchange().pushed).hasSize(1);
    }
}
