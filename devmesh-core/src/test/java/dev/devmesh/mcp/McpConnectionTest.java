package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.LogLevel;
import dev.devmesh.json.Json;
import dev.devmesh.resource.ResourceTemplate;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolResult;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class McpConnectionTest {

    record Name(String name) {}

    private static final String STATELESS = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
            + "\"io.modelcontextprotocol/clientCapabilities\":{}}";

    private final CountDownLatch blocked = new CountDownLatch(1);
    private final CountDownLatch running = new CountDownLatch(1);
    private final AtomicBoolean interrupted = new AtomicBoolean();
    private final AtomicInteger woken = new AtomicInteger();
    private final ReentrantLock reading = new ReentrantLock();
    private final List<JsonNode> received = new CopyOnWriteArrayList<>();
    private DevMesh mesh;
    private McpConnection connection;

    @BeforeEach
    void connect() {
        mesh = DevMesh.builder()
                .name("test")
                .version("1.0")
                .tool(Tool.named("ping").describedAs("Answers").handle(call -> "pong"))
                .tool(Tool.named("slow").describedAs("Waits").handle(call -> {
                    running.countDown();
                    try {
                        blocked.await();
                    } catch (InterruptedException e) {
                        interrupted.set(true);
                    }
                    return "done";
                }))
                .tool(Tool.named("steps").describedAs("Tells how far it is").handle(call -> {
                    call.progress(1, 2);
                    call.log(LogLevel.WARNING, "careful");
                    return "done";
                }))
                .tool(Tool.named("greet")
                        .describedAs("Asks for a name")
                        .handle(call -> ToolResult.text("Hello, "
                                + call.elicit("who", "Who are you?", Name.class)
                                        .orElseThrow()
                                        .name())))
                .build();
        mesh.start();
        connection = mesh.mcp().connect(Principal.anonymous(), this::read);
    }

    @AfterEach
    void close() {
        blocked.countDown();
        connection.disconnected("test over");
        mesh.close();
    }

    private void read() {
        woken.incrementAndGet();
        reading.lock();
        try {
            for (Optional<McpEvent> event = connection.next(); event.isPresent(); event = connection.next()) {
                received.add(Json.parse(Json.bytes(event.get().message().orElseThrow())));
            }
        } finally {
            reading.unlock();
        }
    }

    private void send(String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        connection.receive(body, 0, body.length);
    }

    private JsonNode awaited(Predicate<JsonNode> wanted) {
        await().atMost(Duration.ofSeconds(10)).until(() -> received.stream().anyMatch(wanted));
        return received.stream().filter(wanted).findFirst().orElseThrow();
    }

    private JsonNode response(int id) {
        return awaited(message -> !message.has("method") && message.path("id").asInt(-1) == id);
    }

    private JsonNode notification(String method) {
        return awaited(message -> message.path("method").asString("").equals(method));
    }

    private void initialize(String revision) {
        send("{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"" + revision
                + "\",\"capabilities\":{\"elicitation\":{}},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}");
        assertThat(response(0).path("result").path("protocolVersion").asString())
                .isEqualTo(revision);
        send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    }

    @Test
    void requestsRunBesideEachOther() {
        send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"slow\"," + STATELESS
                + "}}");
        send("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"ping\"," + STATELESS
                + "}}");

        assertThat(response(2).path("result").path("resultType").asString()).isEqualTo("complete");
        assertThat(connection.inFlight()).isEqualTo(1);
    }

    @Test
    void aCancelledRequestIsInterruptedAndNeverAnswered() {
        send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"slow\"," + STATELESS
                + "}}");
        await().until(() -> running.getCount() == 0);
        send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}");

        await().untilTrue(interrupted);
        assertThat(connection.inFlight()).isZero();
        assertThat(received).isEmpty();
    }

    @Test
    void aConnectionThatGoesCancelsWhatItHasUnderWay() {
        send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"slow\"," + STATELESS
                + "}}");

        await().until(() -> running.getCount() == 0);
        connection.disconnected("client disconnected");

        await().untilTrue(interrupted);
    }

    @Test
    void anIdInUseIsRefused() {
        send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"slow\"," + STATELESS
                + "}}");
        send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"ping\"," + STATELESS
                + "}}");

        assertThat(response(1).path("error").path("code").asInt()).isEqualTo(-32600);
    }

    @Test
    void listensGoByTheirIdsAndEndWithTheServer() {
        for (int id : new int[] {1, 2}) {
            send("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"subscriptions/listen\",\"params\":{"
                    + "\"notifications\":{\"toolsListChanged\":true}," + STATELESS + "}}");
        }
        mesh.tools().register(Tool.named("more").describedAs("One more").handle(call -> "x"));
        awaited(message -> message.path("method").asString("").equals("notifications/tools/list_changed")
                && message.path("params")
                                .path("_meta")
                                .path(McpRequest.SUBSCRIPTION_ID)
                                .asInt()
                        == 2);

        connection.finish();

        assertThat(response(1).path("result").path("resultType").asString()).isEqualTo("complete");
        assertThat(response(2).has("result")).isTrue();
        assertThat(notification("notifications/cancelled")
                        .path("params")
                        .path("requestId")
                        .isInt())
                .isTrue();
        assertThat(connection.isOver()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"2025-11-25", "2025-06-18"})
    void aSessionAsksWhileTheHandlerWaits(String revision) {
        initialize(revision);
        send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"greet\"}}");

        JsonNode question = notification("elicitation/create");
        assertThat(question.path("params").path("message").asString()).isEqualTo("Who are you?");
        send("{\"jsonrpc\":\"2.0\",\"id\":" + question.path("id")
                + ",\"result\":{\"action\":\"accept\",\"content\":{\"name\":\"Ann\"}}}");

        JsonNode result = response(1).path("result");
        assertThat(result.path("content").path(0).path("text").asString()).isEqualTo("Hello, Ann");
        assertThat(result.has("resultType")).isFalse();
    }

    @Test
    void anAnswerThatDoesNotFitIsAskedForAgain() {
        initialize("2025-11-25");
        send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"greet\"}}");
        for (int tries = 1; tries <= 3; tries++) {
            int nth = tries;
            JsonNode question =
                    awaited(message -> message.path("id").asString("").equals("q" + nth));
            send("{\"jsonrpc\":\"2.0\",\"id\":" + question.path("id")
                    + ",\"result\":{\"action\":\"accept\",\"content\":{}}}");
        }

        JsonNode result = response(1).path("result");
        assertThat(result.path("isError").asBoolean()).isTrue();
        assertThat(result.path("content").path(0).path("text").asString()).contains("does not fit");
    }

    @Test
    void aClientThatRefusesToAnswerIsQuoted() {
        initialize("2025-11-25");
        send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"greet\"}}");
        JsonNode question = notification("elicitation/create");
        send("{\"jsonrpc\":\"2.0\",\"id\":" + question.path("id")
                + ",\"error\":{\"code\":-1,\"message\":\"User is away\"}}");

        assertThat(response(1)
                        .path("result")
                        .path("content")
                        .path(0)
                        .path("text")
                        .asString())
                .contains("User is away");
    }

    @Test
    void aCancelledCallTakesItsQuestionBack() {
        initialize("2025-11-25");
        send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"greet\"}}");
        JsonNode question = notification("elicitation/create");

        send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}");

        assertThat(notification("notifications/cancelled").at("/params/requestId"))
                .isEqualTo(question.path("id"));
        await().until(() -> connection.inFlight() == 0);
        assertThat(received).filteredOn(message -> !message.has("method")).hasSize(1); // to initialize
    }

    @Test
    void aConnectionThatGoesWhileItsClientIsAskedEndsTheCall() {
        initialize("2025-11-25");
        send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"greet\"}}");
        notification("elicitation/create");
        connection.disconnected("client disconnected");

        await().until(() -> connection.inFlight() == 0);
    }

    @Test
    void aSecondInitializeIsRefused() {
        initialize("2025-11-25");
        send("{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\","
                + "\"capabilities\":{}}}");

        assertThat(response(9).at("/error/code").asInt()).isEqualTo(-32600);
    }

    @Test
    void resourcesAreSubscribedToUpToSoMany() {
        mesh.resources().register(ResourceTemplate.at("farm://{id}").read((call, variables) -> "x"));
        initialize("2025-11-25");
        for (int id = 1; id <= Session.MOST_RESOURCES + 1; id++) {
            send("{\"jsonrpc\":\"2.0\",\"id\":" + id
                    + ",\"method\":\"resources/subscribe\",\"params\":{\"uri\":\"farm://" + id + "\"}}");
        }
        assertThat(response(Session.MOST_RESOURCES).has("result")).isTrue();
        assertThat(response(Session.MOST_RESOURCES + 1).has("error")).isTrue();

        mesh.changes().resourceUpdated("farm://7");
        assertThat(notification("notifications/resources/updated")
                        .at("/params/uri")
                        .asString())
                .isEqualTo("farm://7");
    }

    @Test
    void whoeverWaitsForTheEndIsWokenWhenTheLastRequestEndsWithoutAResponse() {
        send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"slow\"," + STATELESS
                + "}}");
        await().until(() -> running.getCount() == 0);
        connection.finish();
        assertThat(connection.isOver()).isFalse();
        int before = woken.get();
        send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}");

        await().untilAsserted(() -> assertThat(woken).hasValueGreaterThan(before));
        assertThat(connection.isOver()).isTrue();
    }

    @Test
    void aSessionHearsProgressLogAndChanges() {
        initialize("2025-11-25");
        send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"logging/setLevel\",\"params\":{\"level\":\"warning\"}}");
        send("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"steps\","
                + "\"_meta\":{\"progressToken\":\"p\"}}}");

        response(2);
        assertThat(notification("notifications/progress")
                        .path("params")
                        .path("progressToken")
                        .asString())
                .isEqualTo("p");
        assertThat(notification("notifications/message")
                        .path("params")
                        .path("level")
                        .asString())
                .isEqualTo("warning");
        mesh.tools().register(Tool.named("more").describedAs("One more").handle(call -> "x"));
        assertThat(notification("notifications/tools/list_changed")
                        .path("params")
                        .has("_meta"))
                .isFalse();
    }

    @Test
    void batchesAreServedWhereTheRevisionHasThem() {
        initialize("2025-03-26");
        send(
                "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\"}]");

        assertThat(response(1).path("result").isEmpty()).isTrue();
        assertThat(response(2).path("result").path("tools").size()).isEqualTo(4);
    }

    @Test
    void batchesAreRefusedElsewhere() {
        initialize("2025-11-25");
        send("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]");

        assertThat(awaited(message -> message.has("error")).has("id")).isFalse();
    }

    @Test
    void whatCannotBeUnderstoodIsRefusedAndTheConnectionLives() {
        send("{nonsense");
        send("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}");
        send("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/list\",\"params\":{" + STATELESS + "}}");

        assertThat(awaited(message -> message.path("error").path("code").asInt() == -32700)
                        .has("id"))
                .isFalse();
        assertThat(response(1).path("error").path("code").asInt()).isEqualTo(-32600);
        assertThat(response(2).path("result").path("tools").isArray()).isTrue();
    }

    @Test
    void theLastResponseIsInTheBoxBeforeThatIsOver() {
        for (int round = 0; round < 500; round++) {
            McpConnection closing = mesh.mcp().connect(Principal.anonymous(), () -> {});
            ping(closing);
            closing.finish();

            int responses = 0;
            boolean over;
            Optional<McpEvent> next;
            do {
                over = closing.isOver();
                next = closing.next();
                responses += next.isPresent() ? 1 : 0;
            } while (!over);
            assertThat(responses).isEqualTo(1);
        }
    }

    @Test
    void theTransportIsWokenWhenTheBoxIsOver() throws InterruptedException {
        for (int round = 0; round < 200; round++) {
            Semaphore woken = new Semaphore(0);
            McpConnection closing = mesh.mcp().connect(Principal.anonymous(), woken::release);
            ping(closing);
            closing.finish();

            boolean over;
            do {
                assertThat(woken.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
                over = closing.isOver();
                Optional<McpEvent> next = closing.next();
                while (next.isPresent()) {
                    over = closing.isOver();
                    next = closing.next();
                }
            } while (!over);
        }
    }

    private static void ping(McpConnection asked) {
        byte[] call = ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"ping\","
                        + STATELESS + "}}")
                .getBytes(StandardCharsets.UTF_8);
        asked.receive(call, 0, call.length);
    }
}
