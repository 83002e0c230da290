package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.Revision;
import dev.devmesh.auth.Principal;
import dev.devmesh.content.Annotations;
import dev.devmesh.content.Content;
import dev.devmesh.content.Icon;
import dev.devmesh.content.Message;
import dev.devmesh.content.ResourceContents;
import dev.devmesh.json.Json;
import dev.devmesh.prompt.Prompt;
import dev.devmesh.prompt.PromptResult;
import dev.devmesh.question.Question;
import dev.devmesh.question.Sampling;
import dev.devmesh.resource.Resource;
import dev.devmesh.resource.ResourceTemplate;
import dev.devmesh.schema.Range;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolResult;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One mesh with everything there is, as a client of each revision with sessions sees it: by the official schemas, and by name. */
class RevisionsTest {

    enum Colour {
        RED,
        GREEN
    }

    record Order(@Range(min = 1, max = 9) int count) {}

    record Receipt(int count) {}

    record Choice(Colour colour, boolean sure) {}

    private static final Annotations HINTS =
            new Annotations(Set.of("user"), OptionalDouble.of(0.5), Optional.of(Instant.parse("2025-01-12T15:00:58Z")));
    private static final Icon ICON = Icon.of("https://example.com/i.png");
    private static final ObjectNode META = Json.object().put("com.example/x", 1);

    private final ReentrantLock reading = new ReentrantLock();
    private final List<JsonNode> received = new CopyOnWriteArrayList<>();
    private final DevMesh mesh = mesh();
    private final McpConnection connection = mesh.mcp().connect(Principal.anonymous(), this::read);
    private int lastId;

    private static DevMesh mesh() {
        DevMesh mesh = DevMesh.builder()
                .name("test")
                .version("1.0")
                .title("Test")
                .instructions("Order first.")
                .tool(Tool.named("order")
                        .title("Order")
                        .describedAs("Orders")
                        .readOnly()
                        .input(Order.class)
                        .output(Receipt.class)
                        .icon(ICON)
                        .meta("com.example/x", 1)
                        .handle((call, in) -> new Receipt(in.count())))
                .tool(Tool.named("list")
                        .outputSchema(Json.object().put("type", "array"))
                        .handle(call -> ToolResult.json(List.of(1, 2))))
                .tool(Tool.named("picture").handle(call -> {
                    List<Content> content = List.of(
                            Content.image(new byte[] {1, 2}, "image/png"),
                            new Content.ResourceLink("farm://motd", "motd", "Motto", "", "text/plain", HINTS),
                            Content.embedded("farm://motd", "text/plain", "Be kind."));
                    return new ToolResult(content, Optional.of(Json.object().put("a", 1)), false, META);
                }))
                .tool(Tool.named("fail").handle(call -> ToolResult.error("no")))
                .tool(Tool.named("form")
                        .handle(call -> call.elicit("c", "Which?", Choice.class)
                                .orElseThrow()
                                .colour()))
                .tool(Tool.named("visit")
                        .handle(call -> call.visit("v", "Go there", URI.create("https://example.com"))))
                .tool(Tool.named("sample")
                        .handle(call -> call.sample("s", Sampling.of("Why?", 5)).toString()))
                .tool(Tool.named("sampleWithTools").handle(call -> {
                    ObjectNode more = Json.object();
                    more.putArray("tools")
                            .addObject()
                            .put("name", "t")
                            .putObject("inputSchema")
                            .put("type", "object");
                    Sampling sampling = new Sampling(List.of(Message.user("Why?")), 5, "", more);
                    return call.ask(Question.sample("s", sampling)).toString();
                }))
                .tool(Tool.named("where").handle(call -> call.roots().size()))
                .resource(Resource.at("farm://motd")
                        .named("motd")
                        .title("Motto")
                        .describedAs("Of the day")
                        .mimeType("text/plain")
                        .size(8)
                        .annotations(HINTS)
                        .icon(ICON)
                        .meta("com.example/x", 1)
                        .cacheFor(Duration.ofMinutes(1))
                        .read(call -> List.of(
                                new ResourceContents.Text("farm://motd", "text/plain", "Be kind."),
                                new ResourceContents.Blob("farm://motd/b", "image/png", new byte[] {7}))))
                .resourceTemplate(ResourceTemplate.at("farm://build/{id}")
                        .named("build")
                        .title("Build")
                        .annotations(HINTS)
                        .icon(ICON)
                        .meta("com.example/x", 1)
                        .read((call, vars) -> null))
                .prompt(Prompt.named("triage")
                        .title("Triage")
                        .describedAs("Why?")
                        .argument("log", "What was said")
                        .icon(ICON)
                        .meta("com.example/x", 1)
                        .handle((call, args) -> new PromptResult(
                                List.of(
                                        Message.user(args.get("log")),
                                        Message.user(new Content.Text("now", HINTS)),
                                        Message.user(Content.link("farm://motd", "motd"))),
                                "Triage",
                                META)))
                .build();
        mesh.start();
        return mesh;
    }

