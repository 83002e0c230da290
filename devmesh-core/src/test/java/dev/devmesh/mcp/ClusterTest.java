package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.access.NewUser;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.cluster.ClusterMessage;
import dev.devmesh.context.Context;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.context.Role;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.inmemory.InMemoryClusterBus;
import dev.devmesh.inmemory.InMemoryClusterHub;
import dev.devmesh.inmemory.InMemoryJobQueue;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.mcp.SessionClient.Sent;
import dev.devmesh.queue.JobQueue;
import dev.devmesh.store.Store;
import dev.devmesh.task.Task;
import dev.devmesh.task.TaskStatus;
import dev.devmesh.tool.Tool;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Two meshes on one store, joined by a bus: what happens on one reaches the clients of the other. */
class ClusterTest {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Tenant ACME = new Tenant("acme");
    private static final Principal ANN = Principal.administrator(ACME, "ann");
    private static final Principal STRANGER = Principal.administrator(new Tenant("globex"), "eve");
    private static final String SECRET = "the same on all nodes, and long enough";
    private static final String NEWEST = "2025-11-25";

    record Name(String name) {}

    private final Store store = InMemoryStore.create(Clock.systemUTC());
    private final JobQueue queue = new InMemoryJobQueue(InMemoryJobQueue.DEFAULT_CAPACITY, Clock.systemUTC());
    private final InMemoryClusterHub hub = new InMemoryClusterHub();
    private final List<InMemoryClusterBus> buses = new ArrayList<>();
    private final List<DevMesh> meshes = new ArrayList<>();
    private final List<MeshEvent> events = new CopyOnWriteArrayList<>();
    private final CountDownLatch release = new CountDownLatch(1);
    private final CountDownLatch began = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private DevMesh a;
    private DevMesh b;

