package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.content.Message;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.event.TraceContext;
import dev.devmesh.inmemory.InMemoryRateLimiter;
import dev.devmesh.json.Json;
import dev.devmesh.limit.Charge;
import dev.devmesh.limit.RateLimitDecision;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimiter;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.prompt.Prompt;
import dev.devmesh.resource.Resource;
import dev.devmesh.rest.RestExecution;
import dev.devmesh.rest.RestRequest;
import dev.devmesh.rest.RestResponse;
import dev.devmesh.task.TaskStatus;
import dev.devmesh.tool.Tool;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is charged at which door: each request once, whatever it goes through behind it. */
class TollTest {

    record Name(String name) {}

    private record Taken(String key, int cost) {}

    private static final String MODERN = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
            + "\"io.modelcontextprotocol/clientCapabilities\":{\"elicitation\":{}}}";
    private static final Principal ANN = caller("ann", "default");
    private static final Principal FREE = caller("ann", Principal.UNLIMITED_PLAN);

    private final SettableClock clock = new SettableClock(Instant.parse("2026-03-01T12:00:00.500Z"));
    private final AtomicLong nanos = new AtomicLong();
    private final List<Taken> taken = new CopyOnWriteArrayList<>();

    /** The real one, watched. */
    private final RateLimiter limiter = new RateLimiter() {

        private final RateLimiter real = new InMemoryRateLimiter(1_000, nanos::get);

        @Override
        public RateLimitDecision acquire(String key, RateLimitPolicy policy, int cost) {
            if (cost > 0 && !key.contains("/once/")) {
                taken.add(new Taken(key, cost));
            }
            return real.acquire(key, policy, cost);
        }

        @Override
        public boolean blocking() {
            return false;
        }
    };

    private final DevMesh mesh = DevMesh.builder()
            .clock(clock)
            .rateLimiter(limiter)
            .rateLimits(RateLimits.of(
                            new RateLimitPolicy("default", 60, 20),
                            Map.of("small", new RateLimitPolicy("small", 60, 3)))
                    .weights(Map.of("told", 4)))
            .tool(Tool.named("add").nonBlocking().handle(call -> "added"))
            .tool(Tool.named("heavy").weight(5).nonBlocking().handle(call -> "lifted"))
            .tool(Tool.named("told").weight(2).nonBlocking().handle(call -> "told"))
            .tool(Tool.named("greet")
                    .weight(5)
                    .handle(call ->
                            call.elicit("who", "Who?", Name.class).orElseThrow().name()))
            .tool(Tool.named("job").weight(5).longRunning().handle(call -> "done"))
            .resource(Resource.text("farm://motd", "text/plain", () -> "hello"))
            .prompt(Prompt.named("triage").argument("log").handle((call, args) -> Message.user("why")))
            .build();

    TollTest() {
        mesh.start();
    }

    @AfterEach
    void close() {
        mesh.close();
    }

    private static Principal caller(String subject, String plan) {
        return new Principal(
                Tenant.single(), subject, Principal.anonymous().scopes(), Set.of(), plan, "key_" + subject);
    }

    // ---- doors

    private RecordedExchange post(Principal principal, @Nullable Map<String, List<String>> headers, String body) {
        RecordedExchange exchange = new RecordedExchange(principal, headers);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        mesh.mcp().handle(bytes, 0, bytes.length, exchange);
        return exchange;
    }

    private RecordedExchange modern(Principal principal, String method, String params) throws Exception {
        RecordedExchange exchange =
                post(principal, null, request(1, method, params.isEmpty() ? MODERN : params + "," + MODERN));
        exchange.await();
        return exchange;
    }

    private static String request(int id, String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":{" + params + "}}";
    }

    private Map<String, List<String>> session(String revision) throws Exception {
        RecordedExchange begun = post(
                ANN,
                Map.of(),
                request(
                        0,
                        "initialize",
                        "\"protocolVersion\":\"" + revision
                                + "\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}"));
        assertThat(begun.await().status()).isEqualTo(200);
        return Map.of(
                "MCP-Protocol-Version",
                List.of(revision),
                "Mcp-Session-Id",
                List.of(String.valueOf(begun.sessionId())));
    }

