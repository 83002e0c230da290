package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.CallPolicy;
import dev.devmesh.completion.Completer;
import dev.devmesh.content.Annotations;
import dev.devmesh.content.Content;
import dev.devmesh.content.Icon;
import dev.devmesh.content.Message;
import dev.devmesh.content.ResourceContents;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.json.Json;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.prompt.Prompt;
import dev.devmesh.prompt.PromptResult;
import dev.devmesh.resource.Resource;
import dev.devmesh.resource.ResourceNotFoundException;
import dev.devmesh.resource.ResourceTemplate;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Resources, prompts and completion as clients see them. */
class CatalogTest {

    record Reason(String reason) {}

    private final List<MeshEvent.CallEnded> calls = new CopyOnWriteArrayList<>();
    private final CountDownLatch blocked = new CountDownLatch(1);
    private final AtomicBoolean interrupted = new AtomicBoolean();
    private DevMesh mesh;

    private DevMesh mesh() {
        return mesh(DevMesh.builder());
    }

    private DevMesh mesh(DevMeshBuilder builder) {
        builder.name("test").version("1.0").listener(event -> {
            if (event instanceof MeshEvent.CallEnded ended) {
                calls.add(ended);
            }
        });
        resources(builder);
        prompts(builder);
        mesh = builder.build();
        mesh.start();
        return mesh;
    }

    private void resources(DevMeshBuilder builder) {
        builder.resource(Resource.text("farm://motd", "text/plain", () -> "Be kind."))
                .resource(Resource.at("farm://logo")
                        .named("logo")
                        .title("Logo")
                        .describedAs("The farm's logo")
                        .mimeType("image/png")
                        .size(3)
                        .annotations(new Annotations(Set.of("user"), OptionalDouble.of(0.5), Optional.empty()))
                        .icon(Icon.of("https://example.com/logo.png"))
                        .meta("com.example/colour", "red")
                        .cacheFor(Duration.ofMinutes(5))
                        .nonBlocking()
                        .read(call -> new byte[] {1, 2, 3}))
                .resource(Resource.at("farm://both")
                        .read(call -> List.of(
                                new ResourceContents.Text("farm://both/a", "text/plain", "a"),
                                new ResourceContents.Blob("farm://both/b", "image/png", new byte[] {7}))))
                .resource(
                        Resource.at("farm://secret").permission("secrets:read").read(call -> "hush"))
                .resource(Resource.at("farm://asks")
                        .cacheFor(Duration.ofHours(1))
                        .read(call -> "because "
                                + call.elicit("why", "Why do you want to read it?", Reason.class)
                                        .orElseThrow()
                                        .reason()))
                .resource(Resource.at("farm://broken").read(call -> {
                    throw new IllegalStateException("password is 1234");
                }))
                .resource(Resource.at("farm://wrong").read(call -> 42))
                .resource(Resource.at("farm://large").read(call -> "x".repeat(2 << 20)))
                .resource(Resource.at("farm://slow")
                        .timeout(Duration.ofMillis(50))
                        .read(call -> waitUntilTold(false)))
                .resource(Resource.at("farm://waits").concurrency(1).read(call -> waitUntilTold(true)))
                .resourceTemplate(
                        "farm://build/{id}",
                        (call, vars) -> vars.get("id").equals("99") ? null : "log of " + vars.get("id"))
                .resourceTemplate(ResourceTemplate.at("farm://repo/{owner}/{name}")
                        .named("repo")
                        .completes("owner", Completer.of("anna", "Anton", "berta"))
                        .completes(
                                "name",
                                (typed, context) -> context.arguments().containsKey("owner")
                                        ? List.of(context.arguments().get("owner") + "-farm")
                                        : List.of())
                        .read((call, vars) -> {
                            throw new ResourceNotFoundException("farm://repo");
                        }));
    }

    private String waitUntilTold(boolean noteInterrupt) throws InterruptedException {
        try {
            blocked.await();
        } catch (InterruptedException e) {
            interrupted.set(noteInterrupt);
            throw e;
        }
        return "waited";
    }

