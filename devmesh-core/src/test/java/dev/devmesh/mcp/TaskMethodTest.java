package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.Limits;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.MissingCapabilityException;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.json.Json;
import dev.devmesh.question.Answers;
import dev.devmesh.question.Question;
import dev.devmesh.task.TaskLimits;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolResult;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The extension {@code io.modelcontextprotocol/tasks} as clients see it. */
class TaskMethodTest {

    private static final String TASKS = "{\"elicitation\":{},\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}";
    private static final String NONE = "{}";

    record Greet(String name) {}

    record Compute(double seconds, String label) {}

    record Delete(String filename) {}

    record Confirm(boolean confirm) {}

    record Name(String name) {}

    private final SettableClock clock = new SettableClock();
    private final CountDownLatch release = new CountDownLatch(1);
    private DevMesh mesh;

    @BeforeEach
    void open() {
        mesh = DevMesh.builder()
                .clock(clock)
                .limits(Limits.defaults()
                        .withTasks(TaskLimits.defaults()
                                .withLife(Duration.ofMinutes(5))
                                .withPollInterval(Duration.ofMillis(250))))
                .tool(Tool.of("greet", "Greets", Greet.class, (call, in) -> "Hello, " + in.name() + "!"))
                .tool(Tool.named("slow_compute")
                        .input(Compute.class)
                        .longRunning()
                        .handle((call, in) -> {
                            if (in.seconds() > 0) {
                                release.await();
                            }
                            return "computed " + in.label();
                        }))
                .tool(Tool.named("failing_job")
                        .requires(ClientCapability.TASKS)
                        .handle(call -> ToolResult.error("it failed")))
                .tool(Tool.named("protocol_error_job").longRunning().handle(call -> {
                    throw new MissingCapabilityException("This job", Set.of(ClientCapability.SAMPLING));
                }))
                .tool(Tool.named("confirm_delete")
                        .input(Delete.class)
                        .longRunning()
                        .handle((call, in) -> call.elicit("sure", "Delete " + in.filename() + "?", Confirm.class)
                                        .orElseThrow()
                                        .confirm()
                                ? "deleted " + in.filename()
                                : "kept"))
                .tool(Tool.named("multi_input").longRunning().handle(call -> {
                    Answers answers = call.ask(
                            Question.form("first", "First?", Name.class),
                            Question.form("second", "Second?", Name.class));
                    return answers.form("first", Name.class).orElseThrow().name()
                            + answers.form("second", Name.class).orElseThrow().name();
                }))
                .tool(Tool.named("test_tool_with_task")
                        .requires(ClientCapability.TASKS)
                        .asksFirst(in -> List.of(Question.form("user_name", "What is your name?", Name.class)))
                        .handle((call, in, answers) -> "Hello, "
                                + answers.form("user_name", Name.class)
                                        .orElseThrow()
                                        .name()
                                + "!"))
                .tool(Tool.named("prune")
                        .longRunning()
                        .confirm(in -> "Prune everything?")
                        .handle(call -> "pruned"))
                .build();
        mesh.start();
    }

    @AfterEach
    void close() {
        release.countDown();
        mesh.close();
    }

    private RecordedExchange.Answer send(String method, String name, String params, String capabilities)
            throws Exception {
        return send(method, name, params, capabilities, Principal.anonymous());
    }

