package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.Limits;
import dev.devmesh.Revision;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.event.Changes;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshEvents;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.tool.Tool;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class ListeningTest {

    private static final Principal ANN = Principal.of(new Tenant("north"), "ann", "tools", "resources");
    private static final Principal BOB = Principal.of(new Tenant("south"), "bob", "tools", "resources");

    private final List<MeshEvent> events = new CopyOnWriteArrayList<>();
    private final Set<Feature> features = EnumSet.allOf(Feature.class);
    private DevMesh mesh;
    private McpEngine engine;
    private Changes changes;

    @BeforeEach
    void start() {
        start(Limits.defaults());
    }

    private void start(Limits limits) {
        if (mesh != null) {
            mesh.close();
        }
        events.clear();
        mesh = DevMesh.builder()
                .name("test")
                .version("1.0")
                .limits(limits)
                .listener(events::add)
                .resourceTemplate("a:{name}", (call, variables) -> variables.get("name"))
                .resourceTemplate("b:{name}", (call, variables) -> variables.get("name"))
                .build();
        mesh.start();
        engine = mesh.mcp();
        engine.features().addAll(features);
        changes = mesh.changes();
    }

    @AfterEach
    void close() {
        mesh.close();
    }

    /** A listen and its way back. */
    private record Listener(RecordedExchange exchange, McpCall call) {

        /** What came after the acknowledgement, as the name of the change and what it is about. */
        List<String> news() {
            return exchange.pushed.stream().skip(1).map(Listener::brief).toList();
        }

        private static String brief(JsonNode message) {
            String what = message.path("method").asString().replace("notifications/", "");
            return what
                    + message.at("/params/uri").asString("")
                    + message.at("/params/taskId").asString("");
        }
    }

    private Listener listen(String filter) {
        return listen(ANN, filter);
    }

    private Listener listen(Principal principal, String filter) {
        return listen(principal, "7", filter, true);
    }

    private Listener listen(Principal principal, String id, String filter, boolean reads) {
        RecordedExchange exchange = new RecordedExchange(principal, null).reads(reads);
        byte[] body = request(id, filter, "\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}");
        return new Listener(exchange, engine.handle(body, 0, body.length, exchange));
    }

    private RecordedExchange.Answer refused(String filter, String capabilities) throws Exception {
        RecordedExchange exchange = new RecordedExchange(ANN, null);
        byte[] body = request("7", filter, capabilities);
        engine.handle(body, 0, body.length, exchange);
        assertThat(exchange.isStream()).isFalse();
        return exchange.await();
    }

    private static byte[] request(String id, String filter, String capabilities) {
        return ("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"subscriptions/listen\",\"params\":{"
                        + (filter.isEmpty() ? "" : "\"notifications\":" + filter + ",")
                        + "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                        + "\"io.modelcontextprotocol/clientCapabilities\":{" + capabilities + "}}}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static JsonWritable task(String id) {
        return out -> out.writeTree(Json.object().put("taskId", id).put("status", "working"));
    }

    private static JsonNode honoured(Listener listener) {
        return listener.exchange.pushed.get(0).at("/params/notifications");
    }

    // What is acknowledged.

    @ParameterizedTest
    @ValueSource(strings = {"7", "0", "123456789012345678901", "\"7\"", "\"a b\""})
    void everyMessageCarriesTheIdOfTheListenAsItCame(String id) throws Exception {
        Listener listener = listen(ANN, id, "{\"toolsListChanged\":true,\"resourceSubscriptions\":[\"a:1\"]}", true);
        changes.toolsChanged();
        changes.resourceUpdated("a:1");
        mesh.close();

        JsonNode asItCame = Json.parse(id);
        assertThat(listener.exchange.pushed).hasSize(3).allSatisfy(message -> {
            assertThat(message.path("jsonrpc").asString()).isEqualTo("2.0");
            assertThat(message.path("params").path("_meta").path("io.modelcontextprotocol/subscriptionId"))
                    .isEqualTo(asItCame);
        });
        assertThat(listener.exchange.pushed.get(0).path("method").asString())
                .isEqualTo("notifications/subscriptions/acknowledged");
        JsonNode end = listener.exchange.await().body();
        assertThat(end.path("id")).isEqualTo(asItCame);
        assertThat(end.at("/result/resultType").asString()).isEqualTo("complete");
        assertThat(end.path("result").path("_meta").path("io.modelcontextprotocol/subscriptionId"))
                .isEqualTo(asItCame);
        assertThat(end.path("result").path("_meta").path("io.modelcontextprotocol/serverInfo"))
                .isEqualTo(Json.parse("{\"name\":\"test\",\"version\":\"1.0\"}"));
    }

    @Test
    void everythingOfferedIsHonouredAsAsked() {
        String everything = "{\"toolsListChanged\":true,\"promptsListChanged\":true,\"resourcesListChanged\":true,"
                + "\"resourceSubscriptions\":[\"b:2\",\"a:1\"],\"taskIds\":[\"t\"]}";

        assertThat(honoured(listen(everything))).isEqualTo(Json.parse(everything));
    }

    @Test
    void whatIsNotOfferedOrNotAskedForIsNotHonoured() {
        engine.features().retainAll(Set.of(Feature.TOOLS, Feature.RESOURCES));

        Listener listener =
                listen("{\"toolsListChanged\":false,\"promptsListChanged\":true,\"taskIds\":\"unknown here\","
                        + "\"resourcesListChanged\":true,\"somethingNew\":{}}");
        changes.toolsChanged();
        changes.promptsChanged();
        changes.resourcesChanged();
        changes.taskChanged("unknown here", anyone -> true, task("unknown here"));

        assertThat(honoured(listener)).isEqualTo(Json.parse("{\"resourcesListChanged\":true}"));
        assertThat(listener.news()).containsExactly("resources/list_changed");
    }

    @Test
    void aListenForNothingIsAcknowledgedAndStaysOpen() {
        Listener listener = listen("{}");

        assertThat(honoured(listener)).isEqualTo(Json.object());
        assertThat(listener.exchange.isAnswered()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "7",
                "[]",
                "null",
                "{\"toolsListChanged\":\"yes\"}",
                "{\"promptsListChanged\":1}",
                "{\"resourcesListChanged\":null}",
                "{\"resourceSubscriptions\":\"a:1\"}",
                "{\"resourceSubscriptions\":true}",
                "{\"resourceSubscriptions\":[\"a:1\",2]}",
                "{\"taskIds\":{}}",
                "{\"taskIds\":[null]}"
            })
    void aFilterOfTheWrongFormIsRefused(String filter) throws Exception {
        RecordedExchange.Answer answer = refused(filter, "\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}");

        assertThat(answer.body().at("/error/code").asInt()).isEqualTo(-32602);
        assertThat(answer.body().at("/error/message").asString()).contains("params.notifications");
    }

    @Test
    void tasksAreForClientsThatDeclareTheExtension() throws Exception {
        RecordedExchange.Answer answer = refused("{\"taskIds\":[]}", "\"extensions\":{\"com.example/other\":{}}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body().at("/error/code").asInt()).isEqualTo(-32021);
        assertThat(answer.body().at("/error/data/requiredCapabilities"))
                .isEqualTo(Json.parse("{\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}"));
    }

    @Test
    void oneListenNamesOnlySoMuch() throws Exception {
        start(Limits.defaults().withNamesPerSubscription(3));

        assertThat(honoured(listen("{\"resourceSubscriptions\":[\"a:1\",\"a:2\"],\"taskIds\":[\"t\"]}")))
                .isNotEmpty();
        JsonNode tooMany = refused("{\"resourceSubscriptions\":[\"a:1\",\"a:2\",\"a:3\",\"a:4\"]}", "")
                .body();
        assertThat(tooMany.at("/error/code").asInt()).isEqualTo(-32602);
        assertThat(tooMany.at("/error/message").asString()).contains("at most 3 resources and tasks");
        JsonNode tooLong = refused("{\"resourceSubscriptions\":[\"a:" + "x".repeat(300_000) + "\"]}", "")
                .body();
        assertThat(tooLong.at("/error/message").asString()).contains("262144 characters");
    }

    // What is heard.

    @Test
    void onlyWhatWasAskedForIsHeard() {
        Listener tools = listen("{\"toolsListChanged\":true}");
        Listener prompts = listen("{\"promptsListChanged\":true}");
        Listener one = listen("{\"resourceSubscriptions\":[\"a:1\"]}");
        Listener task = listen("{\"taskIds\":[\"t1\"]}");

        changes.toolsChanged();
        changes.promptsChanged();
        changes.resourcesChanged();
        changes.resourceUpdated("a:1");
        changes.resourceUpdated("a:2");
        changes.taskChanged("t1", anyone -> true, task("t1"));
        changes.taskChanged("t2", anyone -> true, task("t2"));

        assertThat(tools.news()).containsExactly("tools/list_changed");
        assertThat(prompts.news()).containsExactly("prompts/list_changed");
        assertThat(one.news()).containsExactly("resources/updateda:1");
        assertThat(task.news()).containsExactly("taskst1");
        assertThat(task.exchange.pushed.get(1).path("params"))
                .isEqualTo(Json.parse("{\"_meta\":{\"io.modelcontextprotocol/subscriptionId\":7},"
                        + "\"taskId\":\"t1\",\"status\":\"working\"}"));
    }

    @Test
    void aToolThatComesOrGoesIsHeardOf() {
        Listener listener = listen("{\"toolsListChanged\":true}");

        mesh.tools().register(Tool.named("late").handle(call -> ""));
        mesh.tools().unregister("late");
        mesh.tools().unregister("never there");

        assertThat(listener.news()).containsExactly("tools/list_changed", "tools/list_changed");
    }

    @Test
    void newsOfWhatWaitsAlreadyIsNotSentTwiceAndTheOrderStays() {
        Listener slow = listen(
                ANN,
                "7",
                "{\"toolsListChanged\":true,\"resourceSubscriptions\":[\"a:1\",\"a:2\"],\"taskIds\":[\"t\"]}",
                false);
        for (int i = 0; i < 100; i++) {
            int round = i;
            changes.resourceUpdated("a:2");
            changes.toolsChanged();
            changes.taskChanged("t", anyone -> true, out -> {
                out.writeStartObject();
                out.writeNumberProperty("round", round);
                out.writeStringProperty("taskId", "t");
                out.writeEndObject();
            });
            changes.resourceUpdated("a:1");
        }
        assertThat(slow.exchange.pushed).isEmpty();

        slow.exchange.reads(true);
        changes.resourceUpdated("a:2");

        assertThat(slow.news())
                .containsExactly(
                        "resources/updateda:2",
                        "tools/list_changed",
                        "taskst",
                        "resources/updateda:1",
                        "resources/updateda:2");
        assertThat(slow.exchange.pushed.get(3).at("/params/round").asInt())
                .as("the latest state")
                .isEqualTo(99);
    }

    @Test
    void whoReadsHearsEachChangeInOrder() {
        List<String> uris = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            uris.add("a:" + i);
        }
        Listener listener =
                listen("{\"resourceSubscriptions\":" + Json.tree(uris).toString() + "}");

        uris.forEach(changes::resourceUpdated);

        assertThat(listener.news())
                .containsExactlyElementsOf(
                        uris.stream().map(uri -> "resources/updated" + uri).toList());
    }

    @Test
    void aTenantsResourceIsForTheTenantOnly() {
        String filter = "{\"resourceSubscriptions\":[\"a:1\"]}";
        Listener ann = listen(ANN, filter);
        Listener bob = listen(BOB, filter);

        changes.resourceUpdated(BOB.tenant(), "a:1");
        assertThat(ann.news()).isEmpty();
        assertThat(bob.news()).hasSize(1);

        changes.resourceUpdated("a:1");
        assertThat(ann.news()).hasSize(1);
        assertThat(bob.news()).hasSize(2);
    }

    @Test
    void whatACallerMayNotHearIsNeitherHonouredNorTold() {
        Set<String> secret = new HashSet<>(Set.of("a:secret"));
        Subscriptions subscriptions = new Subscriptions(
                10,
                (principal, topic) -> principal == BOB || !secret.contains(topic.name()),
                new MeshEvents(List.of()));
        changes.onChange(subscriptions);
        Listening listening = new Listening(Set.of(Feature.RESOURCES), subscriptions, 10);
        RecordedExchange ann = new RecordedExchange(ANN, null);
        RecordedExchange bob = new RecordedExchange(BOB, null);
        for (RecordedExchange exchange : List.of(ann, bob)) {
            byte[] body = request("1", "{\"resourceSubscriptions\":[\"a:secret\",\"a:open\"]}", "");
            ObjectNode message = (ObjectNode) Json.parse(body);
            ObjectNode params = (ObjectNode) message.path("params");
            McpRequest request = new McpRequest(
                    message.path("id"),
                    "subscriptions/listen",
                    params,
                    (ObjectNode) params.path("_meta"),
                    exchange.principal(),
                    null,
                    null,
                    exchange.trace());
            listening.serve(
                    request,
                    new Reply(
                            message.path("id"),
                            Revision.V2026_07_28,
                            exchange,
                            new ServerFace(new ServerInfo("test", "1.0", "", ""), true),
                            () -> {}));
        }

        secret.add("a:open"); // rights that were there when the listen began
        changes.resourceUpdated("a:secret");
        changes.resourceUpdated("a:open");

        assertThat(ann.pushed).hasSize(1);
        assertThat(ann.pushed.get(0).at("/params/notifications"))
                .isEqualTo(Json.parse("{\"resourceSubscriptions\":[\"a:open\"]}"));
        assertThat(bob.pushed).hasSize(3);
    }

    @Test
    void aChangeInTheMidstOfOpeningIsNotLost() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        Thread changing = new Thread(() -> {
            while (done.getCount() > 0) {
                changes.toolsChanged();
            }
        });
        changing.start();
        List<Listener> listeners = new ArrayList<>();
        for (int i = 0; i < 90; i++) {
            listeners.add(listen("{\"toolsListChanged\":true}"));
        }
        done.countDown();
        changing.join();

        assertThat(listeners)
                .allSatisfy(listener -> assertThat(
                                listener.exchange.pushed.get(0).path("method").asString())
                        .isEqualTo("notifications/subscriptions/acknowledged"));
        listeners.forEach(listener -> listener.exchange.pushed.clear());
        changes.toolsChanged();
        assertThat(listeners)
                .allSatisfy(listener -> assertThat(listener.exchange.pushed).hasSize(1));
    }

    // How it ends, and how many there are.

    @Test
    void whoIsCancelledHearsNothingMore() {
        Listener listener = listen("{\"toolsListChanged\":true}");

        listener.call.cancel("client disconnected");
        listener.call.cancel("twice");
        listener.call.finish();
        changes.toolsChanged();

        assertThat(listener.news()).isEmpty();
        assertThat(listener.exchange.isAnswered()).isFalse();
        assertThat(events)
                .containsSubsequence(
                        new MeshEvent.ListenBegan(ANN), new MeshEvent.ListenEnded(ANN, "client disconnected", 0))
                .filteredOn(MeshEvent.ListenEnded.class::isInstance)
                .hasSize(1);
    }

    @Test
    void theEndTellsHowMuchWasNotSent() {
        Listener slow = listen(ANN, "7", "{\"toolsListChanged\":true,\"promptsListChanged\":true}", false);
        changes.toolsChanged();
        changes.promptsChanged();

        slow.call.cancel("client too slow");

        assertThat(events).contains(new MeshEvent.ListenEnded(ANN, "client too slow", 2));
    }

    @Test
    void closingTheMeshEndsAListenWithItsResponse() throws Exception {
        Listener listener = listen("{\"toolsListChanged\":true}");
        changes.toolsChanged();

        mesh.close();
        changes.toolsChanged();

        assertThat(listener.news()).containsExactly("tools/list_changed");
        assertThat(listener.exchange.await().body().at("/result/resultType").asString())
                .isEqualTo("complete");
        assertThat(events).contains(new MeshEvent.ListenEnded(ANN, "server is closing", 0));
    }

    @Test
    void aTransportCanEndOneListenAndTheOthersGoOn() {
        Listener ending = listen("{\"toolsListChanged\":true}");
        Listener other = listen("{\"toolsListChanged\":true}");

        ending.call.finish();
        ending.call.finish();
        changes.toolsChanged();

        assertThat(ending.exchange.isAnswered()).isTrue();
        assertThat(ending.news()).isEmpty();
        assertThat(other.exchange.isAnswered()).isFalse();
        assertThat(other.news()).hasSize(1);
    }

    @Test
    void nobodyListensToAClosedMesh() throws Exception {
        mesh.close();

        RecordedExchange.Answer answer = refused("{\"toolsListChanged\":true}", "");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body().at("/error/data/code").asString()).isEqualTo("OVERLOADED");
    }

    @Test
    void aCredentialListensOnlySoManyTimesAtOnce() throws Exception {
        start(Limits.defaults().withSubscriptionsPerKey(2).withInFlightPerKey(1));
        Listener first = listen("{\"toolsListChanged\":true}"); // streams do not count as requests under way
        listen("{\"toolsListChanged\":true}");

        RecordedExchange.Answer answer = refused("{\"toolsListChanged\":true}", "");
        assertThat(answer.status()).isEqualTo(429);
        assertThat(answer.body().at("/error/data/code").asString()).isEqualTo("TOO_MANY_SUBSCRIPTIONS");
        assertThat(answer.body().at("/error/data/fix").asString()).contains("End one of the listens");
        assertThat(answer.retryAfter()).isPositive();
        assertThat(listen(BOB, "{\"toolsListChanged\":true}").exchange.isStream())
                .as("another credential")
                .isTrue();

        first.call.cancel("client disconnected");
        assertThat(listen("{\"toolsListChanged\":true}").exchange.isStream()).isTrue();
    }
}