    private void prompts(DevMeshBuilder builder) {
        builder.prompt(Prompt.named("triage")
                        .title("Triage")
                        .describedAs("Why did this fail?")
                        .argument("log", "What the build said")
                        .optionalArgument("tone")
                        .icon(Icon.of("https://example.com/t.png"))
                        .meta("com.example/team", "build")
                        .completes(
                                "tone",
                                (typed, context) -> IntStream.range(0, 250)
                                        .mapToObj(i -> typed + i)
                                        .toList())
                        .handle((call, args) ->
                                Message.user("Why did this fail?\n" + args.get("log") + args.getOrDefault("tone", ""))))
                .prompt(Prompt.named("plain")
                        .handle((call, args) -> "Hello " + call.principal().subject()))
                .prompt(Prompt.named("dialogue")
                        .handle((call, args) -> List.of(
                                Message.user(Content.embedded("farm://motd", "text/plain", "Be kind.")),
                                Message.assistant("I will."))))
                .prompt(Prompt.named("whole")
                        .handle((call, args) -> new PromptResult(
                                List.of(Message.user("hi")),
                                "for today",
                                Json.object().put("com.example/n", 1))))
                .prompt(Prompt.named("asks")
                        .handle((call, args) -> "Context: "
                                + call.elicit("why", "What context?", Reason.class)
                                        .orElseThrow()
                                        .reason()))
                .prompt(Prompt.named("broken").handle((call, args) -> {
                    throw new IllegalStateException("password is 1234");
                }));
    }

    @AfterEach
    void close() {
        blocked.countDown();
        if (mesh != null) {
            mesh.close();
        }
    }

    // Sending.

