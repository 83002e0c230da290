package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.Limits;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.LogLevel;
import dev.devmesh.json.Json;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.schema.Header;
import dev.devmesh.schema.Range;
import dev.devmesh.tool.Tool;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class McpEngineTest {

    private static final String REVISION = "2026-07-28";
    private static final String META = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
            + "\"io.modelcontextprotocol/clientCapabilities\":{}}";

    record Add(int a, int b) {}

    record Routed(
            @Header("Region") Optional<String> region,
            @Header("Shard") Optional<Integer> shard) {}

    record Days(@Range(min = 1, max = 14) int days) {}

    private final CountDownLatch blocked = new CountDownLatch(1);
    private DevMesh mesh;

    private DevMesh mesh() {
        return mesh(DevMesh.builder());
    }

    private DevMesh mesh(DevMeshBuilder builder) {
        mesh = builder.name("test")
                .version("1.0")
                .instructions("Add first.")
                .tool(Tool.named("add")
                        .title("Add")
                        .describedAs("Adds")
                        .readOnly()
                        .input(Add.class)
                        .nonBlocking()
                        .handle((call, in) -> in.a() + in.b()))
                .tool(Tool.of(
                        "route",
                        "Routes",
                        Routed.class,
                        (call, in) -> in.region().orElse("none")))
                .tool(Tool.of("plan", "Plans", Days.class, (call, in) -> in.days()))
                .tool(Tool.named("sample").requires(ClientCapability.SAMPLING).handle(call -> "sampled"))
                .tool(Tool.named("talk").handle(call -> {
                    call.progress(1, 2, "half");
                    call.log(LogLevel.DEBUG, "details");
                    call.log(LogLevel.WARNING, Map.of("disk", "full"));
                    call.progress(2, 2);
                    return "talked";
                }))
                .tool(Tool.named("wait").handle(call -> {
                    blocked.await();
                    return "waited";
                }))
                .build();
        mesh.start();
        return mesh;
    }

    @AfterEach
    void close() {
        blocked.countDown();
        if (mesh != null) {
            mesh.close();
        }
    }

    // Sending.

    private RecordedExchange send(String body, @Nullable Map<String, String> headers, Principal principal) {
        Map<String, List<String>> lists = null;
        if (headers != null) {
            lists = new HashMap<>();
            for (Map.Entry<String, String> header : headers.entrySet()) {
                lists.put(header.getKey(), List.of(header.getValue()));
            }
        }
        RecordedExchange exchange = new RecordedExchange(principal, lists);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        mesh.mcp().handle(bytes, 0, bytes.length, exchange);
        return exchange;
    }

    private RecordedExchange.Answer post(String body, Map<String, String> headers) throws Exception {
        return send(body, headers, Principal.anonymous()).await();
    }

    private static String request(String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"" + method + "\",\"params\":{" + params
                + (params.isEmpty() ? "" : ",") + META + "}}";
    }

    private static Map<String, String> headers(String method, String... more) {
        Map<String, String> headers = new HashMap<>(Map.of("MCP-Protocol-Version", REVISION, "Mcp-Method", method));
        for (int i = 0; i < more.length; i += 2) {
            headers.put(more[i], more[i + 1]);
        }
        return headers;
    }

    private RecordedExchange.Answer call(String tool, String arguments, String... more) throws Exception {
        Map<String, String> headers = headers("tools/call", more);
        headers.putIfAbsent("Mcp-Name", tool);
        return post(request("tools/call", "\"name\":\"" + tool + "\",\"arguments\":" + arguments), headers);
    }

    private static void assertError(RecordedExchange.Answer answer, int status, int code) {
        assertThat(answer.body().path("error").path("code").asInt())
                .as("%s", answer)
                .isEqualTo(code);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body().path("error").path("message").asString()).isNotBlank();
    }

    // Discovery and listing.

    @Test
    void discoveryTellsWhatIsServed() throws Exception {
        mesh();

        JsonNode result = post(request("server/discover", ""), headers("server/discover"))
                .body()
                .path("result");

        assertThat(result.path("resultType").asString()).isEqualTo("complete");
        assertThat(result.path("supportedVersions"))
                .isEqualTo(Json.parse("[\"2026-07-28\",\"2025-11-25\",\"2025-06-18\",\"2025-03-26\"]"));
        assertThat(result.path("capabilities"))
                .isEqualTo(Json.parse("{\"tools\":{\"listChanged\":true},\"logging\":{},"
                        + "\"prompts\":{\"listChanged\":true},"
                        + "\"resources\":{\"subscribe\":true,\"listChanged\":true},\"completions\":{},"
                        + "\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}"));
        assertThat(result.path("instructions").asString()).isEqualTo("Add first.");
        assertThat(result.path("cacheScope").asString()).isEqualTo("public");
        assertThat(result.path("ttlMs").isIntegralNumber()).isTrue();
        assertThat(result.path("_meta").path("io.modelcontextprotocol/serverInfo"))
                .isEqualTo(Json.parse("{\"name\":\"test\",\"version\":\"1.0\"}"));
    }

    @Test
    void toolsAreListedInTheOrderOfTheirRegistration() throws Exception {
        mesh();

        JsonNode result =
                post(request("tools/list", ""), headers("tools/list")).body().path("result");

        assertThat(result.path("tools"))
                .extracting(tool -> tool.path("name").asString())
                .containsExactly("add", "route", "plan", "sample", "talk", "wait");
        JsonNode add = result.path("tools").get(0);
        assertThat(add.path("title").asString()).isEqualTo("Add");
        assertThat(add.path("annotations")).isEqualTo(Json.parse("{\"readOnlyHint\":true}"));
        assertThat(add.path("inputSchema").path("required")).isEqualTo(Json.parse("[\"a\",\"b\"]"));
        assertThat(result.has("nextCursor")).isFalse();
    }

    @Test
    void pagesCoverEveryToolOnceEvenWhenOneGoesInBetween() throws Exception {
        mesh(DevMesh.builder().limits(Limits.defaults().withPageSize(2)));
        List<String> seen = new ArrayList<>();

        JsonNode page =
                post(request("tools/list", ""), headers("tools/list")).body().path("result");
        page.path("tools").forEach(tool -> seen.add(tool.path("name").asString()));
        mesh.tools().unregister("route"); // the one that the cursor names
        while (page.has("nextCursor")) {
            String cursor = page.path("nextCursor").asString();
            page = post(request("tools/list", "\"cursor\":\"" + cursor + "\""), headers("tools/list"))
                    .body()
                    .path("result");
            page.path("tools").forEach(tool -> seen.add(tool.path("name").asString()));
        }

        assertThat(seen).doesNotHaveDuplicates().contains("add", "sample", "talk", "wait");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"nonsense\"", "\"\"", "7", "\"MDphZGQ\"", "\"LTE6eA\""})
    void aCursorThatIsNotOursIsRefused(String cursor) throws Exception {
        mesh();

        assertError(post(request("tools/list", "\"cursor\":" + cursor), headers("tools/list")), 200, -32602);
    }

    @Test
    void aListShowsOnlyWhatTheCallerMayRun() throws Exception {
        mesh();
        Principal adder = Principal.of(Tenant.single(), "adder", "tools:execute:add");

        JsonNode tools = send(request("tools/list", ""), headers("tools/list"), adder)
                .await()
                .body()
                .path("result")
                .path("tools");

        assertThat(tools).hasSize(1);
        assertThat(tools.get(0).path("name").asString()).isEqualTo("add");
    }

    @Test
    void aChangedSetOfToolsIsListedAtOnce() throws Exception {
        mesh();
        post(request("tools/list", ""), headers("tools/list"));

        mesh.tools().register(Tool.named("late").handle(call -> ""));

        assertThat(post(request("tools/list", ""), headers("tools/list"))
                        .body()
                        .path("result")
                        .path("tools"))
                .anySatisfy(tool -> assertThat(tool.path("name").asString()).isEqualTo("late"));
    }

    // Calling.

    @Test
    void aCallAnswersWithItsContent() throws Exception {
        mesh();

        RecordedExchange.Answer answer = call("add", "{\"a\":2,\"b\":3}");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body().path("id")).isEqualTo(Json.parse("7"));
        assertThat(answer.body().path("result").path("resultType").asString()).isEqualTo("complete");
        assertThat(answer.body().path("result").path("content"))
                .isEqualTo(Json.parse("[{\"type\":\"text\",\"text\":\"5\"}]"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"abc\"", "0", "-5", "9007199254740993", "123456789012345678901234567890"})
    void theIdComesBackAsItCame(String id) throws Exception {
        mesh();
        String body = request("tools/list", "").replace("\"id\":7", "\"id\":" + id);

        assertThat(post(body, headers("tools/list")).body().path("id").toString())
                .isEqualTo(id);
    }

    @Test
    void absentArgumentsMeanNone() throws Exception {
        mesh();

        RecordedExchange.Answer answer =
                post(request("tools/call", "\"name\":\"talk\""), headers("tools/call", "Mcp-Name", "talk"));

        assertThat(answer.body()
                        .path("result")
                        .path("content")
                        .get(0)
                        .path("text")
                        .asString())
                .isEqualTo("talked");
    }

    @Test
    void wrongArgumentsAreForTheModelToMend() throws Exception {
        mesh();

        JsonNode result = call("plan", "{\"days\":20}").body().path("result");

        assertThat(result.path("isError").asBoolean()).isTrue();
        assertThat(result.path("content").get(0).path("text").asString()).contains("days must be at most 14, is 20");
    }

    @Test
    void anUnknownToolIsAProtocolErrorThatNamesTheNearest() throws Exception {
        mesh();

        RecordedExchange.Answer answer = call("ad", "{}");

        assertError(answer, 200, -32602);
        assertThat(answer.body().path("error").path("message").asString()).contains("Nearest: add");
        assertThat(answer.body().path("error").path("data").path("code").asString())
                .isEqualTo("TOOL_NOT_FOUND");
    }

    @Test
    void aToolThatNeedsMoreOfTheClientSaysWhat() throws Exception {
        mesh();

        RecordedExchange.Answer answer = call("sample", "{}");

        assertError(answer, 400, -32021);
        assertThat(answer.body().path("error").path("data").path("requiredCapabilities"))
                .isEqualTo(Json.parse("{\"sampling\":{}}"));
        String able = request("tools/call", "\"name\":\"sample\"")
                .replace("clientCapabilities\":{}", "clientCapabilities\":{\"sampling\":{}}");
        assertThat(post(able, headers("tools/call", "Mcp-Name", "sample"))
                        .body()
                        .has("result"))
                .isTrue();
    }

    @Test
    void progressAndLogGoOnlyToWhoeverAsked() throws Exception {
        mesh();
        String plain = request("tools/call", "\"name\":\"talk\"");
        String curious = plain.replace(
                "\"_meta\":{", "\"_meta\":{\"progressToken\":\"t1\",\"io.modelcontextprotocol/logLevel\":\"warning\",");
        Map<String, String> headers = headers("tools/call", "Mcp-Name", "talk");

        RecordedExchange silent = send(plain, headers, Principal.anonymous());
        silent.await();
        RecordedExchange told = send(curious, headers, Principal.anonymous());
        told.await();

        assertThat(silent.pushed).isEmpty();
        assertThat(told.pushed)
                .containsExactly(
                        Json.parse("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":"
                                + "{\"progressToken\":\"t1\",\"progress\":1,\"total\":2,\"message\":\"half\"}}"),
                        Json.parse("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":"
                                + "{\"level\":\"warning\",\"logger\":\"talk\",\"data\":{\"disk\":\"full\"}}}"),
                        Json.parse("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":"
                                + "{\"progressToken\":\"t1\",\"progress\":2,\"total\":2}}"));
    }

    @Test
    void anUnknownLogLevelIsRefused() throws Exception {
        mesh();
        String body = request("tools/call", "\"name\":\"talk\"")
                .replace("\"_meta\":{", "\"_meta\":{\"io.modelcontextprotocol/logLevel\":\"loud\",");

        assertError(post(body, headers("tools/call", "Mcp-Name", "talk")), 200, -32602);
    }

    @Test
    void aCancelledRequestIsNeverAnswered() throws Exception {
        mesh();
        RecordedExchange exchange = new RecordedExchange(Principal.anonymous(), null);
        byte[] body = request("tools/call", "\"name\":\"wait\"").getBytes(StandardCharsets.UTF_8);

        McpCall call = mesh.mcp().handle(body, 0, body.length, exchange);
        call.cancel("client disconnected");
        call.cancel("twice");
        blocked.countDown();
        mesh.close();

        assertThat(exchange.isAnswered()).isFalse();
    }

    @Test
    void aCredentialHasOnlySoManyRequestsUnderWay() throws Exception {
        mesh(DevMesh.builder().limits(Limits.defaults().withInFlightPerKey(2)));
        String waiting = request("tools/call", "\"name\":\"wait\"");
        RecordedExchange first = send(waiting, null, Principal.anonymous());
        RecordedExchange second = send(waiting, null, Principal.anonymous());

        RecordedExchange.Answer third =
                send(request("tools/list", ""), null, Principal.anonymous()).await();
        assertError(third, 429, 429);
        assertThat(third.retryAfter()).isPositive();
        assertThat(send(request("tools/list", ""), null, Principal.administrator(Tenant.single(), "ops"))
                        .await()
                        .status())
                .isEqualTo(200);

        blocked.countDown();
        first.await();
        second.await();
        assertThat(send(request("tools/list", ""), null, Principal.anonymous())
                        .await()
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aUsedUpRateSaysWhenToComeBack() throws Exception {
        mesh(DevMesh.builder().rateLimits(RateLimits.of(new RateLimitPolicy("default", 1, 1), Map.of())));
        call("add", "{\"a\":1,\"b\":1}");

        RecordedExchange.Answer answer = call("add", "{\"a\":1,\"b\":1}");

        assertError(answer, 429, 429);
        assertThat(answer.body().path("error").path("data").path("code").asString())
                .isEqualTo("RATE_LIMITED");
        assertThat(answer.retryAfter()).isPositive();
    }

    @Test
    void aCallerWithoutTheScopeIsTurnedAway() throws Exception {
        mesh();
        Principal nobody = Principal.of(Tenant.single(), "nobody", "contexts:read");

        RecordedExchange.Answer answer = send(
                        request("tools/call", "\"name\":\"add\",\"arguments\":{\"a\":1,\"b\":1}"),
                        headers("tools/call", "Mcp-Name", "add"),
                        nobody)
                .await();

        assertError(answer, 403, 403);
    }

    // The frame.

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"jsonrpc\":\"2.0\",                                              | 400 | -32700",
                "{} {}                                                              | 400 | -32700",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"id\":2,\"method\":\"x\"}           | 400 | -32700",
                "[]                                                                 | 400 | -32600",
                "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}]         | 400 | -32600",
                "\"text\"                                                           | 400 | -32600",
                "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"tools/list\"}           | 400 | -32600",
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"tools/list\"}        | 400 | -32600",
                "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"tools/list\"}         | 400 | -32600",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}                       | 400 | -32600",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}                        | 400 | -32600",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":[]} | 400 | -32600",
            })
    void whatIsNotARequestIsRefusedAsSuch(String body, int status, int code) throws Exception {
        mesh();

        assertError(post(body.strip(), headers("tools/list")), status, code);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\"_meta\":{}",
                "\"_meta\":7",
                "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}",
                "\"_meta\":{\"io.modelcontextprotocol/clientCapabilities\":{}}",
                "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":7,"
                        + "\"io.modelcontextprotocol/clientCapabilities\":{}}",
                "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                        + "\"io.modelcontextprotocol/clientCapabilities\":[]}"
            })
    void aRequestWithoutItsMetaIsRefused(String params) throws Exception {
        mesh();
        String body = "{\"jsonrpc\":\"2.0\",\"id\":101,\"method\":\"server/discover\",\"params\":{" + params + "}}";

        RecordedExchange.Answer answer = post(body, headers("server/discover"));

        assertError(answer, 400, -32602);
        assertThat(answer.body().path("id").asInt()).isEqualTo(101);
    }

    @Test
    void versionsAreComparedBeforeTheyAreKnown() throws Exception {
        mesh();
        String unknown = request("tools/list", "").replace(REVISION, "v999.0.0");
        Map<String, String> unknownHeader = headers("tools/list", "MCP-Protocol-Version", "v999.0.0");

        assertError(post(unknown, headers("tools/list")), 400, -32020);
        RecordedExchange.Answer both = post(unknown, unknownHeader);
        assertError(both, 400, -32022);
        assertThat(both.body().path("error").path("data"))
                .isEqualTo(
                        Json.parse(
                                "{\"supported\":[\"2026-07-28\",\"2025-11-25\",\"2025-06-18\",\"2025-03-26\"],\"requested\":\"v999.0.0\"}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "initialize",
                "ping",
                "logging/setLevel",
                "resources/subscribe",
                "resources/unsubscribe",
                "unknown/method"
            })
    void methodsThatAreNotOfThisRevisionDoNotExist(String method) throws Exception {
        mesh();

        assertError(post(request(method, ""), headers(method)), 404, -32601);
    }

    @Test
    void notificationsAreTakenWithoutAWord() throws Exception {
        mesh();

        RecordedExchange.Answer answer = post(
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}",
                Map.of("MCP-Protocol-Version", REVISION));

        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.body()).isNull();
    }

    // Headers against body.

    @Test
    void headersMustBeThereAndSayWhatTheBodySays() throws Exception {
        mesh();
        String list = request("tools/list", "");

        assertError(post(list, Map.of("Mcp-Method", "tools/list")), 400, -32020);
        assertError(post(list, Map.of("MCP-Protocol-Version", REVISION)), 400, -32020);
        assertError(post(list, headers("prompts/list")), 400, -32020);
        assertError(post(list, headers("TOOLS/LIST")), 400, -32020);
        assertError(call("add", "{\"a\":1,\"b\":2}", "Mcp-Name", "sub"), 400, -32020);
        assertError(post(request("tools/call", "\"name\":\"add\""), headers("tools/call")), 400, -32020);
        assertThat(post(list, headers("tools/list")).status()).isEqualTo(200);
    }

    @Test
    void aTransportWithoutHeadersIsNotAskedForThem() throws Exception {
        mesh();

        assertThat(send(request("tools/list", ""), null, Principal.anonymous())
                        .await()
                        .status())
                .isEqualTo(200);
    }

    @Test
    void theSameHeaderTwiceWithDifferentValuesIsRefused() throws Exception {
        mesh();
        Map<String, List<String>> headers =
                Map.of("MCP-Protocol-Version", List.of(REVISION, "2025-11-25"), "Mcp-Method", List.of("tools/list"));
        RecordedExchange exchange = new RecordedExchange(Principal.anonymous(), headers);
        byte[] body = request("tools/list", "").getBytes(StandardCharsets.UTF_8);

        mesh.mcp().handle(body, 0, body.length, exchange);

        assertError(exchange.await(), 400, -32020);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Hello                     | Hello                                   | true",
                "Hello                     | =?base64?SGVsbG8=?=                     | true",
                "Hello                     | =?base64?SGVsbG8?=                      | false",
                "Hello                     | =?base64?SGVs!!!bG8=?=                  | false",
                "Hello                     | hello                                   | false",
                "SGVsbG8=                  | SGVsbG8=                                | true",
                "=?base64?SGVsbG8=         | =?base64?SGVsbG8=                       | true",
                "=?base64?literal?=        | =?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=     | true",
                "Hello, 世界               | =?base64?SGVsbG8sIOS4lueVjA==?=         | true",
                "x                         | =?base64?/w==?=                         | false",
            })
    void mirroredTextsAreComparedAfterDecoding(String argument, String header, boolean accepted) throws Exception {
        mesh();
        ObjectNode arguments = Json.object().put("region", argument.strip());

        RecordedExchange.Answer answer = call("route", arguments.toString(), "Mcp-Param-Region", header.strip());

        if (accepted) {
            assertThat(answer.status()).as("%s", answer).isEqualTo(200);
        } else {
            assertError(answer, 400, -32020);
        }
    }

    @Test
    void mirroredArgumentsMustBeThereExactlyWhenTheArgumentIs() throws Exception {
        mesh();

        assertError(call("route", "{\"region\":\"eu\"}"), 400, -32020);
        assertError(call("route", "{}", "Mcp-Param-Region", "eu"), 400, -32020);
        assertThat(call("route", "{}").status()).isEqualTo(200);
        assertThat(call("route", "{}", "Mcp-Param-Other", "eu").status()).isEqualTo(200);
    }

    @Test
    void mirroredIntegersAreComparedAsNumbers() throws Exception {
        mesh();

        assertThat(call("route", "{\"shard\":42}", "Mcp-Param-Shard", "42.0").status())
                .isEqualTo(200);
        assertError(call("route", "{\"shard\":42}", "Mcp-Param-Shard", "43"), 400, -32020);
        assertError(call("route", "{\"shard\":42}", "Mcp-Param-Shard", "many"), 400, -32020);
    }
}
