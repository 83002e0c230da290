package dev.devmesh.client;

import static dev.devmesh.client.ScriptedServer.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.devmesh.ErrorCode;
import dev.devmesh.Revision;
import dev.devmesh.call.LogLevel;
import dev.devmesh.content.Content;
import dev.devmesh.content.ResourceContents;
import dev.devmesh.json.Json;
import dev.devmesh.tool.ToolResult;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class McpClientTest {

    private static final String FINE = "'content':[{'type':'text','text':'fine'}]";

    private record City(String city) {}

    @Test
    void everyRequestSaysWhatTheServerMustKnow() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> reply.result(FINE));
                McpClient client = McpClient.builder(server.uri())
                        .clientInfo("tests", "7")
                        .apiKey("k1")
                        .header("X-More", "more")
                        .build()) {
            client.call("forecast", new City("Oslo"));
            client.call("forecast");

            var first = server.received().get(0);
            assertThat(first.message().path("jsonrpc").asString()).isEqualTo("2.0");
            assertThat(first.method()).isEqualTo("tools/call");
            assertThat(first.params().path("arguments").toString()).isEqualTo(json("{'city':'Oslo'}"));
            assertThat(first.meta("protocolVersion").asString()).isEqualTo("2026-07-28");
            assertThat(first.meta("clientCapabilities").toString()).isEqualTo("{}");
            assertThat(first.meta("clientInfo").toString()).isEqualTo(json("{'name':'tests','version':'7'}"));
            assertThat(first.meta("logLevel").isMissingNode()).isTrue();
            assertThat(first.params().path("_meta").has("progressToken")).isFalse();
            assertThat(first.headers())
                    .containsEntry("mcp-protocol-version", "2026-07-28")
                    .containsEntry("mcp-method", "tools/call")
                    .containsEntry("mcp-name", "forecast")
                    .containsEntry("content-type", "application/json")
                    .containsEntry("accept", "application/json, text/event-stream")
                    .containsEntry("x-api-key", "k1")
                    .containsEntry("x-more", "more");
            var second = server.received().get(1);
            assertThat(second.params().path("arguments").toString()).isEqualTo("{}");
            assertThat(second.message().path("id")).isNotEqualTo(first.message().path("id"));
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void bothFormsOfAnAnswerAreRead() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    if (request.params().path("name").asString().equals("json")) {
                        reply.result(FINE);
                    } else {
                        reply.stream()
                                .chunk(": hello\r\n")
                                .event(reply.response(FINE))
                                .end();
                    }
                });
                McpClient client = server.client()) {
            for (int i = 0; i < 20; i++) {
                assertThat(client.call("json").text()).isEqualTo("fine");
                assertThat(client.call("stream").text()).isEqualTo("fine");
            }
            // not 1: the response may be used a moment before the end of its stream frees the connection
            assertThat(server.connections())
                    .as("a stream that ended leaves its connection to others")
                    .isLessThan(10);
        }
    }

    @Test
    void everyKindOfContentIsRead() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> reply.result("'isError':true,"
                        + "'structuredContent':{'a':1},'_meta':{'x/y':2,'io.modelcontextprotocol/serverInfo':{}},'content':["
                        + "{'type':'text','text':'a','annotations':{'audience':['user','elf'],'priority':0.5}},"
                        + "{'type':'image','data':'AQI=','mimeType':'image/png'},"
                        + "{'type':'audio','data':'AQI=','mimeType':'audio/wav'},"
                        + "{'type':'resource_link','uri':'a://b','name':'b'},"
                        + "{'type':'resource','resource':{'uri':'a://c','text':'c'}},"
                        + "{'type':'hologram','data':'x'},"
                        + "{'type':'text','text':'z'}]"));
                McpClient client = server.client()) {
            ToolResult result = client.call("all");

            assertThat(result.isError()).isTrue();
            assertThat(result.text()).isEqualTo("a\nz");
            assertThat(result.structured().orElseThrow().toString()).isEqualTo(json("{'a':1}"));
            assertThat(result.meta().toString()).isEqualTo(json("{'x/y':2}"));
            assertThat(result.content()).hasSize(6);
            assertThat(result.content().get(0).annotations().audience()).containsExactly("user");
            assertThat(((Content.Image) result.content().get(1)).data()).containsExactly(1, 2);
            assertThat(((Content.Embedded) result.content().get(4)).resource())
                    .isEqualTo(new ResourceContents.Text("a://c", "", "c"));
        }
    }

    @Test
    void progressAndLogsReachTheirListenersOnTheCallersThread() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    String token =
                            request.params().path("_meta").path("progressToken").toString();
                    reply.stream()
                            .notification(
                                    "progress", "{'progressToken':" + token + ",'progress':1,'total':2,'message':'a'}")
                            .notification("progress", "{'progressToken':'of another','progress':7}")
                            .notification("message", "{'level':'warning','logger':'l','data':{'x':1}}")
                            .notification("cheer", "{}")
                            .notification("progress", "{'progressToken':" + token + ",'progress':1.5}")
                            .event(reply.response(FINE))
                            .end();
                });
                McpClient client = server.client()) {
            List<Object> heard = new ArrayList<>();
            Thread caller = Thread.currentThread();

            ToolResult result = client.call(CallOptions.of("slow")
                    .onProgress(progress -> {
                        assertThat(Thread.currentThread()).isSameAs(caller);
                        heard.add(progress);
                    })
                    .onLog(LogLevel.INFO, heard::add)
                    .meta("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));

            assertThat(result.text()).isEqualTo("fine");
            assertThat(heard).hasSize(3);
            assertThat(heard.get(0)).isEqualTo(new Progress(1, OptionalDouble.of(2), "a"));
            assertThat(heard.get(1)).isInstanceOfSatisfying(LogMessage.class, message -> {
                assertThat(message.level()).isEqualTo(LogLevel.WARNING);
                assertThat(message.data().toString()).isEqualTo(json("{'x':1}"));
            });
            assertThat(heard.get(2)).isEqualTo(new Progress(1.5, OptionalDouble.empty(), ""));
            assertThat(server.received().get(0).meta("logLevel").asString()).isEqualTo("info");
            assertThat(server.received()
                            .get(0)
                            .params()
                            .path("_meta")
                            .path("traceparent")
                            .asString())
                    .startsWith("00-0af7");
        }
    }

    @Test
    void argumentsOfListedToolsAreRepeatedInHeaders() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> reply.result(
                        request.method().equals("tools/list")
                                ? "'tools':[" + tool("region", "Region", "string") + "]"
                                : FINE));
                McpClient client = server.client()) {
            client.tools();
            client.call("region", Map.of("a", "Norðurland 世界"));
            client.call("region", Map.of("a", "plain"));
            client.call("region", Map.of("a", " outer "));
            client.call("region", Map.of("a", "=?base64?literal?="));
            client.call("region", Map.of());
            client.call("größe", Map.of());

            assertThat(server.received().stream()
                            .skip(1)
                            .map(request -> String.valueOf(request.headers().get("mcp-param-region"))))
                    .containsExactly(
                            "=?base64?Tm9yw7B1cmxhbmQg5LiW55WM?=",
                            "plain",
                            "=?base64?IG91dGVyIA==?=",
                            "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=",
                            "null",
                            "null");
            assertThat(server.received().get(6).headers()).containsEntry("mcp-name", "=?base64?Z3LDtsOfZQ==?=");
        }
    }

    @Test
    void aServerThatMissesAHeaderIsAskedForItsToolsOnce() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    if (request.method().equals("tools/list")) {
                        reply.result("'tools':[" + tool("region", "Region", "integer") + "]");
                    } else if ("42".equals(request.headers().get("mcp-param-region"))) {
                        reply.result(FINE);
                    } else {
                        reply.error(400, "{'code':-32020,'message':'Mcp-Param-Region is missing'}");
                    }
                });
                McpClient client = server.client()) {
            assertThat(client.call("region", Map.of("a", 42)).text()).isEqualTo("fine");
            assertThat(client.call("region", Map.of("a", 42)).text()).isEqualTo("fine");
            assertThat(server.received())
                    .extracting(ScriptedServer.Received::method)
                    .containsExactly("tools/call", "tools/list", "tools/call", "tools/call");

            assertThatThrownBy(() -> client.call("region", Map.of("a", 43)))
                    .isInstanceOfSatisfying(
                            McpClientException.class,
                            e -> assertThat(e.rpcCode()).isEqualTo(-32020));
            assertThat(server.received()).hasSize(7);
        }
    }

    @Test
    void toolsOfAllPagesAreListedAndBrokenOnesLeftOut() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    if (request.params().path("cursor").isMissingNode()) {
                        reply.result("'nextCursor':'','tools':[" + tool("one", "Region", "string") + ","
                                + tool("floating", "Region", "number") + "," + tool("spaced", "no token", "string")
                                + ",{'name':'schemaless'},{'inputSchema':{'type':'object'}}]");
                    } else {
                        reply.result("'tools':[{'name':'two','title':'Two','description':'d','inputSchema':"
                                + "{'type':'object','$ref':'https://elsewhere.example/s'},'outputSchema':{'type':'string'},"
                                + "'annotations':{'readOnlyHint':true,'title':'ignored'}}]");
                    }
                });
                McpClient client = server.client()) {
            List<RemoteTool> tools = client.tools();

            assertThat(tools).extracting(RemoteTool::name).containsExactly("one", "two");
            assertThat(tools.get(0).headers()).hasSize(1);
            assertThat(tools.get(1).title()).isEqualTo("Two");
            assertThat(tools.get(1).hints().readOnly()).contains(true);
            assertThat(tools.get(1).outputSchema()).isPresent();
            assertThat(server.received().get(1).params().path("cursor").asString("missing"))
                    .isEmpty();
        }
    }

    @Test
    void pagesThatGoRoundAreNotFollowedForever() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> reply.result("'nextCursor':'a','prompts':[]"));
                McpClient client = server.client()) {
            assertThatThrownBy(client::prompts)
                    .isInstanceOf(McpClientException.class)
                    .hasMessageContaining("go round in a circle");
        }
    }

    @Test
    void resourcesPromptsAndCompletionsAreRead() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    switch (request.method()) {
                        case "server/discover" ->
                            reply.result(
                                    "'supportedVersions':['2026-07-28'],'capabilities':{'tools':{}},'instructions':'i',"
                                            + "'_meta':{'io.modelcontextprotocol/serverInfo':{'name':'n','version':'v'}}");
                        case "resources/list" ->
                            reply.result(
                                    "'resources':[{'uri':'a://b','name':'b','size':3,'mimeType':'text/plain'},{}]");
                        case "resources/templates/list" ->
                            reply.result("'resourceTemplates':[{'uriTemplate':'a://{b}','name':'b'}]");
                        case "resources/read" ->
                            reply.result("'contents':[{'uri':'a://b','text':'t'},{'uri':'a://b/c','blob':'AQI='}]");
                        case "prompts/list" ->
                            reply.result("'prompts':[{'name':'p','arguments':[{'name':'log','required':true}]}]");
                        case "prompts/get" ->
                            reply.result("'messages':[{'role':'user','content':{'type':'text','text':'why?'}}]");
                        default -> reply.result("'completion':{'values':['x','y'],'total':9,'hasMore':true}");
                    }
                });
                McpClient client = server.client()) {
            assertThat(client.discover().name()).isEqualTo("n");
            assertThat(client.discover().offers("tools")).isTrue();
            assertThat(client.discover().offers("prompts")).isFalse();
            assertThat(client.resources()).singleElement().satisfies(resource -> {
                assertThat(resource.uri()).isEqualTo("a://b");
                assertThat(resource.size()).hasValue(3);
            });
            assertThat(client.resourceTemplates())
                    .extracting(RemoteResourceTemplate::uriTemplate)
                    .containsExactly("a://{b}");
            assertThat(client.read("a://b").get(0)).isEqualTo(new ResourceContents.Text("a://b", "", "t"));
            assertThat(((ResourceContents.Blob) client.read("a://b").get(1)).blob())
                    .containsExactly(1, 2);
            assertThat(client.prompts().get(0).arguments().get(0).required()).isTrue();
            assertThat(client.prompt("p", Map.of("log", "l")).messages().get(0).content())
                    .isEqualTo(Content.text("why?"));
            RemoteCompletion completion = client.complete(CompletionRef.prompt("p"), "log", "x", Map.of("other", "o"));
            assertThat(completion.values()).containsExactly("x", "y");
            assertThat(completion.total()).hasValue(9);
            assertThat(completion.hasMore()).isTrue();

            var read = server.received().stream()
                    .filter(request -> request.method().equals("resources/read"))
                    .findFirst()
                    .orElseThrow();
            assertThat(read.headers()).containsEntry("mcp-name", "a://b");
            var completing = server.received().get(server.received().size() - 1);
            assertThat(completing.params().path("ref").toString()).isEqualTo(json("{'type':'ref/prompt','name':'p'}"));
            assertThat(completing.params().path("argument").toString()).isEqualTo(json("{'name':'log','value':'x'}"));
            assertThat(completing.params().at("/context/arguments/other").asString())
                    .isEqualTo("o");
        }
    }

    @Test
    void aServerOfOtherRevisionsIsNamedWithThem() throws IOException {
        try (var server = ScriptedServer.of(
                        (request, reply) -> reply.error(
                                400,
                                "{'code':-32022,'message':'no','data':{'supported':['2025-11-25','2025-06-18'],'requested':'x'}}"));
                McpClient client = McpClient.builder(server.uri())
                        .revisions(Revision.V2026_07_28, Revision.V2025_03_26)
                        .build()) {
            assertThatThrownBy(client::discover)
                    .isInstanceOf(McpClientException.class)
                    .hasMessageContaining("speaks no revision that this client may speak (2026-07-28, 2025-03-26);"
                            + " it supports 2025-11-25, 2025-06-18.");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "401, wants a credential, apiKey",
        "403, does not let this caller do that, may",
        "429, too many requests, Try again in 7 s.",
        "503, takes no more work, Try again in 7 s."
    })
    void refusalsSayWhatToDo(int status, String sentence, String cure) throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> {
                    if (request.method().equals("tools/call")) {
                        reply.error(
                                status, "{'code':" + status + ",'message':'because','data':{'a':1}}", "Retry-After: 7");
                    } else {
                        reply.body(status, "text/html", "<html>proxy</html>", "Retry-After: 7");
                    }
                });
                McpClient client = server.client()) {
            var told = catchThrowableOfType(McpClientException.class, () -> client.call("x"));
            assertThat(told.getMessage()).contains(sentence).contains("because");
            assertThat(told.fix()).contains(cure);
            assertThat(told.status()).isEqualTo(status);
            assertThat(told.rpcCode()).isEqualTo(status);
            assertThat(told.data().path("a").asInt()).isEqualTo(1);
            assertThat(told.retryAfter()).contains(Duration.ofSeconds(7));
            assertThat(told.code()).isEqualTo(ErrorCode.UPSTREAM_FAILED);

            var byProxy = catchThrowableOfType(McpClientException.class, client::tools);
            assertThat(byProxy.getMessage()).contains(sentence).doesNotContain("html");
            assertThat(byProxy.rpcCode()).isZero();
            assertThat(byProxy.retryAfter()).contains(Duration.ofSeconds(7));
        }
    }

    @Test
    void aRefusalWithoutIdIsThatOfTheRequest() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> reply.body(
                        403,
                        "application/json",
                        json("{'jsonrpc':'2.0','error':{'code':403,'message':'Origin\\u0007 no'}}")));
                McpClient client = server.client()) {
            assertThatThrownBy(() -> client.call("x"))
                    .isInstanceOf(McpClientException.class)
                    .hasMessageContaining("Origin  no");
        }
    }

    @Test
    void whatHasNoMethodCanBeAskedAsWell() throws IOException {
        try (var server = ScriptedServer.of((request, reply) -> reply.result("'skills':[]"));
                McpClient client = server.client()) {
            assertThat(client.request("skills/list", Json.object()).has("skills"))
                    .isTrue();
            assertThat(server.received().get(0).headers()).containsEntry("mcp-method", "skills/list");
        }
    }

    @Test
    void nothingListensThere() {
        try (McpClient client = McpClient.connect(URI.create("http://127.0.0.1:1/mcp?token=secret"))) {
            assertThatThrownBy(() -> client.call("x"))
                    .isInstanceOfSatisfying(
                            McpClientException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE))
                    .hasMessage("http://127.0.0.1:1/mcp cannot be reached.");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://127.0.0.1/", "/mcp", "http:///mcp"})
    void anAddressThatCannotBeUsedIsRefusedAtOnce(String address) {
        assertThatThrownBy(() -> McpClient.connect(URI.create(address))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aClosedClientSaysSo() {
        McpClient client = McpClient.connect(URI.create("http://127.0.0.1:1/mcp"));
        client.close();
        client.close();

        assertThatThrownBy(() -> client.call("x")).isInstanceOf(IllegalStateException.class);
    }

    private static String tool(String name, String header, String type) {
        return "{'name':'" + name + "','inputSchema':{'type':'object','properties':{'a':{'type':'" + type
                + "','x-mcp-header':'" + header + "'}}}}";
    }
}