    private RestResponse rest(Principal principal, String method, String target, String body) {
        RestExecution execution = mesh.rest()
                .begin(new RestRequest(
                        method,
                        target,
                        Map.of(),
                        body.getBytes(StandardCharsets.UTF_8),
                        Optional.of(principal),
                        new Credentials("", "", "192.0.2.1"),
                        TraceContext.begin()));
        mesh.threads().execute(execution);
        return execution
                .result()
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    private List<Integer> costs() {
        return taken.stream().map(Taken::cost).toList();
    }

    // ---- what is charged

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            server/discover   |                                                              | 1
            tools/list        |                                                              | 1
            tools/call        | "name":"add"                                                 | 1
            tools/call        | "name":"heavy"                                               | 5
            tools/call        | "name":"told"                                                | 4
            tools/call        | "name":"nothing"                                             | 1
            tools/call        | "name":"add","requestState":"made up"                        | 1
            tools/list        | "requestState":"made up"                                     | 1
            resources/list    |                                                              | 1
            resources/read    | "uri":"farm://motd"                                          | 1
            prompts/list      |                                                              | 1
            prompts/get       | "name":"triage","arguments":{"log":"x"}                      | 1
            completion/complete | "ref":{"type":"ref/prompt","name":"triage"},"argument":{"name":"log","value":""} | 1
            tasks/get         | "taskId":"task_0"                                            | 1
            no/such/method    |                                                              | 1
            """)
    void aRequestOfTheStatelessRevisionIsChargedOnce(String method, String params, int cost) throws Exception {
        RecordedExchange exchange = modern(ANN, method, params == null ? "" : params);

        assertThat(taken).containsExactly(new Taken("default/key_ann", cost));
        assertThat(exchange.charges).extracting(Charge::cost).containsExactly(cost);
    }

    @Test
    void theWholeRequestIsChargedThatFailsEarly() throws Exception {
        post(ANN, Map.of(), "{").await();
        post(ANN, Map.of(), "{\"jsonrpc\":\"1.0\"}").await();
        post(ANN, Map.of("MCP-Protocol-Version", List.of("2026-07-28")), "[]").await();
        post(ANN, Map.of(), "[]").await();
        post(ANN, Map.of(), request(1, "tools/list", "")).await();
        post(ANN, Map.of("MCP-Protocol-Version", List.of("1999-01-01")), request(1, "tools/list", MODERN))
                .await();

        assertThat(costs()).containsExactly(1, 1, 1, 1, 1, 1);
    }

    @Test
    void aRequestOfASessionIsChargedOnceAndNotificationsAndResponsesAreNot() throws Exception {
        Map<String, List<String>> session = session("2025-11-25");
        assertThat(costs()).as("initialize").containsExactly(1);

        post(ANN, session, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}")
                .await();
        RecordedExchange told =
                post(ANN, session, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{}}");
        post(ANN, session, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}").await();
        RecordedExchange stream = new RecordedExchange(ANN, session);
        mesh.mcp().open(stream);
        assertThat(costs()).containsExactly(1);
        assertThat(told.charges)
                .extracting(charge -> charge.decision().remaining())
                .as("but it is told what is left")
                .containsExactly(19);
        assertThat(stream.charges).hasSize(1);

        RecordedExchange heavy = post(ANN, session, request(2, "tools/call", "\"name\":\"heavy\""));
        post(ANN, session, request(3, "ping", "")).await();
        assertThat(heavy.await().status()).isEqualTo(200);
        assertThat(costs()).containsExactly(1, 5, 1);
        assertThat(heavy.charges)
                .extracting(charge -> charge.decision().remaining())
                .containsExactly(14);
    }

    @Test
    void eachRequestOfABatchIsCharged() throws Exception {
        Map<String, List<String>> session = session("2025-03-26");
        Principal small = caller("ann", "small");
        taken.clear();

        RecordedExchange batch = post(
                small,
                session,
                "[" + request(1, "ping", "") + ",{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"},"
                        + request(2, "ping", "") + "," + request(3, "ping", "") + "," + request(4, "ping", "") + "]");

        await().until(batch::isStreamOver);
        assertThat(costs()).containsExactly(1, 1, 1, 1);
        assertThat(batch.pushed).hasSize(4);
        assertThat(batch.pushed)
                .filteredOn(answer -> answer.has("error"))
                .as("one was taken by initialize")
                .extracting(answer -> answer.path("error").path("code").asInt())
                .containsExactly(429, 429);
    }

    @Test
    void aRequestOfAConnectionIsChargedOnce() {
        List<JsonNode> received = new CopyOnWriteArrayList<>();
        McpConnection[] connection = new McpConnection[1];
        connection[0] = mesh.mcp()
                .connect(
                        ANN,
                        "192.0.2.1",
                        () -> connection[0]
                                .next()
                                .ifPresent(event -> received.add(
                                        Json.parse(Json.bytes(event.message().orElseThrow())))));
        for (String message : List.of(
                request(1, "tools/call", "\"name\":\"heavy\"," + MODERN),
                request(2, "tools/list", MODERN),
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{}}",
                "garbage")) {
            byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
            connection[0].receive(bytes, 0, bytes.length);
        }

        assertThat(taken)
                .containsExactly(
                        new Taken("default/key_ann", 5),
                        new Taken("default/key_ann", 1),
                        new Taken("default/key_ann", 1));
        assertThat(received).hasSize(3);
        connection[0].disconnected("test over");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET   | /api/v1/tools             |    | 1 | 200
            GET   | /api/v1/tools/heavy       |    | 1 | 200
            POST  | /api/v1/tools/add/call    | {} | 1 | 200
            POST  | /api/v1/tools/heavy/call  | {} | 5 | 200
            POST  | /api/v1/tools/told/call   | {} | 4 | 200
            POST  | /api/v1/tools/none/call   | {} | 1 | 404
            POST  | /api/v1/tools/heavy/call  | [] | 5 | 400
            PATCH | /api/v1/tools             | {} | 1 | 405
            GET   | /api/v1/nothing           |    | 1 | 404
            GET   | /api/v1/%zz               |    | 1 | 400
            """)
    void aRestRequestIsChargedOnce(String method, String target, String body, int cost, int status) {
        RestResponse answer = rest(ANN, method, target, body == null ? "" : body);

        assertThat(answer.status()).isEqualTo(status);
        assertThat(taken).containsExactly(new Taken("default/key_ann", cost));
        assertThat(answer.headers()).containsEntry("X-RateLimit-Remaining", Integer.toString(20 - cost));
    }