    private RecordedExchange begin(Principal principal, String method, ObjectNode params, String... headers) {
        ObjectNode request = Json.object().put("jsonrpc", "2.0").put("id", 7).put("method", method);
        ObjectNode sent = params.deepCopy();
        ObjectNode meta = sent.putObject("_meta");
        meta.put("io.modelcontextprotocol/protocolVersion", "2026-07-28");
        meta.putObject("io.modelcontextprotocol/clientCapabilities").putObject("elicitation");
        request.set("params", sent);
        Map<String, List<String>> all = new HashMap<>();
        all.put("MCP-Protocol-Version", List.of("2026-07-28"));
        all.put("Mcp-Method", List.of(method));
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], List.of(headers[i + 1]));
        }
        RecordedExchange exchange = new RecordedExchange(principal, all);
        byte[] bytes = request.toString().getBytes(StandardCharsets.UTF_8);
        mesh.mcp().handle(bytes, 0, bytes.length, exchange);
        return exchange;
    }

    private JsonNode send(Principal principal, String method, ObjectNode params, String... headers) throws Exception {
        return begin(principal, method, params, headers).await().body();
    }

    private JsonNode list(String method) throws Exception {
        return send(Principal.anonymous(), method, Json.object()).path("result");
    }

    private JsonNode read(Principal principal, String uri) throws Exception {
        return send(principal, "resources/read", Json.object().put("uri", uri), "Mcp-Name", uri);
    }

    private JsonNode read(String uri) throws Exception {
        return read(Principal.anonymous(), uri);
    }

    private JsonNode get(String prompt, Map<String, String> arguments) throws Exception {
        ObjectNode params = Json.object().put("name", prompt);
        params.set("arguments", Json.tree(arguments));
        return send(Principal.anonymous(), "prompts/get", params, "Mcp-Name", prompt);
    }

    private JsonNode complete(String ref, String argument, String typed, Map<String, String> known) throws Exception {
        ObjectNode params = Json.object();
        params.set("ref", Json.parse(ref));
        params.putObject("argument").put("name", argument).put("value", typed);
        params.putObject("context").set("arguments", Json.tree(known));
        return send(Principal.anonymous(), "completion/complete", params);
    }

    private static void assertError(JsonNode answer, int code, String name) {
        assertThat(answer.path("error").path("code").asInt()).as("%s", answer).isEqualTo(code);
        assertThat(answer.path("error").path("data").path("code").asString()).isEqualTo(name);
    }

    private static List<String> names(JsonNode items, String member) {
        List<String> names = new ArrayList<>();
        items.forEach(item -> names.add(item.path(member).asString()));
        return names;
    }

    // Resources.

    @Test
    void resourcesAreListedWithAllThatIsKnownOfThem() throws Exception {
        mesh();

        JsonNode result = list("resources/list");

        assertThat(names(result.path("resources"), "uri")).startsWith("farm://motd", "farm://logo", "farm://both");
        assertThat(result.path("resources").get(0))
                .isEqualTo(
                        Json.parse("{\"uri\":\"farm://motd\",\"name\":\"farm://motd\",\"mimeType\":\"text/plain\"}"));
        assertThat(result.path("resources").get(1)).isEqualTo(Json.parse("""
                {"uri":"farm://logo","name":"logo","title":"Logo","description":"The farm's logo","mimeType":"image/png",
                 "size":3,"annotations":{"audience":["user"],"priority":0.5},
                 "icons":[{"src":"https://example.com/logo.png"}],"_meta":{"com.example/colour":"red"}}"""));
        assertThat(result.path("ttlMs").isIntegralNumber()).isTrue();
        assertThat(result.path("cacheScope").asString()).isEqualTo("public");
        JsonNode templates = list("resources/templates/list").path("resourceTemplates");
        assertThat(names(templates, "uriTemplate")).containsExactly("farm://build/{id}", "farm://repo/{owner}/{name}");
        assertThat(names(templates, "name")).containsExactly("farm://build/{id}", "repo");
    }

    @Test
    void aListShowsOnlyWhatTheCallerMayReadAndUse() throws Exception {
        mesh();
        Principal keeper = Principal.of(Tenant.single(), "keeper", "secrets:read", "prompts:get:plain");

        assertThat(names(
                        send(keeper, "resources/list", Json.object())
                                .path("result")
                                .path("resources"),
                        "uri"))
                .containsExactly("farm://secret");
        assertThat(send(keeper, "resources/templates/list", Json.object())
                        .path("result")
                        .path("resourceTemplates"))
                .isEmpty();
        assertThat(names(
                        send(keeper, "prompts/list", Json.object())
                                .path("result")
                                .path("prompts"),
                        "name"))
                .containsExactly("plain");
        assertThat(read(keeper, "farm://secret").has("result")).isTrue();
        assertError(read(keeper, "farm://motd"), 403, "PERMISSION_DENIED");
        assertError(read("farm://secret"), 403, "PERMISSION_DENIED");
        assertThat(names(list("resources/list").path("resources"), "uri")).doesNotContain("farm://secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"resources/list", "resources/templates/list", "prompts/list"})
    void everyListComesInPages(String method) throws Exception {
        mesh(DevMesh.builder().limits(Limits.defaults().withPageSize(1)));
        Principal all = Principal.administrator(Tenant.single(), "root");
        String member = method.equals("resources/templates/list")
                ? "resourceTemplates"
                : method.substring(0, method.indexOf('/'));
        List<JsonNode> seen = new ArrayList<>();

        JsonNode page = send(all, method, Json.object()).path("result");
        page.path(member).forEach(seen::add);
        while (page.has("nextCursor")) {
            page = send(
                            all,
                            method,
                            Json.object().put("cursor", page.path("nextCursor").asString()))
                    .path("result");
            assertThat(page.path(member)).hasSize(1);
            page.path(member).forEach(seen::add);
        }

        int count = method.equals("prompts/list")
                ? mesh.prompts().all().size()
                : method.equals("resources/list")
                        ? mesh.resources().all().size()
                        : mesh.resources().templates().size();
        assertThat(seen).hasSize(count).doesNotHaveDuplicates();
        assertThat(send(all, method, Json.object().put("cursor", "nonsense"))
                        .path("error")
                        .path("code")
                        .asInt())
                .isEqualTo(-32602);
    }

    @Test
    void textBytesAndSeveralContentsAreRead() throws Exception {
        mesh();

        JsonNode text = read("farm://motd").path("result");
        assertThat(text.path("contents"))
                .isEqualTo(Json.parse("[{\"uri\":\"farm://motd\",\"mimeType\":\"text/plain\",\"text\":\"Be kind.\"}]"));
        assertThat(text.path("resultType").asString()).isEqualTo("complete");
        assertThat(text.path("ttlMs")).isEqualTo(Json.parse("0"));
        assertThat(text.path("cacheScope").asString()).isEqualTo("private");
        JsonNode bytes = read("farm://logo").path("result");
        assertThat(bytes.path("contents"))
                .isEqualTo(Json.parse("[{\"uri\":\"farm://logo\",\"mimeType\":\"image/png\",\"blob\":\"AQID\"}]"));
        assertThat(bytes.path("ttlMs")).isEqualTo(Json.parse("300000"));
        assertThat(names(read("farm://both").path("result").path("contents"), "uri"))
                .containsExactly("farm://both/a", "farm://both/b");
        assertThat(calls)
                .extracting(MeshEvent.CallEnded::kind)
                .containsOnly(CallPolicy.Kind.RESOURCE)
                .hasSize(3);
    }

    @Test
    void aTemplateReadsWhatItsAddressSays() throws Exception {
        mesh();

        JsonNode contents =
                read("farm://build/a%20b").path("result").path("contents").get(0);

        assertThat(contents.path("text").asString()).isEqualTo("log of a b");
        assertThat(contents.path("uri").asString()).isEqualTo("farm://build/a%20b");
    }

    @Test
    void aResourceComesBeforeATemplateThatWouldMatch() throws Exception {
        mesh();
        mesh.resources().register(Resource.text("farm://build/7", "text/plain", () -> "lucky"));

        assertThat(read("farm://build/7").toString()).contains("lucky");
        mesh.resources().unregister("farm://build/7");
        assertThat(read("farm://build/7").toString()).contains("log of 7");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"farm://nothing", "farm://build/99", "farm://build/", "farm://build/..%2f7", "farm://repo/a/b"})
    void whatIsNotThereIsNamedByItsAddress(String uri) throws Exception {
        mesh();

        JsonNode answer = read(uri);

        assertError(answer, -32602, "RESOURCE_NOT_FOUND");
        if (!uri.startsWith("farm://repo")) {
            assertThat(answer.path("error").path("data").path("uri").asString()).isEqualTo(uri);
        }
    }

    @ParameterizedTest
    @CsvSource({"motd", "'farm://a b'", "farm:", "'farm://%zz'", "farm://höfe", "'farm://a#b#c'", "'1farm://a'"})
    void whatIsNoAddressIsRefused(String uri) throws Exception {
        mesh();
        String header = "=?base64?" + Base64.getEncoder().encodeToString(uri.getBytes(StandardCharsets.UTF_8)) + "?=";

        assertError(
                send(Principal.anonymous(), "resources/read", Json.object().put("uri", uri), "Mcp-Name", header),
                -32602,
                "INVALID_VALUE");
    }

    @Test
    void theHeaderMustNameWhatIsReadOrUsed() throws Exception {
        mesh();

        JsonNode other = send(
                Principal.anonymous(),
                "resources/read",
                Json.object().put("uri", "farm://motd"),
                "Mcp-Name",
                "farm://logo");
        JsonNode none = send(Principal.anonymous(), "prompts/get", Json.object().put("name", "plain"));

        assertThat(other.path("error").path("code").asInt()).isEqualTo(-32020);
        assertThat(none.path("error").path("code").asInt()).isEqualTo(-32020);
    }

    @Test
    void whatGoesWrongInsideIsNotTold() throws Exception {
        mesh();

        for (JsonNode answer : List.of(read("farm://broken"), read("farm://wrong"), get("broken", Map.of()))) {
            assertError(answer, -32603, "HANDLER_FAILED");
            assertThat(answer.toString()).doesNotContain("1234", "Exception", "Integer");
        }
        assertError(read("farm://large"), -32603, "HANDLER_OUTPUT_TOO_LARGE");
        assertError(read("farm://slow"), -32603, "HANDLER_TIMEOUT");
    }

    @Test
    void aReaderThatWaitsIsInterruptedWhenItsCallerGoes() throws Exception {
        mesh();
        ObjectNode params = Json.object().put("uri", "farm://waits");
        byte[] bytes = request("resources/read", params);
        RecordedExchange exchange = new RecordedExchange(
                Principal.anonymous(),
                Map.of(
                        "MCP-Protocol-Version", List.of("2026-07-28"),
                        "Mcp-Method", List.of("resources/read"),
                        "Mcp-Name", List.of("farm://waits")));
        McpCall call = mesh.mcp().handle(bytes, 0, bytes.length, exchange);
        await().until(() -> {
            JsonNode busy = read("farm://waits");
            return busy.path("error").path("data").path("code").asString("").equals("HANDLER_BUSY");
        });

        call.cancel("client disconnected");

        await().atMost(Duration.ofSeconds(1)).untilTrue(interrupted);
        assertThat(exchange.isAnswered()).isFalse();
        blocked.countDown();
        await().until(() -> read("farm://waits").has("result"));
    }

    private static byte[] request(String method, ObjectNode params) {
        ObjectNode meta = params.putObject("_meta");
        meta.put("io.modelcontextprotocol/protocolVersion", "2026-07-28");
        meta.putObject("io.modelcontextprotocol/clientCapabilities");
        ObjectNode request = Json.object().put("jsonrpc", "2.0").put("id", 7).put("method", method);
        request.set("params", params);
        return Json.bytes(request);
    }

    @Test
    void readingUsingAndCompletingAreCharged() throws Exception {
        mesh(DevMesh.builder().rateLimits(RateLimits.of(new RateLimitPolicy("default", 1, 3), Map.of())));

        read("farm://motd");
        get("plain", Map.of());
        complete("{\"type\":\"ref/prompt\",\"name\":\"triage\"}", "tone", "", Map.of());

        assertError(read("farm://motd"), 429, "RATE_LIMITED");
        assertError(get("plain", Map.of()), 429, "RATE_LIMITED");
        assertError(
                complete("{\"type\":\"ref/prompt\",\"name\":\"triage\"}", "tone", "", Map.of()), 429, "RATE_LIMITED");
    }

    // Prompts.

    @Test
    void promptsAreListedWithTheirArguments() throws Exception {
        mesh();

        JsonNode prompts = list("prompts/list").path("prompts");

        assertThat(names(prompts, "name")).containsExactly("triage", "plain", "dialogue", "whole", "asks", "broken");
        assertThat(prompts.get(0)).isEqualTo(Json.parse("""
                {"name":"triage","title":"Triage","description":"Why did this fail?",
                 "arguments":[{"name":"log","description":"What the build said","required":true},
                              {"name":"tone","required":false}],
                 "icons":[{"src":"https://example.com/t.png"}],"_meta":{"com.example/team":"build"}}"""));
        assertThat(prompts.get(1)).isEqualTo(Json.parse("{\"name\":\"plain\"}"));
    }

    @Test
    void aPromptBecomesMessages() throws Exception {
        mesh();

        JsonNode triage = get("triage", Map.of("log", "exit 1")).path("result");
        assertThat(triage.path("description").asString()).isEqualTo("Why did this fail?");
        assertThat(triage.path("messages"))
                .isEqualTo(Json.parse("[{\"role\":\"user\",\"content\":{\"type\":\"text\","
                        + "\"text\":\"Why did this fail?\\nexit 1\"}}]"));
        assertThat(triage.has("ttlMs")).isFalse();
        assertThat(get("plain", Map.of()).toString()).contains("Hello anonymous");
        JsonNode dialogue = get("dialogue", Map.of()).path("result").path("messages");
        assertThat(names(dialogue, "role")).containsExactly("user", "assistant");
        assertThat(dialogue.get(0).path("content").path("resource").path("uri").asString())
                .isEqualTo("farm://motd");
        JsonNode whole = get("whole", Map.of()).path("result");
        assertThat(whole.path("description").asString()).isEqualTo("for today");
        assertThat(whole.path("_meta").path("com.example/n").asInt()).isEqualTo(1);
    }

    @Test
    void wrongArgumentsOfAPromptAreNamed() throws Exception {
        mesh();

        JsonNode missing = get("triage", Map.of("tone", "calm"));
        JsonNode unknown = get("triage", Map.of("log", "x", "tne", "calm"));
        JsonNode number = send(
                Principal.anonymous(),
                "prompts/get",
                (ObjectNode) Json.parse("{\"name\":\"triage\",\"arguments\":{\"log\":7}}"),
                "Mcp-Name",
                "triage");
        JsonNode nobody = get("triag", Map.of());

        assertError(missing, -32602, "INVALID_ARGUMENTS");
        assertThat(missing.toString()).contains("needs the argument 'log'");
        assertError(unknown, -32602, "INVALID_ARGUMENTS");
        assertThat(unknown.toString()).contains("has no argument 'tne'; nearest: tone");
        assertError(number, -32602, "INVALID_ARGUMENTS");
        assertError(nobody, -32602, "PROMPT_NOT_FOUND");
        assertThat(nobody.toString()).contains("Nearest: triage");
    }

    // Questions.

    @ParameterizedTest
    @CsvSource({"prompts/get,name,asks,Context: it is red", "resources/read,uri,farm://asks,because it is red"})
    void aPromptAndAResourceMayAsk(String method, String member, String name, String expected) throws Exception {
        mesh();
        ObjectNode params = Json.object().put(member, name);

        JsonNode first =
                send(Principal.anonymous(), method, params, "Mcp-Name", name).path("result");

        assertThat(first.path("resultType").asString()).isEqualTo("input_required");
        assertThat(first.has("ttlMs")).isFalse();
        JsonNode question = first.path("inputRequests").path("why");
        assertThat(question.path("method").asString()).isEqualTo("elicitation/create");
        String state = first.path("requestState").asString();
        ObjectNode again = params.deepCopy().put("requestState", state);
        again.putObject("inputResponses")
                .putObject("why")
                .put("action", "accept")
                .putObject("content")
                .put("reason", "it is red");

        JsonNode second =
                send(Principal.anonymous(), method, again, "Mcp-Name", name).path("result");

        assertThat(second.path("resultType").asString()).isEqualTo("complete");
        assertThat(second.toString()).contains(expected);
        // what an answer made must not be kept, whatever the resource says of itself
        assertThat(second.path("ttlMs").asInt(0)).isZero();
        assertThat(calls).hasSize(1);

        JsonNode elsewhere =
                send(Principal.of(Tenant.single(), "other", "prompts", "resources"), method, again, "Mcp-Name", name);
        assertThat(elsewhere.path("error").path("code").asInt()).isEqualTo(-32602);
        ObjectNode declined = params.deepCopy().put("requestState", state);
        declined.putObject("inputResponses").putObject("why").put("action", "decline");
        JsonNode refused = send(Principal.anonymous(), method, declined, "Mcp-Name", name);
        assertError(refused, 422, "HANDLER_REFUSED");
        assertThat(refused.toString()).contains("The user declined to answer.");
    }

    @Test
    void theAnswerOfOneResourceIsNotOneOfAnother() throws Exception {
        mesh();
        mesh.resources()
                .register(ResourceTemplate.at("ask://{who}")
                        .read((call, vars) -> call.elicit("why", "Why?", Reason.class)
                                .orElseThrow()
                                .reason()));
        String state = read("ask://anna").path("result").path("requestState").asString();
        ObjectNode again = Json.object().put("uri", "ask://berta").put("requestState", state);
        again.putObject("inputResponses")
                .putObject("why")
                .put("action", "accept")
                .putObject("content")
                .put("reason", "x");

        assertThat(send(Principal.anonymous(), "resources/read", again, "Mcp-Name", "ask://berta")
                        .path("error")
                        .path("code")
                        .asInt())
                .isEqualTo(-32602);
    }

    // Completion.

    @Test
    void proposalsAreCountedAndCutAtAHundred() throws Exception {
        mesh();

        JsonNode completion = complete("{\"type\":\"ref/prompt\",\"name\":\"triage\"}", "tone", "t", Map.of())
                .path("result")
                .path("completion");

        assertThat(completion.path("values")).hasSize(100);
        assertThat(completion.path("values").get(0).asString()).isEqualTo("t0");
        assertThat(completion.path("total").asInt()).isEqualTo(250);
        assertThat(completion.path("hasMore").asBoolean()).isTrue();
        assertThat(calls).extracting(MeshEvent.CallEnded::kind).containsExactly(CallPolicy.Kind.COMPLETION);
    }

    @Test
    void variablesOfATemplateAreCompletedWithWhatIsKnown() throws Exception {
        mesh();
        String repo = "{\"type\":\"ref/resource\",\"uri\":\"farm://repo/{owner}/{name}\"}";

        assertThat(complete(repo, "owner", "AN", Map.of()).path("result").path("completion"))
                .isEqualTo(Json.parse("{\"values\":[\"anna\",\"Anton\"],\"total\":2,\"hasMore\":false}"));
        assertThat(complete(repo, "name", "", Map.of("owner", "anna"))
                        .path("result")
                        .path("completion")
                        .path("values"))
                .isEqualTo(Json.parse("[\"anna-farm\"]"));
    }

    @Test
    void anArgumentWithoutProposalsHasNone() throws Exception {
        mesh();

        assertThat(complete("{\"type\":\"ref/prompt\",\"name\":\"triage\"}", "log", "x", Map.of())
                        .path("result")
                        .path("completion"))
                .isEqualTo(Json.parse("{\"values\":[],\"total\":0,\"hasMore\":false}"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"type":"ref/prompt","name":"nobody"}|tone
                    {"type":"ref/prompt","name":"triage"}|volume
                    {"type":"ref/prompt"}|tone
                    {"type":"ref/resource","uri":"farm://nothing/{x}"}|x
                    {"type":"ref/resource","uri":"farm://motd"}|x
                    {"type":"ref/resource","uri":"farm://build/{id}"}|x
                    {"type":"ref/tool","name":"triage"}|tone
                    7|tone
                    """)
    void whatCannotBeCompletedIsRefused(String ref, String argument) throws Exception {
        mesh();

        assertThat(complete(ref, argument, "", Map.of())
                        .path("error")
                        .path("code")
                        .asInt())
                .isEqualTo(-32602);
    }

    @Test
    void nobodyCompletesWhatTheyMayNotUse() throws Exception {
        mesh();
        Principal stranger = Principal.of(Tenant.single(), "stranger", "tools");
        ObjectNode params = Json.object();
        params.putObject("ref").put("type", "ref/prompt").put("name", "triage");
        params.putObject("argument").put("name", "tone").put("value", "");

        assertError(send(stranger, "completion/complete", params), 403, "PERMISSION_DENIED");
    }

    // From code.

    @Test
    void theProgramReadsAndUsesThroughTheSameDoor() {
        mesh();

        assertThat(mesh.read(Principal.anonymous(), "farm://motd"))
                .containsExactly(new ResourceContents.Text("farm://motd", "text/plain", "Be kind."));
        assertThat(mesh.prompt(Principal.anonymous(), "plain", Map.of()).messages())
                .containsExactly(Message.user("Hello anonymous"));
        assertThat(calls).extracting(MeshEvent.CallEnded::failure).containsOnly(Optional.<ErrorCode>empty());
    }
}