    private RecordedExchange.Answer send(
            String method, String name, String params, String capabilities, Principal principal) throws Exception {
        String body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + method + "\",\"params\":{" + params
                + (params.isEmpty() ? "" : ",") + "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":"
                + "\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":" + capabilities + "}}}";
        RecordedExchange exchange = new RecordedExchange(
                principal,
                Map.of(
                        "MCP-Protocol-Version", List.of("2026-07-28"),
                        "Mcp-Method", List.of(method),
                        "Mcp-Name", List.of(name)));
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        mesh.mcp().handle(bytes, 0, bytes.length, exchange);
        return exchange.await();
    }

    private JsonNode call(String tool, String arguments, String more, String capabilities) throws Exception {
        return send("tools/call", tool, "\"name\":\"" + tool + "\",\"arguments\":" + arguments + more, capabilities)
                .body();
    }

    private String begin(String tool, String arguments) throws Exception {
        JsonNode made = call(tool, arguments, "", TASKS).path("result");
        assertThat(made.path("resultType").asString()).as("%s", made).isEqualTo("task");
        return made.path("taskId").asString();
    }

    private RecordedExchange.Answer ofTask(String method, String id, String more) throws Exception {
        return send(method, id, "\"taskId\":\"" + id + "\"" + more, TASKS);
    }

    private JsonNode get(String id) throws Exception {
        return ofTask("tasks/get", id, "").body().path("result");
    }

    private JsonNode become(String id, String status) {
        AtomicReference<JsonNode> seen = new AtomicReference<>();
        await().untilAsserted(() -> {
            seen.set(get(id));
            assertThat(seen.get().path("status").asString()).isEqualTo(status);
        });
        return seen.get();
    }

    private static void assertError(RecordedExchange.Answer answer, int status, int code) {
        assertThat(answer.body().path("error").path("code").asInt())
                .as("%s", answer)
                .isEqualTo(code);
        assertThat(answer.status()).isEqualTo(status);
    }

    private static String text(JsonNode result) {
        return result.path("content").get(0).path("text").asString();
    }

    private static void assertEmptyAcknowledgement(RecordedExchange.Answer answer) {
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body().path("result").propertyNames()).containsExactly("resultType", "_meta");
        assertThat(answer.body().path("result").path("resultType").asString()).isEqualTo("complete");
    }

    // Negotiation.

    @Test
    void theExtensionIsDeclaredAmongTheExtensionsOnly() throws Exception {
        JsonNode capabilities =
                send("server/discover", "", "", NONE).body().path("result").path("capabilities");

        assertThat(capabilities.path("extensions").path("io.modelcontextprotocol/tasks"))
                .isEqualTo(Json.object());
        assertThat(capabilities.has("tasks")).isFalse();
    }

    @Test
    void aClientThatDoesNotKnowTasksWaitsForTheResult() throws Exception {
        JsonNode result = call("slow_compute", "{\"seconds\":0,\"label\":\"a\"}", "", NONE)
                .path("result");

        assertThat(result.path("resultType").asString()).isEqualTo("complete");
        assertThat(text(result)).isEqualTo("computed a");
        assertThat(result.has("taskId")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {NONE, TASKS})
    void aQuickToolIsNeverATaskWhateverTheParametersWish(String capabilities) throws Exception {
        JsonNode result = call("greet", "{\"name\":\"Ann\"}", ",\"task\":{\"ttl\":60000}", capabilities)
                .path("result");

        assertThat(result.path("resultType").asString()).isEqualTo("complete");
        assertThat(text(result)).isEqualTo("Hello, Ann!");
    }

    @Test
    void aWishForATaskInTheParametersMakesNone() throws Exception {
        JsonNode result = call("slow_compute", "{\"seconds\":0,\"label\":\"a\"}", ",\"task\":{\"ttl\":60000}", NONE)
                .path("result");

        assertThat(result.path("resultType").asString()).isEqualTo("complete");
    }

    @ParameterizedTest
    @ValueSource(strings = {"failing_job", "test_tool_with_task"})
    void aToolThatRequiresTasksIsRefusedToOthers(String tool) throws Exception {
        RecordedExchange.Answer answer = send("tools/call", tool, "\"name\":\"" + tool + "\"", NONE);

        assertError(answer, 400, -32021);
        assertThat(answer.body().path("error").path("data").path("requiredCapabilities"))
                .isEqualTo(Json.parse("{\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tasks/get", "tasks/update", "tasks/cancel"})
    void whoDoesNotDeclareTheExtensionHasNoneOfItsMethods(String method) throws Exception {
        String id = begin("slow_compute", "{\"seconds\":1,\"label\":\"a\"}");

        RecordedExchange.Answer answer =
                send(method, id, "\"taskId\":\"" + id + "\",\"inputResponses\":{}", "{\"elicitation\":{}}");

        assertError(answer, 400, -32021);
        assertThat(answer.body().path("error").path("data").path("requiredCapabilities"))
                .isEqualTo(Json.parse("{\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}"));
        assertThat(get(id).path("status").asString()).isEqualTo("working");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tasks/result", "tasks/list"})
    void methodsOfEarlierRevisionsAreUnknown(String method) throws Exception {
        assertError(send(method, "", "\"taskId\":\"task_x\"", TASKS), 404, -32601);
    }

    // Making one.

    @Test
    void theAnswerThatPromisesATaskIsFlat() throws Exception {
        JsonNode made = call("slow_compute", "{\"seconds\":1,\"label\":\"a\"}", "", TASKS)
                .path("result");

        assertThat(made.propertyNames())
                .containsExactlyInAnyOrder(
                        "resultType",
                        "taskId",
                        "status",
                        "createdAt",
                        "lastUpdatedAt",
                        "ttlMs",
                        "pollIntervalMs",
                        "_meta");
        assertThat(made.path("resultType").asString()).isEqualTo("task");
        assertThat(made.path("status").asString()).isEqualTo("working");
        assertThat(made.path("ttlMs")).isEqualTo(Json.parse("300000"));
        assertThat(made.path("pollIntervalMs")).isEqualTo(Json.parse("250"));
        assertThat(Instant.parse(made.path("createdAt").asString())).isEqualTo(clock.instant());
        assertThat(Instant.parse(made.path("lastUpdatedAt").asString())).isEqualTo(clock.instant());

        JsonNode at = get(made.path("taskId").asString());
        assertThat(at.path("resultType").asString()).isEqualTo("complete");
        assertThat(at.path("taskId")).isEqualTo(made.path("taskId"));
        assertThat(at.has("result") || at.has("error") || at.has("inputRequests") || at.has("requestState"))
                .isFalse();
    }

    @Test
    void whatIsWrongWithTheCallIsSaidAtOnce() throws Exception {
        JsonNode arguments =
                call("slow_compute", "{\"label\":\"a\"}", "", TASKS).path("result");
        RecordedExchange.Answer unknown = send("tools/call", "slow", "\"name\":\"slow\"", TASKS);

        assertThat(arguments.path("resultType").asString()).isEqualTo("complete");
        assertThat(arguments.path("isError").asBoolean()).isTrue();
        assertError(unknown, 200, -32602);
    }

    // How it ends.

    @Test
    void aFinishedTaskHoldsTheResultAndStaysReadable() throws Exception {
        String id = begin("slow_compute", "{\"seconds\":0,\"label\":\"a\"}");

        JsonNode done = become(id, "completed");

        assertThat(done.path("resultType").asString()).isEqualTo("complete");
        assertThat(done.path("result").path("resultType").asString()).isEqualTo("complete");
        assertThat(text(done.path("result"))).isEqualTo("computed a");
        assertThat(done.has("error")).isFalse();
        assertThat(done.toString()).doesNotContain("related-task").doesNotContain("requestState");
        assertThat(get(id)).isEqualTo(done);
    }

    @Test
    void aToolThatSaysItFailedIsCompleted() throws Exception {
        JsonNode done = become(begin("failing_job", "{}"), "completed");

        assertThat(done.path("result").path("isError").asBoolean()).isTrue();
        assertThat(text(done.path("result"))).isEqualTo("it failed");
    }

    @Test
    void anErrorOfTheProtocolIsAFailure() throws Exception {
        JsonNode failed = become(begin("protocol_error_job", "{}"), "failed");

        assertThat(failed.has("result")).isFalse();
        assertThat(failed.path("error").path("code").asInt()).isEqualTo(-32021);
        assertThat(failed.path("error").path("message").asString()).contains("sampling");
        assertThat(failed.path("statusMessage").asString()).isNotBlank();
    }

    @Test
    void aCancelledTaskIsAcknowledgedWithNothingAsOftenAsOneLikes() throws Exception {
        String id = begin("slow_compute", "{\"seconds\":1,\"label\":\"a\"}");

        assertEmptyAcknowledgement(ofTask("tasks/cancel", id, ""));
        JsonNode cancelled = get(id);
        assertThat(cancelled.path("status").asString()).isEqualTo("cancelled");
        assertThat(cancelled.has("result") || cancelled.has("error")).isFalse();

        assertEmptyAcknowledgement(ofTask("tasks/cancel", id, ""));
        assertThat(get(id)).isEqualTo(cancelled);
    }

    // Questions.

    @Test
    void aTaskThatAsksShowsItsQuestionAndGoesOnWhenAnswered() throws Exception {
        String id = begin("confirm_delete", "{\"filename\":\"a.txt\"}");

        JsonNode asking = become(id, "input_required");
        JsonNode question = asking.path("inputRequests").path("sure");
        assertThat(question.path("method").asString()).isEqualTo("elicitation/create");
        assertThat(question.path("params").path("message").asString()).isEqualTo("Delete a.txt?");
        assertThat(question.path("params")
                        .path("requestedSchema")
                        .path("properties")
                        .has("confirm"))
                .isTrue();
        assertThat(asking.has("requestState")).isFalse();
        assertEmptyAcknowledgement(ofTask(
                "tasks/update",
                id,
                ",\"inputResponses\":{\"sure\":{\"action\":\"accept\",\"content\":{\"confirm\":true}}}"));

        JsonNode done = become(id, "completed");
        assertThat(text(done.path("result"))).isEqualTo("deleted a.txt");
        assertThat(done.has("inputRequests")).isFalse();
    }

    @Test
    void answersMayComeOneByOne() throws Exception {
        String id = begin("multi_input", "{}");
        assertThat(become(id, "input_required").path("inputRequests").propertyNames())
                .containsExactly("first", "second");

        assertEmptyAcknowledgement(ofTask(
                "tasks/update",
                id,
                ",\"inputResponses\":{\"second\":{\"action\":\"accept\",\"content\":{\"name\":\"B\"}},"
                        + "\"nobody\":{\"action\":\"cancel\"}}"));
        JsonNode half = get(id);
        assertThat(half.path("status").asString()).isEqualTo("input_required");
        assertThat(half.path("inputRequests").propertyNames()).containsExactly("first");
        assertEmptyAcknowledgement(ofTask(
                "tasks/update",
                id,
                ",\"inputResponses\":{\"first\":{\"action\":\"accept\",\"content\":{\"name\":\"A\"}},"
                        + "\"second\":{\"action\":\"accept\",\"content\":{\"name\":\"C\"}}}"));

        assertThat(text(become(id, "completed").path("result"))).isEqualTo("AB");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "7", "[]", "{\"sure\":7}", "{\"sure\":null}"})
    void answersMustBeObjects(String responses) throws Exception {
        String id = begin("confirm_delete", "{\"filename\":\"a.txt\"}");
        become(id, "input_required");

        assertError(ofTask("tasks/update", id, ",\"inputResponses\":" + responses), 200, -32602);

        assertThat(get(id).path("status").asString()).isEqualTo("input_required");
    }

    @Test
    void whatIsAskedFirstIsAskedBeforeThereIsATask() throws Exception {
        JsonNode first = call("test_tool_with_task", "{}", "", TASKS).path("result");
        assertThat(first.path("resultType").asString()).isEqualTo("input_required");
        assertThat(first.path("inputRequests").propertyNames()).containsExactly("user_name");
        assertThat(first.has("taskId")).isFalse();

        JsonNode second = call(
                        "test_tool_with_task",
                        "{}",
                        ",\"inputResponses\":{\"user_name\":{\"action\":\"accept\",\"content\":{\"name\":\"Ann\"}}},"
                                + "\"requestState\":" + first.path("requestState"),
                        TASKS)
                .path("result");

        assertThat(second.path("resultType").asString()).as("%s", second).isEqualTo("task");
        assertThat(second.has("requestState") || second.has("inputRequests")).isFalse();
        JsonNode done = become(second.path("taskId").asString(), "completed");
        assertThat(text(done.path("result"))).isEqualTo("Hello, Ann!");
    }

    @ParameterizedTest
    @CsvSource({"true,task", "false,complete"})
    void aConfirmationComesBeforeTheTaskAndANoMakesNone(boolean yes, String resultType) throws Exception {
        JsonNode first = call("prune", "{}", "", TASKS).path("result");
        assertThat(first.path("resultType").asString()).isEqualTo("input_required");

        JsonNode second = call(
                        "prune",
                        "{}",
                        ",\"inputResponses\":{\"confirm\":{\"action\":\"accept\",\"content\":{\"confirm\":" + yes
                                + "}}},\"requestState\":" + first.path("requestState"),
                        TASKS)
                .path("result");

        assertThat(second.path("resultType").asString()).isEqualTo(resultType);
        if (yes) {
            JsonNode done = become(second.path("taskId").asString(), "completed");
            assertThat(text(done.path("result"))).isEqualTo("pruned");
        } else {
            assertThat(text(second)).isEqualTo("The user did not confirm; nothing was done.");
        }
    }

    // Listening.

    /** Listens to these tasks, until the mesh closes. */
    private RecordedExchange listen(String id, Principal principal) {
        String body =
                "{\"jsonrpc\":\"2.0\",\"id\":\"l\",\"method\":\"subscriptions/listen\",\"params\":{\"notifications\":"
                        + "{\"taskIds\":[\"" + id
                        + "\"]},\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                        + "\"io.modelcontextprotocol/clientCapabilities\":" + TASKS + "}}}";
        RecordedExchange exchange = new RecordedExchange(
                principal,
                Map.of(
                        "MCP-Protocol-Version", List.of("2026-07-28"),
                        "Mcp-Method", List.of("subscriptions/listen")));
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        mesh.mcp().handle(bytes, 0, bytes.length, exchange);
        return exchange;
    }

    @Test
    void whoeverMayReadATaskCanListenToIt() throws Exception {
        String id = begin("confirm_delete", "{\"filename\":\"a.txt\"}");
        become(id, "input_required");
        RecordedExchange mine = listen(id, Principal.anonymous());
        RecordedExchange foreign = listen(id, Principal.of(Principal.anonymous().tenant(), "other", "tools"));
        RecordedExchange elsewhere = listen(id, Principal.administrator(new Tenant("globex"), "root"));

        ofTask(
                "tasks/update",
                id,
                ",\"inputResponses\":{\"sure\":{\"action\":\"accept\",\"content\":{\"confirm\":true}}}");
        become(id, "completed");

        await().untilAsserted(() -> assertThat(mine.pushed)
                .anySatisfy(message -> assertThat(
                                message.path("params").path("status").asString())
                        .isEqualTo("completed")));
        JsonNode last = mine.pushed.get(mine.pushed.size() - 1);
        assertThat(last.path("method").asString()).isEqualTo("notifications/tasks");
        assertThat(last.path("params").path("taskId").asString()).isEqualTo(id);
        assertThat(text(last.path("params").path("result"))).isEqualTo("deleted a.txt");
        assertThat(foreign.pushed).hasSize(1);
        assertThat(elsewhere.pushed).hasSize(1);
    }

    // Who asks for what.

    @ParameterizedTest
    @ValueSource(strings = {"tasks/get", "tasks/update", "tasks/cancel"})
    void aTaskThatIsUnknownForeignOrExpiredIsInvalid(String method) throws Exception {
        String id = begin("slow_compute", "{\"seconds\":1,\"label\":\"a\"}");
        Principal other = Principal.of(Principal.anonymous().tenant(), "other", "tools");
        String params = "\"taskId\":\"" + id + "\",\"inputResponses\":{}";

        assertError(send(method, "task_x", "\"taskId\":\"task_x\",\"inputResponses\":{}", TASKS), 200, -32602);
        assertError(send(method, id, params, TASKS, other), 200, -32602);
        clock.advance(Duration.ofMinutes(5));

        assertError(send(method, id, params, TASKS), 200, -32602);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tasks/get", "tasks/update", "tasks/cancel"})
    void theHeaderNamesTheTask(String method) throws Exception {
        String id = begin("slow_compute", "{\"seconds\":1,\"label\":\"a\"}");

        assertError(send(method, "task_other", "\"taskId\":\"" + id + "\"", TASKS), 400, -32020);
        assertError(send(method, id, "\"taskId\":7", TASKS), 200, -32602);
        assertThat(get(id).path("status").asString()).isEqualTo("working");
    }
}