    @AfterEach
    void close() {
        connection.disconnected("test over");
        mesh.close();
    }

    private void read() {
        reading.lock();
        try {
            for (Optional<McpEvent> event = connection.next(); event.isPresent(); event = connection.next()) {
                received.add(Json.parse(Json.bytes(event.get().message().orElseThrow())));
            }
        } finally {
            reading.unlock();
        }
    }

    private JsonNode awaited(Predicate<JsonNode> wanted) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofSeconds(10))
                .until(() -> received.stream().anyMatch(wanted));
        return received.stream().filter(wanted).findFirst().orElseThrow();
    }

    private int send(String method, String params) {
        int id = ++lastId;
        byte[] body = Json.bytes(Json.parse("{'jsonrpc':'2.0','id':%d,'method':'%s','params':%s}"
                .formatted(id, method, params)
                .replace('\'', '"')));
        connection.receive(body, 0, body.length);
        return id;
    }

    private JsonNode response(int id) {
        return awaited(message -> !message.has("method") && message.path("id").asInt(-1) == id);
    }

    /** The response to a request, with single quotes for double ones. */
    private JsonNode ask(String method, String params) {
        return response(send(method, params));
    }

    private JsonNode result(String method, String params) {
        JsonNode response = ask(method, params);
        assertThat(response.has("result")).as("%s", response).isTrue();
        return response.path("result");
    }

    private JsonNode call(String tool, String arguments) {
        return result("tools/call", "{'name':'" + tool + "','arguments':" + arguments + "}");
    }

    /** The params of what the server asks when this tool is called. */
    private JsonNode question(String tool, String method) {
        send("tools/call", "{'name':'" + tool + "'}");
        return awaited(message -> message.path("method").asString("").equals(method));
    }

    private JsonNode initialize(Revision revision) {
        return result(
                "initialize",
                "{'protocolVersion':'" + revision + "','clientInfo':{'name':'t','version':'1'},'capabilities':"
                        + "{'elicitation':{'form':{},'url':{}},'sampling':{'tools':{}},'roots':{},"
                        + "'extensions':{'io.modelcontextprotocol/tasks':{}}}}");
    }

    private static void assertFits(Revision revision, String definition, JsonNode value) {
        assertThat(OfficialSchema.of(revision).violations(definition, value))
                .as("%s of %s: %s", definition, revision, value)
                .isEmpty();
    }

    private static Set<String> names(JsonNode object) {
        return new TreeSet<>(object.propertyNames());
    }

    @ParameterizedTest
    @EnumSource(value = Revision.class, mode = EnumSource.Mode.EXCLUDE, names = "V2026_07_28")
    void whatTheServerSaysOfItselfFitsTheRevision(Revision revision) {
        JsonNode hello = initialize(revision);

        assertFits(revision, "InitializeResult", hello);
        assertThat(hello.path("serverInfo").has("title")).isEqualTo(revision != Revision.V2025_03_26);
        assertThat(names(hello.path("capabilities")))
                .containsExactly("completions", "logging", "prompts", "resources", "tools");
        assertThat(hello.path("capabilities").path("resources")).isEqualTo(Json.parse("""
                {"listChanged":true,"subscribe":true}"""));
        assertThat(hello.path("instructions").asString()).isEqualTo("Order first.");
    }

    @ParameterizedTest
    @CsvSource({
        "V2025_03_26, tools, annotations description inputSchema name",
        "V2025_06_18, tools, _meta annotations description inputSchema name outputSchema title",
        "V2025_11_25, tools, _meta annotations description icons inputSchema name outputSchema title",
        "V2025_03_26, resources, annotations description mimeType name size uri",
        "V2025_06_18, resources, _meta annotations description mimeType name size title uri",
        "V2025_11_25, resources, _meta annotations description icons mimeType name size title uri",
        "V2025_03_26, resources/templates, annotations name uriTemplate",
        "V2025_06_18, resources/templates, _meta annotations name title uriTemplate",
        "V2025_11_25, resources/templates, _meta annotations icons name title uriTemplate",
        "V2025_03_26, prompts, arguments description name",
        "V2025_06_18, prompts, _meta arguments description name title",
        "V2025_11_25, prompts, _meta arguments description icons name title"
    })
    void aListHoldsWhatTheRevisionKnows(Revision revision, String what, String members) {
        initialize(revision);

        JsonNode list = result(what + "/list", "{}");

        String member = what.equals("resources/templates") ? "resourceTemplates" : what;
        String definition = member.substring(0, 1).toUpperCase(Locale.ROOT) + member.substring(1);
        assertFits(revision, "List" + definition + "Result", list);
        assertThat(names(list)).containsExactly(member);
        JsonNode first = list.path(member).path(0);
        assertThat(String.join(" ", names(first))).isEqualTo(members);
        if (first.has("uri") || first.has("uriTemplate")) {
            assertThat(first.path("annotations").has("lastModified")).isEqualTo(revision != Revision.V2025_03_26);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Revision.class, mode = EnumSource.Mode.EXCLUDE, names = "V2026_07_28")
    void anOutputSchemaIsShownIfItsRootIsAnObject(Revision revision) {
        initialize(revision);

        JsonNode tools = result("tools/list", "{}").path("tools");

        assertThat(tools.path(0).has("outputSchema")).isEqualTo(revision != Revision.V2025_03_26);
        assertThat(tools.path(1).path("name").asString()).isEqualTo("list");
        assertThat(tools.path(1).has("outputSchema")).isFalse();
    }

    @ParameterizedTest
    @EnumSource(value = Revision.class, mode = EnumSource.Mode.EXCLUDE, names = "V2026_07_28")
    void dataOfAResultIsAnObjectOrAText(Revision revision) {
        initialize(revision);

        JsonNode order = call("order", "{'count':2}");
        JsonNode list = call("list", "{}");

        assertFits(revision, "CallToolResult", order);
        assertFits(revision, "CallToolResult", list);
        assertThat(order.has("structuredContent")).isEqualTo(revision != Revision.V2025_03_26);
        assertThat(order.path("content")).isEqualTo(Json.parse("""
                [{"type":"text","text":"{\\"count\\":2}"}]"""));
        assertThat(list).isEqualTo(Json.parse("""
                {"content":[{"type":"text","text":"[1,2]"}]}"""));
    }

    @ParameterizedTest
    @EnumSource(value = Revision.class, mode = EnumSource.Mode.EXCLUDE, names = "V2026_07_28")
    void contentIsWhatTheRevisionHas(Revision revision) {
        initialize(revision);

        JsonNode result = call("picture", "{}");

        assertFits(revision, "CallToolResult", result);
        assertThat(result.path("_meta")).isEqualTo(META);
        assertThat(result.path("content").path(0)).isEqualTo(Json.parse("""
                {"type":"image","data":"AQI=","mimeType":"image/png"}"""));
        JsonNode link = result.path("content").path(1);
        if (revision == Revision.V2025_03_26) {
            assertThat(link).isEqualTo(Json.parse("""
                    {"annotations":{"audience":["user"],"priority":0.5},"type":"text","text":"motd: farm://motd"}"""));
            assertThat(result.path("content").path(3).path("text").asString()).isEqualTo("{\"a\":1}");
        } else {
            assertThat(link.path("type").asString()).isEqualTo("resource_link");
            assertThat(link.path("annotations").has("lastModified")).isTrue();
            assertThat(result.path("structuredContent").path("a").asInt()).isEqualTo(1);
            assertThat(result.path("content").size()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Revision.class, mode = EnumSource.Mode.EXCLUDE, names = "V2026_07_28")
    void aReadingHasNoCacheHints(Revision revision) {
        initialize(revision);

        JsonNode reading = result("resources/read", "{'uri':'farm://motd'}");

        assertFits(revision, "ReadResourceResult", reading);
        assertThat(reading).isEqualTo(Json.parse("""
                {"contents":[{"uri":"farm://motd","mimeType":"text/plain","text":"Be kind."},
                {"uri":"farm://motd/b","mimeType":"image/png","blob":"Bw=="}]}"""));
    }

    @ParameterizedTest
    @EnumSource(value = Revision.class, mode = EnumSource.Mode.EXCLUDE, names = "V2026_07_28")
    void aPromptSaysWhatTheRevisionHas(Revision revision) {
        initialize(revision);

        JsonNode prompt = result("prompts/get", "{'name':'triage','arguments':{'log':'it broke'}}");

        assertFits(revision, "GetPromptResult", prompt);
        assertThat(prompt.path("_meta")).isEqualTo(META);
        assertThat(prompt.path("messages")
                        .path(1)
                        .path("content")
                        .path("annotations")
                        .has("lastModified"))
                .isEqualTo(revision != Revision.V2025_03_26);
        assertThat(prompt.path("messages").path(2).path("content").path("type").asString())
                .isEqualTo(revision == Revision.V2025_03_26 ? "text" : "resource_link");
    }

    @ParameterizedTest
    @CsvSource({"V2025_03_26, true", "V2025_06_18, true", "V2025_11_25, false"})
    void wrongArgumentsAreAnErrorOrTold(Revision revision, boolean error) {
        initialize(revision);

        JsonNode response = ask("tools/call", "{'name':'order','arguments':{'count':12}}");

        if (error) {
            assertThat(response.path("error").path("code").asInt()).isEqualTo(-32602);
        } else {
            assertFits(revision, "CallToolResult", response.path("result"));
            assertThat(response.path("result").path("isError").asBoolean()).isTrue();
        }
        assertThat(response.toString()).contains("count");
        assertThat(call("fail", "{}").path("isError").asBoolean()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(value = Revision.class, mode = EnumSource.Mode.EXCLUDE, names = "V2026_07_28")
    void errorsHaveTheCodesOfTheRevision(Revision revision) {
        initialize(revision);

        JsonNode missing = ask("resources/read", "{'uri':'farm://none'}").path("error");
        assertThat(missing.path("code").asInt()).isEqualTo(-32002);
        assertThat(missing.path("data").path("uri").asString()).isEqualTo("farm://none");
        assertThat(code("resources/read", "{'uri':'farm://build/9'}")).isEqualTo(-32002);
        assertThat(code("resources/subscribe", "{'uri':'farm://none'}")).isEqualTo(-32002);
        assertThat(code("tools/call", "{'name':'none'}")).isEqualTo(-32602);
        assertThat(code("prompts/get", "{'name':'none'}")).isEqualTo(-32602);
        assertThat(code("prompts/get", "{'name':'triage'}")).isEqualTo(-32602);
        assertThat(code("server/discover", "{}")).isEqualTo(-32601);
        assertThat(code("tasks/get", "{'taskId':'t'}")).isEqualTo(-32601);
        assertThat(code("tools/list", "{'cursor':'x'}")).isEqualTo(-32602);
    }

    private int code(String method, String params) {
        return ask(method, params).path("error").path("code").asInt();
    }

    @ParameterizedTest
    @CsvSource({"V2025_06_18, message requestedSchema", "V2025_11_25, message mode requestedSchema"})
    void aFormIsAskedForAsTheRevisionHasIt(Revision revision, String members) {
        initialize(revision);

        JsonNode question = question("form", "elicitation/create");

        assertFits(revision, "ElicitRequest", question);
        assertThat(String.join(" ", names(question.path("params")))).isEqualTo(members);
    }

    @ParameterizedTest
    @EnumSource(value = Revision.class, mode = EnumSource.Mode.EXCLUDE, names = "V2026_07_28")
    void aSamplingFitsTheRevision(Revision revision) {
        initialize(revision);

        assertFits(revision, "CreateMessageRequest", question("sample", "sampling/createMessage"));
        assertFits(revision, "ListRootsRequest", question("where", "roots/list"));
    }

    @ParameterizedTest
    @EnumSource(value = Revision.class, names = "V2025_11_25")
    void aVisitHasAnIdOfItsOwn(Revision revision) {
        initialize(revision);

        JsonNode first = question("visit", "elicitation/create");
        received.clear();
        JsonNode second = question("visit", "elicitation/create");

        assertFits(revision, "ElicitRequest", first);
        assertThat(first.path("params").path("elicitationId"))
                .isNotEqualTo(second.path("params").path("elicitationId"));
        assertFits(revision, "CreateMessageRequest", question("sampleWithTools", "sampling/createMessage"));
    }

    @ParameterizedTest
    @CsvSource({
        "V2025_03_26, form, elicitation",
        "V2025_03_26, visit, elicitation.url",
        "V2025_06_18, visit, elicitation.url",
        "V2025_03_26, sampleWithTools, sampling.tools",
        "V2025_06_18, sampleWithTools, sampling.tools"
    })
    void whatTheRevisionCannotAskIsACapabilityThatIsMissing(Revision revision, String tool, String capability) {
        initialize(revision);

        JsonNode error = ask("tools/call", "{'name':'" + tool + "'}").path("error");

        assertThat(error.path("code").asInt()).isEqualTo(-32600);
        assertThat(error.path("message").asString()).contains(capability);
        assertThat(error.path("data")
                        .path("requiredCapabilities")
                        .at("/" + capability.replace('.', '/'))
                        .isObject())
                .isTrue();
    }
}
