package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.Call;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.json.Json;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.question.Answers;
import dev.devmesh.question.Question;
import dev.devmesh.question.Sampling;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class QuestionRoundsTest {

    private static final String SECRET = "a secret that both nodes know, long enough";

    record Name(String name) {}

    record Color(String color) {}

    record Branches(List<String> branches) {}

    private final SettableClock clock = new SettableClock(Instant.parse("2026-11-22T12:00:00Z"));
    private final ConcurrentLinkedQueue<MeshEvent> events = new ConcurrentLinkedQueue<>();
    private final List<DevMesh> meshes = new ArrayList<>();

    private DevMesh mesh(Tool... tools) {
        return mesh(DevMesh.builder(), tools);
    }

    private DevMesh mesh(DevMeshBuilder builder, Tool... tools) {
        List.of(tools).forEach(builder::tool);
        DevMesh mesh =
                builder.clock(clock).listener(events::add).sessionSecret(SECRET).build();
        mesh.start();
        meshes.add(mesh);
        return mesh;
    }

    @AfterEach
    void close() {
        meshes.forEach(DevMesh::close);
    }

    private static Tool tool(String name, ToolHandler<ObjectNode, Object> handler) {
        return Tool.named(name).inputSchema("{\"type\":\"object\"}").handle(handler);
    }

    private static Object threeQuestions(Call call) {
        Name first = call.elicit("first", "First name?", Name.class).orElseThrow();
        Name last = call.elicit("last", "Last name?", Name.class).orElseThrow();
        Color color = call.elicit("color", "Which color?", Color.class).orElseThrow();
        return first.name() + " " + last.name() + " likes " + color.color();
    }

    // One round trip.

    private record Reply(JsonNode message) {

        JsonNode result() {
            return message.path("result");
        }

        boolean asks() {
            return result().path("resultType").asString("").equals("input_required");
        }

        String state() {
            return result().path("requestState").asString();
        }

        List<String> keys() {
            return List.copyOf(result().path("inputRequests").propertyNames());
        }

        String text() {
            return result().path("content").path(0).path("text").asString();
        }

        int error() {
            return message.path("error").path("code").asInt();
        }
    }

    private static ObjectNode accept(Map<String, ?> content) {
        ObjectNode response = Json.object().put("action", "accept");
        response.set("content", Json.tree(content));
        return response;
    }

    private Reply call(DevMesh mesh, String tool) {
        return call(mesh, tool, Map.of(), null, Principal.anonymous(), Map.of());
    }

    private Reply call(DevMesh mesh, String tool, Map<String, ?> responses, @Nullable String state) {
        return call(mesh, tool, responses, state, Principal.anonymous(), Map.of());
    }

    private Reply call(
            DevMesh mesh,
            String tool,
            Map<String, ?> responses,
            @Nullable String state,
            Principal principal,
            Map<String, ?> arguments) {
        ObjectNode params = Json.object().put("name", tool);
        params.set("arguments", Json.tree(arguments));
        if (!responses.isEmpty()) {
            params.set("inputResponses", Json.tree(responses));
        }
        if (state != null) {
            params.put("requestState", state);
        }
        return send(mesh, params, principal, "{\"elicitation\":{},\"sampling\":{},\"roots\":{}}");
    }

    private static Reply send(DevMesh mesh, ObjectNode params, Principal principal, String capabilities) {
        ObjectNode message = Json.object().put("jsonrpc", "2.0").put("id", 1).put("method", "tools/call");
        ObjectNode meta = params.putObject("_meta");
        meta.put("io.modelcontextprotocol/protocolVersion", "2026-07-28");
        meta.set("io.modelcontextprotocol/clientCapabilities", Json.parse(capabilities));
        message.set("params", params);
        RecordedExchange exchange = new RecordedExchange(principal, null);
        byte[] body = message.toString().getBytes(StandardCharsets.UTF_8);
        mesh.mcp().handle(body, 0, body.length, exchange);
        try {
            return new Reply(exchange.await().body());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    // What works.

    @Test
    void aQuestionIsAnsweredByCallingAgain() {
        DevMesh mesh = mesh(tool(
                "greet",
                (call, in) -> "Hello, "
                        + call.elicit("who", "What is your name?", Name.class)
                                .orElseThrow()
                                .name() + "!"));

        Reply first = call(mesh, "greet");
        Reply second = call(mesh, "greet", Map.of("who", accept(Map.of("name", "Ada"))), first.state());

        assertThat(first.asks()).isTrue();
        assertThat(first.result().path("inputRequests").path("who"))
                .isEqualTo(Json.parse("{\"method\":\"elicitation/create\",\"params\":{\"mode\":\"form\","
                        + "\"message\":\"What is your name?\",\"requestedSchema\":{\"type\":\"object\","
                        + "\"properties\":{\"name\":{\"type\":\"string\"}},\"required\":[\"name\"]}}}"));
        assertThat(second.text()).isEqualTo("Hello, Ada!");
    }

    @Test
    void threeQuestionsInARowTakeThreeRoundsOnOneChargeAndOneEvent() {
        DevMesh mesh = mesh(
                DevMesh.builder().rateLimits(RateLimits.of(new RateLimitPolicy("default", 1, 1), Map.of())),
                tool("three", (call, in) -> threeQuestions(call)));

        Reply first = call(mesh, "three");
        Reply second = call(mesh, "three", Map.of("first", accept(Map.of("name", "Ada"))), first.state());
        Reply third = call(mesh, "three", Map.of("last", accept(Map.of("name", "Lovelace"))), second.state());
        Reply done = call(mesh, "three", Map.of("color", accept(Map.of("color", "blue"))), third.state());

        assertThat(first.keys()).containsExactly("first");
        assertThat(second.keys()).containsExactly("last");
        assertThat(third.keys()).containsExactly("color");
        assertThat(List.of(first.state(), second.state(), third.state())).doesNotHaveDuplicates();
        assertThat(done.text()).isEqualTo("Ada Lovelace likes blue");
        assertThat(events).filteredOn(MeshEvent.CallEnded.class::isInstance).hasSize(1);
        assertThat(call(mesh, "three").error()).as("the next call is charged").isEqualTo(429);
    }

    @Test
    void severalQuestionsOfOneRoundAreAskedTogetherUntilAllAreAnswered() {
        DevMesh mesh = mesh(tool("many", (call, in) -> {
            Answers answers = call.ask(
                    Question.form("who", "Who?", Name.class),
                    Question.sample("idea", Sampling.of("An idea?", 50)),
                    Question.roots("folders"));
            return answers.form("who", Name.class).orElseThrow().name()
                    + "/" + answers.sampled("idea").text()
                    + "/" + answers.roots("folders").get(0).uri();
        }));
        JsonNode idea =
                Json.parse("{\"role\":\"assistant\",\"model\":\"m\",\"content\":{\"type\":\"text\",\"text\":\"tea\"}}");
        JsonNode folders = Json.parse("{\"roots\":[{\"uri\":\"file:///home\"}]}");

        Reply first = call(mesh, "many");
        Reply second = call(mesh, "many", Map.of("who", accept(Map.of("name", "Ada"))), first.state());
        Reply third = call(mesh, "many", Map.of("idea", idea, "folders", folders), second.state());

        assertThat(first.keys()).containsExactlyInAnyOrder("who", "idea", "folders");
        assertThat(second.keys()).containsExactlyInAnyOrder("idea", "folders");
        assertThat(third.text()).isEqualTo("Ada/tea/file:///home");
    }

    @Test
    void answersMayComeUnaskedInTheFirstRound() {
        DevMesh mesh = mesh(tool(
                "greet",
                (call, in) -> "Hello, "
                        + call.elicit("who", "Who?", Name.class).orElseThrow().name() + "!"));

        assertThat(call(mesh, "greet", Map.of("who", accept(Map.of("name", "Ada"))), null)
                        .text())
                .isEqualTo("Hello, Ada!");
    }

    @Test
    void aQuestionAskedByOneNodeIsAnsweredOnAnother() {
        Tool[] same = {tool("three", (call, in) -> threeQuestions(call))};
        DevMesh a = mesh(same);
        DevMesh b = mesh(same);

        Reply first = call(a, "three");
        Reply second = call(b, "three", Map.of("first", accept(Map.of("name", "Ada"))), first.state());
        Reply third = call(a, "three", Map.of("last", accept(Map.of("name", "L"))), second.state());

        assertThat(call(b, "three", Map.of("color", accept(Map.of("color", "red"))), third.state())
                        .text())
                .isEqualTo("Ada L likes red");
    }

    @Test
    void aHandlerThatCatchesExceptionsBroadlyIsUnwoundAllTheSame() {
        AtomicInteger caught = new AtomicInteger();
        DevMesh mesh = mesh(tool("broad", (call, in) -> {
            try {
                return threeQuestions(call);
            } catch (Exception e) {
                caught.incrementAndGet();
                return "swallowed";
            }
        }));

        assertThat(call(mesh, "broad").asks()).isTrue();
        assertThat(caught).hasValue(0);
    }

    @Test
    void aHandlerThatThrowsBetweenItsQuestionsFailsLikeAnyOther() {
        DevMesh mesh = mesh(tool("throws", (call, in) -> {
            call.elicit("who", "Who?", Name.class).orElseThrow();
            throw new IllegalStateException("between two questions");
        }));

        Reply first = call(mesh, "throws");
        Reply second = call(mesh, "throws", Map.of("who", accept(Map.of("name", "Ada"))), first.state());

        assertThat(second.result().path("isError").asBoolean()).isTrue();
        assertThat(second.text()).contains("failed").doesNotContain("between two questions");
    }

    @Test
    void aDeclinedQuestionEndsTheCallGracefully() {
        DevMesh mesh = mesh(tool(
                "greet",
                (call, in) ->
                        call.elicit("who", "Who?", Name.class).orElseThrow().name()));

        Reply first = call(mesh, "greet");
        Reply second = call(mesh, "greet", Map.of("who", Map.of("action", "decline")), first.state());

        assertThat(second.result().path("isError").asBoolean()).isTrue();
        assertThat(second.text()).isEqualTo("The user declined to answer.");
    }

    @Test
    void missingUnknownAndUnfitAnswersAreAskedForAgain() {
        DevMesh mesh = mesh(tool(
                "greet",
                (call, in) ->
                        call.elicit("who", "Who?", Name.class).orElseThrow().name()));
        Reply first = call(mesh, "greet");

        assertThat(call(mesh, "greet", Map.of(), first.state()).keys()).containsExactly("who");
        assertThat(call(mesh, "greet", Map.of("whom", accept(Map.of("name", "Ada"))), first.state())
                        .keys())
                .containsExactly("who");
        assertThat(call(mesh, "greet", Map.of("who", accept(Map.of("name", 7))), first.state())
                        .keys())
                .containsExactly("who");
        assertThat(call(mesh, "greet", Map.of("who", Map.of("action", "shrug")), first.state())
                        .keys())
                .containsExactly("who");
        assertThat(call(
                                mesh,
                                "greet",
                                Map.of("who", accept(Map.of("name", "Ada")), "extra", accept(Map.of())),
                                first.state())
                        .text())
                .isEqualTo("Ada");
    }

    @Test
    void malformedAnswersAreRefused() {
        DevMesh mesh = mesh(tool(
                "greet",
                (call, in) ->
                        call.elicit("who", "Who?", Name.class).orElseThrow().name()));

        assertThat(call(mesh, "greet", Map.of("who", 12345), null).error()).isEqualTo(-32602);
        ObjectNode params = Json.object().put("name", "greet");
        params.putNull("inputResponses");
        assertThat(send(mesh, params, Principal.anonymous(), "{\"elicitation\":{}}")
                        .error())
                .isEqualTo(-32602);
    }

    @Test
    void aClientThatCannotBeAskedIsToldWhatIsMissing() {
        DevMesh mesh = mesh(tool(
                "greet",
                (call, in) ->
                        call.elicit("who", "Who?", Name.class).orElseThrow().name()));

        Reply reply = send(mesh, Json.object().put("name", "greet"), Principal.anonymous(), "{\"sampling\":{}}");

        assertThat(reply.error()).isEqualTo(-32021);
        assertThat(reply.message().path("error").path("data").path("requiredCapabilities"))
                .isEqualTo(Json.parse("{\"elicitation\":{}}"));
    }

    // What is not accepted.

    @Test
    void anAlteredStateIsRefused() {
        DevMesh mesh = mesh(tool("three", (call, in) -> threeQuestions(call)));
        String state = call(mesh, "three").state();
        Map<String, ?> answer = Map.of("first", accept(Map.of("name", "Ada")));

        assertThat(call(mesh, "three", answer, state + "A").error()).isEqualTo(-32602);
        assertThat(call(mesh, "three", answer, "").error()).isEqualTo(-32602);
        assertThat(call(mesh, "three", answer, "x".repeat(100_000)).error()).isEqualTo(-32602);
        for (int i = 0; i < state.length(); i += 7) {
            char other = state.charAt(i) == 'A' ? 'B' : 'A';
            String altered = state.substring(0, i) + other + state.substring(i + 1);
            assertThat(call(mesh, "three", answer, altered).error())
                    .as("changed at %d", i)
                    .isEqualTo(-32602);
        }
    }

    @Test
    void anExpiredStateIsRefused() {
        DevMesh mesh = mesh(tool("three", (call, in) -> threeQuestions(call)));
        String state = call(mesh, "three").state();
        Map<String, ?> answer = Map.of("first", accept(Map.of("name", "Ada")));

        clock.advance(Duration.ofMinutes(9));
        assertThat(call(mesh, "three", answer, state).asks()).isTrue();
        clock.advance(Duration.ofMinutes(2));
        assertThat(call(mesh, "three", answer, state).error()).isEqualTo(-32602);
    }

    @Test
    void aStateOfSomebodyElseOrOfAnotherCallIsRefused() {
        DevMesh mesh = mesh(
                tool("three", (call, in) -> threeQuestions(call)), tool("other", (call, in) -> threeQuestions(call)));
        String state = call(mesh, "three").state();
        Map<String, ?> answer = Map.of("first", accept(Map.of("name", "Ada")));
        Principal other = Principal.of(Tenant.single(), "other", "tools");
        Principal foreign = Principal.of(new Tenant("acme"), "anonymous", "tools");

        assertThat(call(mesh, "three", answer, state, other, Map.of()).error()).isEqualTo(-32602);
        assertThat(call(mesh, "three", answer, state, foreign, Map.of()).error())
                .isEqualTo(-32602);
        assertThat(call(mesh, "other", answer, state).error()).isEqualTo(-32602);
        assertThat(call(mesh, "three", answer, state, Principal.anonymous(), Map.of("x", 1))
                        .error())
                .isEqualTo(-32602);
    }

    @Test
    void aStateDoesNotOutliveAChangeOfTheTool() {
        DevMesh mesh = mesh(tool("three", (call, in) -> threeQuestions(call)));
        String state = call(mesh, "three").state();

        mesh.tools().unregister("three");
        mesh.tools()
                .register(
                        Tool.named("three").describedAs("Now another one").handle(QuestionRoundsTest::threeQuestions));

        assertThat(call(mesh, "three", Map.of("first", accept(Map.of("name", "Ada"))), state)
                        .error())
                .isEqualTo(-32602);
    }

    @Test
    void statesOfAnotherSecretAreRefused() {
        DevMesh mesh = mesh(tool("three", (call, in) -> threeQuestions(call)));
        DevMesh stranger = DevMesh.builder()
                .tool(tool("three", (call, in) -> threeQuestions(call)))
                .build();
        stranger.start();
        meshes.add(stranger);

        assertThat(call(
                                mesh,
                                "three",
                                Map.of("first", accept(Map.of("name", "Ada"))),
                                call(stranger, "three").state())
                        .error())
                .isEqualTo(-32602);
    }

    @Test
    void aReorderedRoundCannotMoveAnAnswerToAnotherQuestion() {
        AtomicReference<String> message = new AtomicReference<>("Delete the test database?");
        DevMesh mesh = mesh(tool("drop", (call, in) -> {
            call.elicit("go", message.get(), Name.class).orElseThrow();
            return call.elicit("why", "Why?", Name.class).orElseThrow().name();
        }));
        Reply first = call(mesh, "drop");
        Reply second = call(mesh, "drop", Map.of("go", accept(Map.of("name", "yes"))), first.state());

        message.set("Delete the production database?");

        assertThat(call(mesh, "drop", Map.of("go", accept(Map.of("name", "yes"))), first.state())
                        .error())
                .as("the question asked is not the one that is asked now")
                .isEqualTo(-32602);
        assertThat(call(mesh, "drop", Map.of("why", accept(Map.of("name", "x"))), second.state())
                        .error())
                .as("the answer of the earlier round was to another question")
                .isEqualTo(-32602);
    }

    @Test
    void aMismatchIsAnErrorEvenIfTheHandlerHidesIt() {
        AtomicReference<String> message = new AtomicReference<>("A?");
        DevMesh mesh = mesh(tool("hides", (call, in) -> {
            try {
                return call.elicit("q", message.get(), Name.class).orElseThrow().name();
            } catch (RuntimeException e) {
                return "hidden";
            }
        }));
        Reply first = call(mesh, "hides");

        message.set("B?");

        assertThat(call(mesh, "hides", Map.of("q", accept(Map.of("name", "x"))), first.state())
                        .error())
                .isEqualTo(-32602);
    }

    @Test
    void moreAnswersThanAStateCanCarryAreRefused() {
        DevMesh mesh = mesh(tool("three", (call, in) -> threeQuestions(call)));
        Reply first = call(mesh, "three");

        Reply second = call(mesh, "three", Map.of("first", accept(Map.of("name", "x".repeat(40_000)))), first.state());

        assertThat(second.error()).isEqualTo(-32602);
        assertThat(second.message().path("error").path("message").asString()).contains("32768");
    }

    // Confirmation.

    private static Tool prune(AtomicInteger runs) {
        return Tool.named("prune")
                .input(Branches.class)
                .destructive()
                .confirm(in -> "Delete " + in.branches().size() + " branches?")
                .handle((call, in) -> "deleted " + in.branches() + " in run " + runs.incrementAndGet());
    }

    @Test
    void aConfirmationComesBeforeTheHandlerRuns() {
        AtomicInteger runs = new AtomicInteger();
        DevMesh mesh = mesh(prune(runs));
        Map<String, ?> arguments = Map.of("branches", List.of("a", "b"));

        Reply first = call(mesh, "prune", Map.of(), null, Principal.anonymous(), arguments);
        assertThat(runs).hasValue(0);
        assertThat(first.result()
                        .path("inputRequests")
                        .path("confirm")
                        .path("params")
                        .path("message")
                        .asString())
                .isEqualTo("Delete 2 branches?");
        Reply no = call(
                mesh,
                "prune",
                Map.of("confirm", accept(Map.of("confirm", false))),
                first.state(),
                Principal.anonymous(),
                arguments);
        assertThat(no.result().path("isError").asBoolean()).isTrue();
        assertThat(runs).hasValue(0);
        Reply yes = call(
                mesh,
                "prune",
                Map.of("confirm", accept(Map.of("confirm", true))),
                first.state(),
                Principal.anonymous(),
                arguments);

        assertThat(yes.text()).isEqualTo("deleted [a, b] in run 1");
    }

    @Test
    void aConfirmationGivenUnaskedDoesNotCount() {
        AtomicInteger runs = new AtomicInteger();
        DevMesh mesh = mesh(prune(runs));

        Reply reply = call(
                mesh,
                "prune",
                Map.of("confirm", accept(Map.of("confirm", true))),
                null,
                Principal.anonymous(),
                Map.of("branches", List.of("main")));

        assertThat(reply.asks()).isTrue();
        assertThat(runs).hasValue(0);
    }

    @Test
    void aConfirmationOfOneCallDoesNotConfirmAnother() {
        AtomicInteger runs = new AtomicInteger();
        DevMesh mesh = mesh(prune(runs));
        Reply harmless =
                call(mesh, "prune", Map.of(), null, Principal.anonymous(), Map.of("branches", List.of("scratch")));

        Reply reply = call(
                mesh,
                "prune",
                Map.of("confirm", accept(Map.of("confirm", true))),
                harmless.state(),
                Principal.anonymous(),
                Map.of("branches", List.of("main")));

        assertThat(reply.error()).isEqualTo(-32602);
        assertThat(runs).hasValue(0);
    }
}