    @BeforeEach
    void start() {
        // only one of them has the tool of tasks, and so a worker
        a = node(settings -> settings.tool(Tool.named("slow").longRunning().handle(call -> {
            began.countDown();
            try {
                release.await();
                return "done";
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
        })));
        b = node(settings -> settings);
    }

    @AfterEach
    void close() {
        release.countDown();
        meshes.forEach(mesh -> mesh.close(Duration.ofSeconds(5)));
        buses.forEach(InMemoryClusterBus::close);
        queue.close();
        store.close();
    }

    private DevMesh node(UnaryOperator<DevMeshBuilder> more) {
        InMemoryClusterBus bus = hub.join();
        buses.add(bus);
        DevMesh mesh = more.apply(DevMesh.builder()
                        .sessionSecret(SECRET)
                        .store(store)
                        .queue(queue)
                        .bus(bus)
                        .contextTools()
                        .listener(events::add)
                        .tool(Tool.named("greet")
                                .handle(call -> "Hello, "
                                        + call.elicit("who", "Who are you?", Name.class)
                                                .orElseThrow()
                                                .name())))
                .build();
        mesh.start();
        meshes.add(mesh);
        return mesh;
    }

    /** Listens in the stateless revision, and returns when that has begun. */
    private static Sent listen(DevMesh mesh, Principal principal, String notifications) {
        String body =
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscriptions/listen\",\"params\":{\"notifications\":{"
                        + notifications + "},\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                        + "\"io.modelcontextprotocol/clientCapabilities\":"
                        + "{\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}}}}";
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        RecordedExchange exchange = new RecordedExchange(principal, null);
        Sent sent = new Sent(exchange, mesh.mcp().handle(bytes, 0, bytes.length, exchange));
        sent.message("notifications/subscriptions/acknowledged");
        return sent;
    }

    private static long count(Sent listen, String method) {
        return listen.exchange().pushed.stream()
                .filter(message -> message.path("method").asString("").equals(method))
                .count();
    }

    private static String uri(Context context) {
        return "devmesh://contexts/" + context.id();
    }

    private Context context() {
        return a.contexts().create(ANN, NewContext.named("notes"));
    }

    private void append(DevMesh mesh, Context context) {
        mesh.contexts().append(ANN, context.id(), Item.of(Role.USER, "more"));
    }

    @Test
    void aContextThatChangesOnOneNodeIsToldToWhoListensOnTheOther() {
        Context context = context();
        Sent ann = listen(b, ANN, "\"resourceSubscriptions\":[\"" + uri(context) + "\"]");
        Sent eve = listen(b, STRANGER, "\"resourceSubscriptions\":[\"" + uri(context) + "\"]");

        append(a, context);

        assertThat(ann.message("notifications/resources/updated")
                        .at("/params/uri")
                        .asString())
                .isEqualTo(uri(context));
        assertThat(count(eve, "notifications/resources/updated")).isZero();
        assertThat(count(ann, "notifications/resources/updated")).isOne();
    }

    @Test
    void aContextThatChangesOnOneNodeIsToldToASessionOnTheOther() throws Exception {
        Context context = context();
        SessionClient client = SessionClient.begin(b, ANN, NEWEST);
        client.result(1, "resources/subscribe", "{\"uri\":\"" + uri(context) + "\"}");
        Sent stream = client.open();

        append(a, context);

        assertThat(stream.message("notifications/resources/updated")
                        .at("/params/uri")
                        .asString())
                .isEqualTo(uri(context));
    }

    @Test
    void aSessionThatSubscribesOnOneNodeHearsOfItByItsStreamOnTheOther() throws Exception {
        Context context = context();
        SessionClient client = SessionClient.begin(b, ANN, NEWEST);
        Sent stream = client.open();
        client.at(a).result(1, "resources/subscribe", "{\"uri\":\"" + uri(context) + "\"}");

        await().atMost(LONG).untilAsserted(() -> {
            append(a, context);
            assertThat(count(stream, "notifications/resources/updated")).isPositive();
        });
    }

    @Test
    void listsThatChangeAreToldOnTheOtherNodeAndNoFurther() {
        Sent here = listen(a, ANN, "\"toolsListChanged\":true,\"resourcesListChanged\":true");
        Sent there = listen(b, ANN, "\"toolsListChanged\":true,\"resourcesListChanged\":true");
        List<ClusterMessage> published = new CopyOnWriteArrayList<>();
        InMemoryClusterBus third = hub.join();
        buses.add(third);
        third.subscribe(published::add);

        a.tools().register(Tool.named("late").handle(call -> "x"));

        there.message("notifications/tools/list_changed");
        here.message("notifications/tools/list_changed");
        // what b publishes from here on comes after what it might have passed on
        b.changes().resourcesChanged();
        here.message("notifications/resources/list_changed");
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(published)
                        .containsExactlyInAnyOrder(
                                new ClusterMessage.ListChanged(ClusterMessage.ListChanged.Kind.TOOLS),
                                new ClusterMessage.ListChanged(ClusterMessage.ListChanged.Kind.RESOURCES)));
        assertThat(count(here, "notifications/tools/list_changed")).isOne();
    }

    @Test
    void anAddressThatIsTooLongForTheBusIsToldAllTheSame() {
        String uri = "devmesh://contexts/" + "x".repeat(5_000);
        Sent there = listen(b, ANN, "\"resourceSubscriptions\":[\"" + uri + "\"]");

        a.changes().resourceUpdated(uri);

        there.message("notifications/resources/updated");
    }

    @Test
    void howATaskStandsIsToldOnTheOtherNodeToItsOwnerOnlyAndCountedOnce() throws Exception {
        Task task = a.tasks().submit(ANN, "slow", Map.of());
        Sent ann = listen(b, ANN, "\"taskIds\":[\"" + task.id() + "\"]");
        Sent eve = listen(b, STRANGER, "\"taskIds\":[\"" + task.id() + "\"]");
        assertThat(began.await(20, TimeUnit.SECONDS)).isTrue();

        release.countDown();

        JsonNode news =
                ann.message(message -> message.at("/params/status").asString("").equals("completed"));
        assertThat(news.at("/params/taskId").asString()).isEqualTo(task.id());
        assertThat(count(eve, "notifications/tasks")).isZero();
        assertThat(events.stream()
                        .filter(event -> event instanceof MeshEvent.TaskChanged changed
                                && changed.status() == TaskStatus.COMPLETED))
                .hasSize(1);
    }

