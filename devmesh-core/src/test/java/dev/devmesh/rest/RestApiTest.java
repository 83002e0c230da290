package dev.devmesh.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.Limits;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.event.TraceContext;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.json.Json;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class RestApiTest {

    private static final Principal ALICE =
            Principal.of(new Tenant("acme"), "alice", "contexts", "tools:execute:add", "tools:execute:slow");
    private static final Principal ROOT = Principal.administrator(new Tenant("acme"), "root");
    private static final Principal READER = Principal.of(new Tenant("acme"), "reader", "contexts:read");
    private static final Principal GEORGE = Principal.administrator(new Tenant("globex"), "george");
    private static final TraceContext TRACE =
            TraceContext.from("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

    private final SettableClock clock = new SettableClock();
    private final CountDownLatch release = new CountDownLatch(1);
    private final CountDownLatch entered = new CountDownLatch(1);
    private final List<AutoCloseable> opened = new ArrayList<>();
    private DevMesh mesh = started(builder());

    record Sum(int a, int b) {}

    private DevMeshBuilder builder() {
        return DevMesh.builder()
                .name("farm")
                .version("2.3")
                .clock(clock)
                .tool(Tool.of("add", "Adds two integers", Sum.class, (call, in) -> in.a() + in.b()))
                .tool(Tool.named("secret").handle(call -> "hidden"))
                .tool(Tool.named("slow").timeout(Duration.ofMillis(50)).handle(call -> {
                    entered.countDown();
                    release.await(10, TimeUnit.SECONDS);
                    return "late";
                }))
                .tool(Tool.named("sorry").handle(call -> {
                    throw new ToolException("no paper left");
                }))
                .tool(Tool.named("asks")
                        .input(Sum.class)
                        .confirm(in -> "Really?")
                        .handle((call, in) -> "done"));
    }

    private DevMesh started(DevMeshBuilder settings) {
        DevMesh made = settings.build();
        opened.add(made);
        made.start();
        return made;
    }

    @AfterEach
    void close() throws Exception {
        release.countDown();
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    // ---- the frame

    @Test
    void everyErrorIsAnEnvelopeWithTheTrace() {
        RestResponse answer = get(ALICE, "/api/v1/contxts");

        assertThat(answer.status()).isEqualTo(404);
        assertThat(json(answer).path("code").asString()).isEqualTo("ROUTE_NOT_FOUND");
        assertThat(json(answer).path("error").asString()).contains("Nearest: /api/v1/contexts");
        assertThat(json(answer).path("trace_id").asString()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
        assertThat(json(answer).path("fix").asString()).isNotEmpty();
    }

    @Test
    void aMethodThatThePathDoesNotKnowIs405WithThoseThatItKnows() {
        RestResponse answer = send(ALICE, "DELETE", "/api/v1/contexts", "");

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.headers()).containsEntry("Allow", "GET, HEAD, POST, OPTIONS");
        assertThat(send(ALICE, "PROPFIND", "/api/v1/contexts", "").status()).isEqualTo(405);
        assertThat(mesh.rest().allow("/api/v1/contexts/x")).contains("GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    }

    @Test
    void whoLacksAPermissionIsToldWhich() {
        RestResponse answer = post(READER, "/api/v1/contexts", "{}");

        assertThat(answer.status()).isEqualTo(403);
        assertThat(json(answer).path("error").asString()).contains("contexts:write");
    }

    @Test
    void whoIsNobodyIs401ExceptForTheDescription() {
        assertThat(exchange(Optional.empty(), "GET", "/api/v1/tools", "", Map.of())
                        .status())
                .isEqualTo(401);
        assertThat(exchange(Optional.empty(), "GET", "/openapi.json", "", Map.of())
                        .status())
                .isEqualTo(200);
    }

    @Test
    void unknownAndReadOnlyMembersAreNamed() {
        RestResponse answer =
                post(ALICE, "/api/v1/contexts", "{\"id\": \"ctx_1\", \"nam\": \"x\", \"token_count\": 7}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(json(answer).path("code").asString()).isEqualTo("INVALID_VALUE");
        assertThat(json(answer).path("error").asString())
                .contains("\"id\" is read-only", "\"token_count\" is read-only", "nam", "did you mean name?");
        assertThat(json(post(ALICE, "/api/v1/contexts", "{\"max_tokens\": \"many\"}"))
                        .path("error")
                        .asString())
                .contains("max_tokens");
        assertThat(post(ALICE, "/api/v1/contexts", "[1]").status()).isEqualTo(400);
        assertThat(post(ALICE, "/api/v1/contexts", "{").status()).isEqualTo(400);
        assertThat(post(ALICE, "/api/v1/contexts", "").status()).isEqualTo(400);
        assertThat(send(ALICE, "DELETE", "/api/v1/contexts/x", "{}").status()).isEqualTo(400);
    }

    @Test
    void parametersAreCheckedAndNamed() {
        assertThat(json(get(ALICE, "/api/v1/contexts?limt=3")).path("error").asString())
                .contains("limt", "Did you mean limit?");
        for (String limit : List.of("0", "201", "-1", "+5", "1.0", "x", "", "99999999999999999999")) {
            assertThat(get(ALICE, "/api/v1/contexts?limit=" + limit).status())
                    .as(limit)
                    .isEqualTo(400);
        }
        assertThat(get(ALICE, "/api/v1/contexts?limit=200").status()).isEqualTo(200);
        assertThat(get(ALICE, "/api/v1/contexts?cursor=nonsense").status()).isEqualTo(400);
        assertThat(get(ALICE, "/api/v1/tools?cursor=nonsense").status()).isEqualTo(400);
    }

    @Test
    void aFaultIs500WithTheTraceAndNothingElse() {
        mesh = started(builder()
                .authenticator(credentials -> Optional.empty())
                .rateLimiter((key, policy, cost) -> {
                    throw new IllegalStateException("secret detail");
                })
                .rateLimits(RateLimits.of(new RateLimitPolicy("default", 60, 10), Map.of())));

        RestResponse answer = get(ALICE, "/api/v1/tools");

        assertThat(answer.status()).isEqualTo(500);
        assertThat(json(answer).path("code").asString()).isEqualTo("MCP-PANIC");
        assertThat(text(answer)).doesNotContain("secret detail").contains(TRACE.traceId());
    }

    @Test
    void theRateIsToldWithEveryAnswerAndChargedOnce() {
        mesh = started(builder().rateLimits(RateLimits.of(new RateLimitPolicy("gold", 60, 3), Map.of())));

        RestResponse first = post(ALICE, "/api/v1/tools/add/call", "{\"arguments\": {\"a\": 1, \"b\": 2}}");
        RestResponse second = get(ALICE, "/api/v1/nothing");
        get(ALICE, "/api/v1/tools");
        RestResponse fourth = get(ALICE, "/api/v1/tools");

        assertThat(first.headers())
                .containsEntry("X-RateLimit-Limit", "3")
                .containsEntry("X-RateLimit-Remaining", "2")
                .containsEntry("RateLimit-Policy", "\"gold\";q=3;w=3")
                .containsEntry("RateLimit", "\"gold\";r=2;t=1");
        long now = clock.instant().getEpochSecond();
        assertThat(Long.parseLong(first.headers().get("X-RateLimit-Reset"))).isBetween(now, now + 2);
        assertThat(second.status()).isEqualTo(404);
        assertThat(second.headers()).containsEntry("X-RateLimit-Remaining", "1");
        assertThat(fourth.status()).isEqualTo(429);
        assertThat(json(fourth).path("code").asString()).isEqualTo("RATE_LIMITED");
        assertThat(fourth.headers()).containsEntry("Retry-After", "1").containsEntry("X-RateLimit-Remaining", "0");
    }

    @Test
    void requestsUnderWayCountUntilTheHandlerReturns() throws Exception {
        mesh = started(builder()
                .limits(Limits.defaults().withInFlightPerKey(1).withRequestTimeout(Duration.ofMillis(500)))
                .store(blockedStore()));
        Principal other = Principal.of(ALICE.tenant(), "other", "contexts");

        RestResponse late = get(ALICE, "/api/v1/contexts");
        RestResponse more = get(ALICE, "/api/v1/tools");

        assertThat(late.status()).isEqualTo(504);
        assertThat(json(late).path("code").asString()).isEqualTo("DEADLINE_EXCEEDED");
        assertThat(json(late).path("error").asString()).contains("store (");
        assertThat(more.status()).isEqualTo(429);
        assertThat(more.headers()).containsKey("Retry-After");
        assertThat(get(other, "/api/v1/tools").status()).isEqualTo(200);
        release.countDown();
        await().until(() -> get(ALICE, "/api/v1/tools").status() == 200);
    }

    /** One that waits for the test, whatever interrupts it. */
    private BlockedStore blockedStore() {
        BlockedStore store = new BlockedStore(InMemoryStore.create(clock), release);
        opened.add(store);
        return store;
    }

    @Test
    void headIsAskedAsGet() {
        assertThat(send(ALICE, "HEAD", "/api/v1/tools", "").status()).isEqualTo(200);
    }

    // ---- tools

    @Test
    void onlyToolsThatTheCallerMayRunAreListedPageByPage() {
        JsonNode first = json(get(ALICE, "/api/v1/tools?limit=1"));
        JsonNode second = json(get(
                ALICE,
                "/api/v1/tools?limit=1&cursor=" + first.path("next_cursor").asString()));

        assertThat(first.at("/data/0/name").asString()).isEqualTo("add");
        assertThat(first.at("/data/0/input_schema/properties/a/type").asString())
                .isEqualTo("integer");
        assertThat(second.at("/data/0/name").asString()).isEqualTo("slow");
        assertThat(second.has("next_cursor")).isFalse();
        assertThat(json(get(GEORGE, "/api/v1/tools")).path("data")).hasSize(5);
    }

    @Test
    void aToolIsShownToWhoMayRunIt() {
        assertThat(json(get(ALICE, "/api/v1/tools/add")).path("description").asString())
                .isEqualTo("Adds two integers");
        assertThat(get(ALICE, "/api/v1/tools/secret").status()).isEqualTo(403);
        RestResponse unknown = get(ALICE, "/api/v1/tools/ad");
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(json(unknown).path("code").asString()).isEqualTo("TOOL_NOT_FOUND");
        assertThat(json(unknown).path("error").asString()).contains("Nearest: add");
    }

    @Test
    void aToolIsRunThroughTheOneDoor() {
        JsonNode sum = json(call(ALICE, "add", "{\"arguments\": {\"a\": 1, \"b\": 2}}"));
        assertThat(sum.at("/content/0/text").asString()).isEqualTo("3");
        assertThat(sum.path("is_error").asBoolean()).isFalse();

        RestResponse wrong = call(ALICE, "add", "{\"arguments\": {\"a\": 1}}");
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(json(wrong).path("code").asString()).isEqualTo("INVALID_ARGUMENTS");

        assertThat(call(ALICE, "secret", "{}").status()).isEqualTo(403);
        assertThat(call(ALICE, "adds", "{}").status()).isEqualTo(404);

        RestResponse sorry = call(GEORGE, "sorry", "{}");
        assertThat(sorry.status()).isEqualTo(200);
        assertThat(json(sorry).path("is_error").asBoolean()).isTrue();
        assertThat(json(sorry).at("/content/0/text").asString()).isEqualTo("no paper left");
    }

    @Test
    void aToolHasItsOwnTime() {
        RestResponse late = call(ALICE, "slow", "{}");

        assertThat(late.status()).isEqualTo(504);
        assertThat(json(late).path("code").asString()).isEqualTo("HANDLER_TIMEOUT");
        assertThat(json(late).path("error").asString()).contains("slow", "50 ms");
    }

    @Test
    void aToolThatAsksSaysSoInsteadOfWaiting() {
        RestResponse asks = call(GEORGE, "asks", "{\"arguments\": {\"a\": 1, \"b\": 2}}");

        assertThat(asks.status()).isEqualTo(400);
        assertThat(json(asks).path("error").asString()).contains("'asks'", "REST cannot carry questions");
        assertThat(json(asks).path("fix").asString()).contains("MCP");
    }

    @Test
    void whoLeavesHasTheToolInterrupted() throws Exception {
        AtomicBoolean interrupted = new AtomicBoolean();
        mesh.tools().register(Tool.named("wait").handle(call -> {
            entered.countDown();
            try {
                release.await(10, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
            return "";
        }));
        RestExecution execution =
                mesh.rest().begin(request(Optional.of(GEORGE), "POST", "/api/v1/tools/wait/call", "{}", Map.of()));
        execution.run();
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();

        execution.cancel("client disconnected");

        await().untilTrue(interrupted);
    }

    // ---- contexts

    @Test
    void aContextIsCreatedReadChangedReplacedAndDeleted() {
        RestResponse created = post(
                ALICE, "/api/v1/contexts", "{\"name\": \"red build\", \"agent\": \"bot\", \"metadata\": {\"k\": 1}}");
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.headers()).containsEntry("ETag", "\"1\"");
        String path = created.headers().get("Location");
        JsonNode context = json(get(ALICE, path));
        assertThat(context).isEqualTo(json(created));
        assertThat(context.path("created_at").asString()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(path).isEqualTo("/api/v1/contexts/" + context.path("id").asString());

        RestResponse patched = send(ALICE, "PATCH", path, "{\"name\": \"green\"}", Map.of("if-match", "\"1\""));
        assertThat(patched.status()).isEqualTo(200);
        assertThat(patched.headers()).containsEntry("ETag", "\"2\"");
        assertThat(json(patched).at("/metadata/k").asInt()).isEqualTo(1);

        RestResponse stale = send(ALICE, "PATCH", path, "{\"name\": \"x\"}", Map.of("if-match", "\"1\""));
        assertThat(stale.status()).isEqualTo(412);
        assertThat(json(stale).path("code").asString()).isEqualTo("VERSION_CONFLICT");
        assertThat(json(stale).path("current_version").asInt()).isEqualTo(2);
        assertThat(send(ALICE, "DELETE", path, "", Map.of("if-match", "W/\"2\""))
                        .status())
                .isEqualTo(412);
        assertThat(send(ALICE, "DELETE", path, "", Map.of("if-match", "2")).status())
                .isEqualTo(400);

        RestResponse replaced = send(ALICE, "PUT", path, "{\"name\": \"new\"}", Map.of("if-match", "*"));
        assertThat(json(replaced).path("metadata")).isEmpty();
        assertThat(send(ALICE, "PUT", path, "{}").status()).isEqualTo(400);

        assertThat(exchange(Optional.of(ALICE), "GET", path, "", Map.of("if-none-match", "\"3\""))
                        .status())
                .isEqualTo(304);
        assertThat(send(ALICE, "DELETE", path, "", Map.of("if-match", "\"3\"")).status())
                .isEqualTo(204);
        assertThat(get(ALICE, path).status()).isEqualTo(404);
    }

    @Test
    void contextsAreListedPageByPageAndFiltered() {
        for (int i = 0; i < 3; i++) {
            post(ALICE, "/api/v1/contexts", "{\"name\": \"c" + i + "\"}");
            clock.advance(Duration.ofSeconds(1));
        }
        JsonNode first = json(get(ALICE, "/api/v1/contexts?limit=2"));
        JsonNode second = json(get(
                ALICE,
                "/api/v1/contexts?limit=2&cursor=" + first.path("next_cursor").asString()));

        assertThat(first.path("data")).hasSize(2);
        assertThat(second.at("/data/0/name").asString()).isEqualTo("c0");
        assertThat(second.has("next_cursor")).isFalse();
        assertThat(json(get(ALICE, "/api/v1/contexts?name=c1")).path("data")).hasSize(1);
    }

    @Test
    void itemsAreAppendedListedAndFound() {
        String items = post(ALICE, "/api/v1/contexts", "{}").headers().get("Location") + "/items";
        RestResponse appended = post(
                ALICE,
                items,
                "{\"items\": [{\"role\": \"user\", \"content\": \"main is red\"},"
                        + " {\"role\": \"tool\", \"content\": \"log\", \"metadata\": {\"tool\": \"ci\"}}]}");
        assertThat(appended.status()).isEqualTo(201);
        assertThat(json(appended).at("/data/1/seq").asInt()).isEqualTo(2);
        assertThat(json(appended).path("version").asInt()).isEqualTo(2);

        JsonNode first = json(get(ALICE, items + "?limit=1"));
        JsonNode second = json(get(
                ALICE, items + "?limit=1&cursor=" + first.path("next_cursor").asString()));
        assertThat(first.at("/data/0/content").asString()).isEqualTo("main is red");
        assertThat(second.at("/data/0/metadata/tool").asString()).isEqualTo("ci");
        assertThat(second.has("next_cursor")).isFalse();

        JsonNode hits = json(post(READER, items.replace("/items", "/search"), "{\"text\": \"red\"}"));
        assertThat(hits.at("/data/0/item/content").asString()).isEqualTo("main is red");
        assertThat(post(ALICE, items, "{\"items\": [{\"role\": \"robot\", \"content\": \"x\"}]}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void everythingOfAContextThatCanBeChangedIsChanged() {
        String path = post(ALICE, "/api/v1/contexts", "{\"name\": \"a\", \"expires_in_seconds\": 60}")
                .headers()
                .get("Location");

        JsonNode patched = json(send(
                ALICE,
                "PATCH",
                path,
                "{\"agent\": \"bot\", \"max_tokens\": 5, \"expires_in_seconds\": 0, \"metadata\": {\"k\": 1}}"));
        assertThat(patched.path("name").asString()).isEqualTo("a");
        assertThat(patched.path("agent").asString()).isEqualTo("bot");
        assertThat(patched.path("max_tokens").asInt()).isEqualTo(5);
        assertThat(patched.has("expires_at")).isFalse();
        post(ALICE, path + "/items", "{\"items\": [{\"role\": \"system\", \"content\": \"0123456789\"}]}");
        assertThat(send(ALICE, "PATCH", path, "{\"max_tokens\": 2}").status()).isEqualTo(400);
        assertThat(send(ALICE, "PATCH", path, "{\"max_tokens\": -1}").status()).isEqualTo(400);
        assertThat(json(send(ALICE, "PATCH", path, "{\"expires_in_seconds\": 30}"))
                        .path("expires_at")
                        .asString())
                .isEqualTo("2026-01-01T00:00:30Z");

        JsonNode replaced = json(send(ALICE, "PUT", path, "{\"name\": \"b\"}"));
        assertThat(replaced.path("name").asString()).isEqualTo("b");
        assertThat(replaced.path("agent").asString()).isEmpty();
        assertThat(replaced.path("max_tokens").asInt()).isZero();
        assertThat(replaced.path("metadata")).isEmpty();
        assertThat(replaced.has("expires_at")).isFalse();
    }

    @Test
    void contextsAreFoundByTimeAndMetadata() {
        post(ALICE, "/api/v1/contexts", "{\"name\": \"c0\", \"metadata\": {\"branch\": \"main\", \"pr\": 42}}");
        clock.advance(Duration.ofSeconds(10));
        post(ALICE, "/api/v1/contexts", "{\"name\": \"c1\", \"metadata\": {\"branch\": \"main\", \"pr\": \"42\"}}");

        assertThat(names("metadata.branch=main")).containsExactly("c1", "c0");
        assertThat(names("metadata.branch=%22main%22&metadata.pr=42")).containsExactly("c0");
        assertThat(names("metadata.pr=%2242%22")).containsExactly("c1");
        assertThat(names("metadata.branch=mai")).isEmpty();
        assertThat(names("created_from=2026-01-01T00:00:10Z")).containsExactly("c1");
        assertThat(names("updated_until=2026-01-01T01:00:10%2B01:00")).containsExactly("c0");
        for (String wrong : List.of(
                "created_from=yesterday",
                "updated_until=2026-01-01T00:00:10+01:00",
                "metadata=main",
                "metadata.=main",
                "metadat.branch=main",
                "metadata.a=1&metadata.a=2",
                "metadata.a=" + "x".repeat(1_001),
                "metadata.a=%00")) {
            RestResponse refused = get(ALICE, "/api/v1/contexts?" + wrong);
            assertThat(refused.status()).as(wrong).isEqualTo(400);
        }
        assertThat(json(get(ALICE, "/api/v1/contexts?metadat.branch=main"))
                        .path("fix")
                        .asString())
                .contains("metadata.NAME");
    }

    private List<String> names(String query) {
        return json(get(ALICE, "/api/v1/contexts?" + query))
                .path("data")
                .valueStream()
                .map(context -> context.path("name").asString())
                .toList();
    }

    @Test
    void aCharacterThatNoStoreCanKeepIsRefusedWhereverItStands() {
        String path = post(ALICE, "/api/v1/contexts", "{}").headers().get("Location");

        for (String[] each : new String[][] {
            {"POST", "/api/v1/contexts", "{\"name\": \"a\\u0000b\"}"},
            {"POST", "/api/v1/contexts", "{\"agent\": \"\\u0000\"}"},
            {"POST", "/api/v1/contexts", "{\"metadata\": {\"k\": [\"\\u0000\"]}}"},
            {"PUT", path, "{\"name\": \"a\\u0000b\"}"},
            {"PATCH", path, "{\"agent\": \"a\\u0000b\"}"},
            {"PATCH", path, "{\"metadata\": {\"\\u0000\": 1}}"},
            {"POST", path + "/items", "{\"items\": [{\"role\": \"user\", \"content\": \"a\\u0000b\"}]}"},
            {"POST", path + "/search", "{\"text\": \"a\\u0000b\"}"},
            {"POST", "/api/v1/erasures", "{\"agent\": \"a\\u0000b\"}"}
        }) {
            RestResponse answer = send(ROOT, each[0], each[1], each[2]);
            assertThat(answer.status())
                    .as(each[0] + " " + each[1] + " " + each[2])
                    .isEqualTo(400);
            assertThat(json(answer).path("code").asString()).isEqualTo("INVALID_VALUE");
        }
        assertThat(get(ALICE, "/api/v1/contexts/a%00b").status()).isEqualTo(400);
        assertThat(get(ALICE, "/api/v1/contexts?name=a%00b").status()).isEqualTo(400);
    }

    @Test
    void aContextIsCompacted() {
        String path = post(ALICE, "/api/v1/contexts", "{}").headers().get("Location");
        StringBuilder items = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            items.append(i == 0 ? "" : ",")
                    .append("{\"role\": \"user\", \"content\": \"Build " + i + " of main is red since noon today.\"}");
        }
        post(ALICE, path + "/items", "{\"items\": [" + items + "]}");

        assertThat(send(ALICE, "POST", path + "/compact", "{}", Map.of("if-match", "\"1\""))
                        .status())
                .isEqualTo(412);
        assertThat(post(READER, path + "/compact", "{}").status()).isEqualTo(403);
        assertThat(post(ALICE, path + "/compact", "{\"keep_items\": -1}").status())
                .isEqualTo(400);
        RestResponse compacted =
                send(ALICE, "POST", path + "/compact", "{\"keep_items\": 2}", Map.of("if-match", "\"2\""));

        assertThat(compacted.status()).isEqualTo(200);
        assertThat(compacted.headers()).containsEntry("ETag", "\"3\"");
        assertThat(json(compacted).path("items").asInt()).isEqualTo(28);
        assertThat(json(compacted).at("/summary/seq").asInt()).isEqualTo(28);
        assertThat(json(compacted).at("/summary/metadata/compacted/items").asInt())
                .isEqualTo(28);
        assertThat(json(get(ALICE, path + "/items")).path("data")).hasSize(3);
        assertThat(json(get(ALICE, path)).path("token_count"))
                .isEqualTo(json(compacted).path("token_count"));
        assertThat(json(post(ALICE, path + "/compact", "{}")).path("items").asInt())
                .isZero();
    }

    @Test
    void anErasureAnswersItsProof() {
        String path = post(ALICE, "/api/v1/contexts", "{\"agent\": \"bot\"}")
                .headers()
                .get("Location");
        send(
                ALICE,
                "POST",
                path + "/items",
                "{\"items\": [{\"role\": \"user\", \"content\": \"x\"}]}",
                Map.of("idempotency-key", "k"));

        assertThat(post(ALICE, "/api/v1/erasures", "{\"agent\": \"bot\"}").status())
                .isEqualTo(403);
        for (String wrong :
                List.of("{}", "{\"tenant\": false}", "{\"agent\": \"\"}", "{\"agent\": \"bot\", \"tenant\": true}")) {
            assertThat(post(ROOT, "/api/v1/erasures", wrong).status()).isEqualTo(400);
        }
        RestResponse answer = post(ROOT, "/api/v1/erasures", "{\"agent\": \"bot\"}");

        assertThat(answer.status()).isEqualTo(200);
        JsonNode receipt = json(answer);
        assertThat(receipt.path("agent").asString()).isEqualTo("bot");
        assertThat(receipt.path("by").asString()).isEqualTo("root");
        assertThat(receipt.path("at").asString()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(receipt.at("/rows/contexts").asInt()).isEqualTo(1);
        assertThat(receipt.at("/rows/items").asInt()).isEqualTo(1);
        assertThat(receipt.at("/rows/answers").asInt()).isEqualTo(1);
        assertThat(receipt.path("sha256").asString()).hasSize(64);
        assertThat(get(ALICE, path).status()).isEqualTo(404);
        JsonNode all = json(post(ROOT, "/api/v1/erasures", "{\"tenant\": true}"));
        assertThat(all.has("agent")).isFalse();
        assertThat(all.path("tenant_id").asString()).isEqualTo("acme");
    }

    @Test
    void whatBelongsToAnotherTenantDoesNotExist() {
        String path = post(ALICE, "/api/v1/contexts", "{\"name\": \"ours\"}")
                .headers()
                .get("Location");

        for (String[] each : new String[][] {
            {"GET", path, ""},
            {"PUT", path, "{\"name\": \"x\"}"},
            {"PATCH", path, "{\"name\": \"x\"}"},
            {"DELETE", path, ""},
            {"GET", path + "/items", ""},
            {"POST", path + "/items", "{\"items\": [{\"role\": \"user\", \"content\": \"x\"}]}"},
            {"POST", path + "/search", "{\"text\": \"x\"}"},
            {"POST", path + "/compact", "{}"}
        }) {
            RestResponse answer = send(GEORGE, each[0], each[1], each[2]);
            assertThat(answer.status()).as(each[0] + " " + each[1]).isEqualTo(404);
            assertThat(json(answer).path("code").asString()).isEqualTo("CONTEXT_NOT_FOUND");
        }
        assertThat(json(get(GEORGE, "/api/v1/contexts")).path("data")).isEmpty();
        assertThat(json(get(ALICE, path)).path("name").asString()).isEqualTo("ours");
    }

    // ---- idempotency

    @Test
    void aRequestThatComesAgainIsAnsweredAlikeAndDoneOnce() {
        Map<String, String> key = Map.of("idempotency-key", "k1");
        RestResponse first = send(ALICE, "POST", "/api/v1/contexts", "{\"name\": \"a\"}", key);
        RestResponse again = send(ALICE, "POST", "/api/v1/contexts", "{\"name\": \"a\"}", key);
        RestResponse other = send(ALICE, "POST", "/api/v1/contexts", "{\"name\": \"b\"}", key);

        assertThat(first.headers()).doesNotContainKey("Idempotent-Replayed");
        assertThat(again.status()).isEqualTo(201);
        assertThat(again.headers()).containsEntry("Idempotent-Replayed", "true").containsAllEntriesOf(first.headers());
        assertThat(text(again)).isEqualTo(text(first));
        assertThat(other.status()).isEqualTo(422);
        assertThat(json(other).path("code").asString()).isEqualTo("IDEMPOTENCY_KEY_REUSED");
        assertThat(json(get(ALICE, "/api/v1/contexts")).path("data")).hasSize(1);

        Principal bob = Principal.of(ALICE.tenant(), "bob", "contexts");
        assertThat(send(bob, "POST", "/api/v1/contexts", "{\"name\": \"b\"}", key)
                        .status())
                .isEqualTo(201);
        clock.advance(Duration.ofHours(24));
        assertThat(send(ALICE, "POST", "/api/v1/contexts", "{\"name\": \"b\"}", key)
                        .headers())
                .doesNotContainKey("Idempotent-Replayed");
    }

    @Test
    void whatFailedIsNotKept() {
        Map<String, String> key = Map.of("idempotency-key", "k1");
        String items =
                post(ALICE, "/api/v1/contexts", "{\"max_tokens\": 1}").headers().get("Location") + "/items";
        String tooMuch = "{\"items\": [{\"role\": \"user\", \"content\": \"more than one token\"}]}";
        String fits = "{\"items\": [{\"role\": \"user\", \"content\": \"one\"}]}";

        assertThat(send(ALICE, "POST", items, tooMuch, key).status()).isEqualTo(400);
        assertThat(send(ALICE, "POST", items, fits, key).status()).isEqualTo(201);
        assertThat(json(get(ALICE, items)).path("data")).hasSize(1);
    }

    @Test
    void aKeyThatCannotBeHeldIsRefused() {
        assertThat(send(ALICE, "POST", "/api/v1/tools/add/call", "{}", Map.of("idempotency-key", "k"))
                        .status())
                .isEqualTo(400);
        for (String key : List.of("", "a b", "\u00e9", "x".repeat(256))) {
            assertThat(send(ALICE, "POST", "/api/v1/contexts", "{}", Map.of("idempotency-key", key))
                            .status())
                    .as(key)
                    .isEqualTo(400);
        }
    }

    @Test
    void fiftyRequestsOfOneKeyHaveOneEffect() throws Exception {
        Map<String, String> key = Map.of("idempotency-key", "k1");
        ExecutorService threads = Executors.newFixedThreadPool(50);
        try {
            List<Callable<RestResponse>> posts = IntStream.range(0, 50)
                    .<Callable<RestResponse>>mapToObj(
                            i -> () -> send(ALICE, "POST", "/api/v1/contexts", "{\"name\": \"one\"}", key))
                    .toList();

            List<RestResponse> answers = new ArrayList<>();
            for (Future<RestResponse> done : threads.invokeAll(posts)) {
                answers.add(done.get());
            }

            assertThat(answers).allSatisfy(answer -> assertThat(answer.status()).isIn(201, 409));
            assertThat(answers.stream()
                            .filter(answer -> answer.status() == 201)
                            .filter(answer -> !answer.headers().containsKey("Idempotent-Replayed")))
                    .hasSize(1);
            assertThat(answers.stream().filter(answer -> answer.status() == 409))
                    .allSatisfy(answer -> assertThat(answer.headers()).containsEntry("Retry-After", "1"));
            assertThat(json(get(ALICE, "/api/v1/contexts")).path("data")).hasSize(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void listenersHearOfAnAppendOnceItIsCommitted() {
        String path = post(ALICE, "/api/v1/contexts", "{}").headers().get("Location");
        String id = path.substring(path.lastIndexOf('/') + 1);
        AtomicReference<Long> seen = new AtomicReference<>(0L);
        mesh.contexts()
                .onChange((tenant, changed) ->
                        seen.set(mesh.contexts().get(GEORGE_OF_ACME, changed).version()));

        post(ALICE, path + "/items", "{\"items\": [{\"role\": \"user\", \"content\": \"x\"}]}");

        assertThat(seen).hasValue(2L);
        assertThat(id).startsWith("ctx_");
    }

    private static final Principal GEORGE_OF_ACME = Principal.administrator(new Tenant("acme"), "george");

    // ---- how

    private RestResponse call(Principal principal, String tool, String body) {
        return post(principal, "/api/v1/tools/" + tool + "/call", body);
    }

    private RestResponse get(Principal principal, String target) {
        return send(principal, "GET", target, "");
    }

    private RestResponse post(Principal principal, String target, String body) {
        return send(principal, "POST", target, body);
    }

    private RestResponse send(Principal principal, String method, String target, String body) {
        return send(principal, method, target, body, Map.of());
    }

    private RestResponse send(
            Principal principal, String method, String target, String body, Map<String, String> headers) {
        return exchange(Optional.of(principal), method, target, body, headers);
    }

    private RestResponse exchange(
            Optional<Principal> principal, String method, String target, String body, Map<String, String> headers) {
        RestExecution execution = mesh.rest().begin(request(principal, method, target, body, headers));
        mesh.threads().execute(execution);
        return execution
                .result()
                .toCompletableFuture()
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    private static RestRequest request(
            Optional<Principal> principal, String method, String target, String body, Map<String, String> headers) {
        return new RestRequest(
                method,
                target,
                new HashMap<>(headers),
                body.getBytes(StandardCharsets.UTF_8),
                principal,
                new Credentials("", "", "192.0.2.7"),
                TRACE);
    }

    private static JsonNode json(RestResponse answer) {
        return Json.parse(answer.body());
    }

    private static String text(RestResponse answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }
}