    @Test
    void aCallOfTheProgramItselfIsChargedOnce() {
        mesh.call(ANN, "heavy", Map.of());
        mesh.call(ANN, "add", Map.of());
        mesh.read(ANN, "farm://motd");
        mesh.prompt(ANN, "triage", Map.of("log", "x"));

        assertThat(costs()).containsExactly(5, 1, 1, 1);
    }

    @Test
    void aTaskIsChargedWhenItIsMade() {
        String made = mesh.tasks().submit(ANN, "job", Map.of()).id();
        await().until(() -> mesh.tasks().get(ANN, made).status() == TaskStatus.COMPLETED);
        assertThat(costs()).containsExactly(5);
        taken.clear();

        ObjectNode meta = Json.object().put("io.modelcontextprotocol/protocolVersion", "2026-07-28");
        ClientCapability.declare(
                Set.of(ClientCapability.TASKS), meta.putObject("io.modelcontextprotocol/clientCapabilities"));
        RecordedExchange exchange = new RecordedExchange(ANN, null);
        byte[] body =
                request(1, "tools/call", "\"name\":\"job\",\"_meta\":" + meta).getBytes(StandardCharsets.UTF_8);
        mesh.mcp().handle(body, 0, body.length, exchange);
        String other = assertDoesNotFail(exchange).path("result").path("taskId").asString();
        await().until(() -> mesh.tasks().get(ANN, other).status() == TaskStatus.COMPLETED);
        assertThat(costs()).containsExactly(5);
    }