    @Test
    void aTaskThatIsCancelledOnOneNodeIsInterruptedOnTheOtherAtOnce() throws Exception {
        Task task = a.tasks().submit(ANN, "slow", Map.of());
        assertThat(began.await(20, TimeUnit.SECONDS)).isTrue();
        List<ClusterMessage> published = new CopyOnWriteArrayList<>();
        InMemoryClusterBus third = hub.join();
        buses.add(third);
        third.subscribe(published::add);

        b.tasks().cancel(ANN, task.id());

        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(published).contains(new ClusterMessage.CancelTask(task.id())));
        assertThat(a.tasks().get(ANN, task.id()).status()).isEqualTo(TaskStatus.CANCELLED);
    }

    @Test
    void theWorkerOfACancelledTaskNeedNotLookForIt() throws Exception {
        Task task = a.tasks().submit(ANN, "slow", Map.of());
        assertThat(began.await(20, TimeUnit.SECONDS)).isTrue();
        InMemoryClusterBus third = hub.join();
        buses.add(third);

        // Again and again: the store knows nothing of it, and the first may come before the worker holds the call it
        // has begun.
        await().atMost(LONG).until(() -> {
            third.publish(new ClusterMessage.CancelTask(task.id()));
            return interrupted.await(100, TimeUnit.MILLISECONDS);
        });
    }

    @Test
    void whatIsListenedToByAKeyEndsOnEveryNodeWhenItIsRevoked() {
        NewKey key = a.keys().create(ANN, KeySpec.named("agent").scopes("tools", "resources"));
        Principal agent = key.key().principal();
        Sent here = listen(a, agent, "\"toolsListChanged\":true");
        Sent there = listen(b, agent, "\"toolsListChanged\":true");
        Sent other = listen(b, ANN, "\"toolsListChanged\":true");

        a.keys().revoke(ANN, key.key().id());

        await().atMost(LONG)
                .until(() -> here.exchange().isAnswered() && there.exchange().isAnswered());
        assertThat(other.exchange().isAnswered()).isFalse();
        assertThat(events.stream()
                        .filter(event -> event instanceof MeshEvent.ListenEnded ended
                                && ended.reason().equals("credential was revoked")))
                .hasSize(2);
    }

    @Test
    void theStreamOfASessionEndsWhenItsKeyIsRevokedAndTheSessionGoesOnWithAnotherOfTheSameUser() throws Exception {
        String user = a.access().users().create(ANN, NewUser.named("Ann")).id();
        a.access().users().give(ANN, user, "agent");
        KeySpec spec = KeySpec.named("agent").scopes("tools", "resources").user(user);
        Principal first = a.keys().create(ANN, spec).key().principal();
        Principal second = a.keys().create(ANN, spec).key().principal();
        SessionClient client = SessionClient.begin(b, first, NEWEST);
        Sent stream = client.open();

        a.keys().revoke(ANN, first.credentialId());

        stream.awaitEnd();
        Sent again = client.as(second).open();
        a.changes().toolsChanged();
        again.message("notifications/tools/list_changed");
    }

    @Test
    void aSessionThatIsEndedOnOneNodeIsOverOnTheOtherAtOnce() throws Exception {
        SessionClient client = SessionClient.begin(b, ANN, NEWEST);
        Sent stream = client.open();

        assertThat(client.at(a).delete().status()).isEqualTo(202);

        stream.awaitEnd();
        assertThat(client.status()).isEqualTo(404);
    }

    @Test
    void anAnswerThatComesToTheOtherNodeReachesTheHandlerThatAsked() throws Exception {
        SessionClient client = SessionClient.begin(b, ANN, NEWEST);
        Sent call = client.call(1, "greet");
        JsonNode question = call.message("elicitation/create");

        Sent answered =
                client.at(a).answer(question, "\"result\":{\"action\":\"accept\",\"content\":{\"name\":\"Ada\"}}");

        assertThat(answered.answer().status()).isEqualTo(202);
        assertThat(call.response().at("/result/content/0/text").asString()).isEqualTo("Hello, Ada");
    }

    @Test
    void anAnswerReachesNoQuestionOfAnotherSession() throws Exception {
        SessionClient client = SessionClient.begin(b, ANN, NEWEST);
        Sent call = client.call(1, "greet");
        JsonNode question = call.message("elicitation/create");
        SessionClient other = SessionClient.begin(a, STRANGER, NEWEST);
        SessionClient sibling = SessionClient.begin(a, ANN, NEWEST);

        other.answer(question, "\"result\":{\"action\":\"accept\",\"content\":{\"name\":\"Eve\"}}")
                .answer();
        sibling.answer(question, "\"result\":{\"action\":\"accept\",\"content\":{\"name\":\"Sib\"}}")
                .answer();
        client.at(a)
                .answer(question, "\"result\":{\"action\":\"accept\",\"content\":{\"name\":\"Ada\"}}")
                .answer();

        assertThat(call.response().at("/result/content/0/text").asString()).isEqualTo("Hello, Ada");
    }

    @Test
    void anAnswerThatNobodyCanWaitForOrThatIsTooLargeToTravelIsRefused() throws Exception {
        SessionClient client = SessionClient.begin(b, ANN, NEWEST);
        Sent call = client.call(1, "greet");
        JsonNode question = call.message("elicitation/create");

        RecordedExchange.Answer large = client.at(a)
                .answer(
                        question,
                        "\"result\":{\"action\":\"accept\",\"content\":{\"name\":\"" + "x".repeat(6_000) + "\"}}")
                .answer();
        RecordedExchange.Answer unknown = client.at(a)
                .post("{\"jsonrpc\":\"2.0\",\"id\":\"moon\",\"result\":{}}")
                .answer();

        assertThat(large.status()).isEqualTo(400);
        assertThat(Objects.requireNonNull(large.body()).at("/error/message").asString())
                .contains("another process", "5500 bytes", "Mcp-Session-Id");
        assertThat(unknown.status()).isEqualTo(400);
        client.answer(question, "\"result\":{\"action\":\"decline\"}").answer();
        call.response();
    }

    @Test
    void whoWasCutOffTellsItsClientsThatAnythingMayHaveChanged() throws Exception {
        Context context = context();
        NewKey key = a.keys().create(ANN, KeySpec.named("agent").scopes("tools", "resources"));
        Task task = a.tasks().submit(ANN, "slow", Map.of());
        assertThat(began.await(20, TimeUnit.SECONDS)).isTrue();
        Sent listening = listen(
                b,
                ANN,
                "\"toolsListChanged\":true,\"resourceSubscriptions\":[\"" + uri(context) + "\"],\"taskIds\":[\""
                        + task.id() + "\"]");
        Sent byKey = listen(b, key.key().principal(), "\"toolsListChanged\":true");
        SessionClient client = SessionClient.begin(b, ANN, NEWEST);
        Sent stream = client.open();
        InMemoryClusterBus bus = buses.get(1);
        bus.disconnect();
        append(a, context);
        a.keys().revoke(ANN, key.key().id());
        client.at(a).delete();
        release.countDown();
        await().atMost(LONG).until(() -> a.tasks().get(ANN, task.id()).status() == TaskStatus.COMPLETED);

        bus.reconnect();

        listening.message("notifications/tools/list_changed");
        listening.message("notifications/resources/updated");
        listening.message(message -> message.at("/params/status").asString("").equals("completed"));
        await().atMost(LONG).until(() -> byKey.exchange().isAnswered());
        stream.awaitEnd();
    }

    @Test
    void aMeshThatIsClosedIsInTheClusterNoLonger() {
        List<ClusterMessage> published = new CopyOnWriteArrayList<>();
        InMemoryClusterBus third = hub.join();
        buses.add(third);
        third.subscribe(published::add);

        b.close();
        b.changes().toolsChanged();
        a.changes().promptsChanged();

        await().atMost(LONG)
                .untilAsserted(() -> assertThat(published)
                        .containsExactly(new ClusterMessage.ListChanged(ClusterMessage.ListChanged.Kind.PROMPTS)));
    }
}