    private static JsonNode assertDoesNotFail(RecordedExchange exchange) {
        try {
            RecordedExchange.Answer answer = exchange.await();
            assertThat(answer.status()).isEqualTo(200);
            return answer.body();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aRoundIsPaidForWithItsCallAndAStateIsGoodForThatOnce() throws Exception {
        JsonNode asked = modern(ANN, "tools/call", "\"name\":\"greet\"").await().body();
        String state = asked.path("result").path("requestState").asString();
        String again = "\"name\":\"greet\",\"requestState\":\"" + state
                + "\",\"inputResponses\":{\"who\":{\"action\":\"accept\",\"content\":{\"name\":\"Ada\"}}}";

        RecordedExchange answered = modern(ANN, "tools/call", again);

        assertThat(answered.await().body().toString()).contains("Ada");
        assertThat(costs()).containsExactly(5);
        assertThat(answered.charges).extracting(Charge::cost).containsExactly(0);
        assertThat(modern(ANN, "tools/call", again).await().body().toString()).contains("Ada");
        assertThat(costs()).as("shown again, it costs what a call costs").containsExactly(5, 5);
        taken.clear();
        modern(caller("eve", "default"), "tools/call", again).await();
        modern(caller("eve", "default"), "tools/call", again).await();
        modern(ANN, "tools/list", "\"requestState\":\"" + state + "\"").await();
        assertThat(costs()).as("only calls go on").containsExactly(5, 1);
    }

    // ---- who is counted

    @Test
    void callersWithoutACredentialAreCountedByTheirAddress() throws Exception {
        for (String address : List.of("192.0.2.1", "192.0.2.2", "2001:db8:1:2::3", "2001:db8:1:2:ffff::4", "")) {
            RecordedExchange exchange = new RecordedExchange(Principal.anonymous(), null).from(address);
            byte[] body = request(1, "tools/list", MODERN).getBytes(StandardCharsets.UTF_8);
            mesh.mcp().handle(body, 0, body.length, exchange);
            exchange.await();
        }
        rest(Principal.anonymous(), "GET", "/api/v1/tools", "");

        assertThat(taken)
                .extracting(Taken::key)
                .containsExactly(
                        "default/address 192.0.2.1",
                        "default/address 192.0.2.2",
                        "default/address 2001:db8:1:2:0:0:0:0/64",
                        "default/address 2001:db8:1:2:0:0:0:0/64",
                        "default/anonymous",
                        "default/address 192.0.2.1");
    }

    @Test
    void nobodyIsAskedWhereThePlanHasNoLimit() throws Exception {
        RecordedExchange exchange = modern(FREE, "tools/call", "\"name\":\"heavy\"");
        RestResponse answer = rest(FREE, "GET", "/api/v1/tools", "");

        assertThat(taken).isEmpty();
        assertThat(exchange.charges).isEmpty();
        assertThat(answer.headers()).isEmpty();
    }

    // ---- what is said

    @Test
    void theRefusalNamesPlanLimitCredentialAndReset() throws Exception {
        Principal small = caller("sam", "small");
        for (int i = 0; i < 3; i++) {
            modern(small, "tools/list", "");
        }

        RecordedExchange.Answer refused = modern(small, "tools/list", "").await();

        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.retryAfter()).hasSeconds(1);
        JsonNode error = refused.body().path("error");
        assertThat(error.path("data").path("code").asString()).isEqualTo("RATE_LIMITED");
        assertThat(error.path("message").asString())
                .isEqualTo(
                        "Rate limit exceeded: plan 'small' allows 60 requests a minute and 3 at once; key_sam may send"
                                + " the next one again at 2026-03-01T12:00:02Z and has everything back at 2026-03-01T12:00:04Z.");
        assertThat(error.path("data").path("fix").asString()).contains("Retry-After");
    }

    @Test
    void whoCanPayAPartOnlyPaysNothingAndLearnsWhenTheWholeIsThere() {
        Principal ben = caller("ben", "default");
        mesh.call(ben, "heavy", Map.of());
        mesh.call(ben, "heavy", Map.of());
        mesh.call(ben, "heavy", Map.of());
        rest(ben, "GET", "/api/v1/tools", "");
        RestResponse refused = rest(ben, "POST", "/api/v1/tools/heavy/call", "{}");

        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.headers())
                .containsEntry("X-RateLimit-Remaining", "4")
                .containsEntry("Retry-After", "1");
        assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains("this, which counts as 5,");
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(rest(ben, "POST", "/api/v1/tools/heavy/call", "{}").status()).isEqualTo(200);
    }

    @Test
    void whatCostsMoreThanTheBurstIsNeverAdmittedAndToldSo() {
        assertThatThrownBy(() -> mesh.call(caller("sam", "small"), "heavy", Map.of()))
                .isInstanceOfSatisfying(
                        MeshException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.RATE_LIMITED))
                .hasMessage(
                        "Rate limit exceeded: plan 'small' allows 60 requests a minute and 3 at once; this counts as 5,"
                                + " more than key_sam can ever have at once.");
    }
}
