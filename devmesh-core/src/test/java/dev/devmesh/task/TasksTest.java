package dev.devmesh.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.access.NewUser;
import dev.devmesh.access.UserChange;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.CallObserver;
import dev.devmesh.call.CallRequest;
import dev.devmesh.call.Caller;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.MissingCapabilityException;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshListener;
import dev.devmesh.event.TraceContext;
import dev.devmesh.inmemory.InMemoryJobQueue;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.json.Json;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.question.AnswerPending;
import dev.devmesh.question.Answers;
import dev.devmesh.question.GivenAnswer;
import dev.devmesh.question.Interviewer;
import dev.devmesh.question.Question;
import dev.devmesh.question.Sampling;
import dev.devmesh.queue.JobQueue;
import dev.devmesh.schema.Length;
import dev.devmesh.store.Store;
import dev.devmesh.token.TokenPair;
import dev.devmesh.tool.Deferral;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class TasksTest {

    private static final Tenant ACME = new Tenant("acme");
    private static final Principal ALICE = Principal.of(ACME, "alice", "tools");
    private static final Principal BOB = Principal.of(ACME, "bob", "tools");
    private static final Principal ADMIN = Principal.administrator(ACME, "root");
    private static final Principal STRANGER = Principal.of(new Tenant("globex"), "alice", "admin");

    private static final RateLimits SLOW = RateLimits.of(
            new RateLimitPolicy("default", 60_000, 60_000), Map.of("slow", new RateLimitPolicy("slow", 1, 1)));

    record Name(@Length(min = 2) String name) {}

    record Sum(int a, int b) {}

    private final SettableClock clock = new SettableClock();
    private final Store store = InMemoryStore.create(clock);
    private final JobQueue queue = new InMemoryJobQueue(InMemoryJobQueue.DEFAULT_CAPACITY, clock);
    private final List<DevMesh> meshes = new ArrayList<>();
    private final List<MeshEvent> events = new CopyOnWriteArrayList<>();
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void close() {
        release.countDown();
        meshes.forEach(DevMesh::close);
        queue.close();
        store.close();
    }

    private DevMesh start(Tool... tools) {
        return start(DevMesh.builder(), tools);
    }

    private DevMesh start(DevMeshBuilder builder, Tool... tools) {
        MeshListener listener = events::add;
        builder.store(store).queue(queue).clock(clock).listener(listener);
        for (Tool tool : tools) {
            builder.tool(tool);
        }
        DevMesh mesh = builder.build();
        mesh.start();
        meshes.add(mesh);
        return mesh;
    }

    private static Task become(DevMesh mesh, Principal caller, String id, TaskStatus status) {
        AtomicReference<Task> seen = new AtomicReference<>();
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            seen.set(mesh.tasks().get(caller, id));
            assertThat(seen.get().status()).isEqualTo(status);
        });
        return seen.get();
    }

    private static MeshException refused(ErrorCode code, Runnable call) {
        AtomicReference<MeshException> refusal = new AtomicReference<>();
        assertThatThrownBy(call::run).isInstanceOfSatisfying(MeshException.class, refusal::set);
        assertThat(refusal.get().code()).isEqualTo(code);
        return refusal.get();
    }

    private static String text(Task task) {
        return task.result().orElseThrow().path("content").get(0).path("text").asString();
    }

    private static JsonNode accept(String name) {
        return Json.parse("{\"action\":\"accept\",\"content\":{\"name\":\"" + name + "\"}}");
    }

    // Making one.

    @Test
    void aTaskRunsAsItsOwnerAndKeepsItsResult() {
        DevMesh mesh = start(Tool.named("sum")
                .input(Sum.class)
                .longRunning()
                .handle((call, in) -> call.principal().subject() + ":" + (in.a() + in.b())));

        Task made = mesh.tasks().submit(ALICE, "sum", Map.of("a", 2, "b", 3));

        assertThat(made.status()).isEqualTo(TaskStatus.WORKING);
        assertThat(made.id()).matches("task_[0-9A-Za-z]{22}");
        assertThat(made.life()).isEqualTo(Duration.ofHours(1));
        assertThat(made.pollInterval()).isEqualTo(Duration.ofMillis(500));
        Task done = become(mesh, ALICE, made.id(), TaskStatus.COMPLETED);
        assertThat(text(done)).isEqualTo("alice:5");
        assertThat(done.attempts()).isEqualTo(1);
    }

    @Test
    void whatCanBeRefusedIsRefusedBeforeThereIsATask() {
        DevMesh mesh = start(
                DevMesh.builder().rateLimits(SLOW),
                Tool.named("sum").input(Sum.class).longRunning().handle((call, in) -> in.a() + in.b()));
        Principal powerless = Principal.of(ACME, "eve", "contexts");
        Principal slow = new Principal(ACME, "sam", ALICE.scopes(), Set.of(), "slow", "key_slow");

        refused(ErrorCode.TOOL_NOT_FOUND, () -> mesh.tasks().submit(ALICE, "summ", Map.of()));
        refused(ErrorCode.PERMISSION_DENIED, () -> mesh.tasks().submit(powerless, "sum", Map.of("a", 1, "b", 2)));
        refused(ErrorCode.INVALID_ARGUMENTS, () -> mesh.tasks().submit(ALICE, "sum", Map.of("a", 1)));
        assertThat(events).noneMatch(MeshEvent.TaskChanged.class::isInstance);

        Task admitted = mesh.tasks().submit(slow, "sum", Map.of("a", 1, "b", 2));
        refused(ErrorCode.RATE_LIMITED, () -> mesh.tasks().submit(slow, "sum", Map.of("a", 1, "b", 2)));
        become(mesh, slow, admitted.id(), TaskStatus.COMPLETED);
    }

    @Test
    void aToolThatRequiresTasksNeverMakesItsCallerWait() {
        DevMesh mesh = start(Tool.named("job").requires(ClientCapability.TASKS).handle(call -> "done"));

        assertThat(mesh.tools().find("job").orElseThrow().spec().longRunning()).isTrue();
        assertThatThrownBy(() -> mesh.call(ALICE, "job", Map.of()))
                .isInstanceOfSatisfying(
                        MissingCapabilityException.class,
                        lacking -> assertThat(lacking.missing()).containsExactly(ClientCapability.TASKS));
        become(mesh, ALICE, mesh.tasks().submit(ALICE, "job", Map.of()).id(), TaskStatus.COMPLETED);
    }

    @Test
    void aCredentialHasSoManyUnfinishedTasks() {
        DevMesh mesh = start(
                DevMesh.builder()
                        .limits(Limits.defaults()
                                .withTasks(TaskLimits.defaults().withOpenPerCredential(2))),
                waiting());
        Task first = mesh.tasks().submit(ALICE, "wait", Map.of());
        mesh.tasks().submit(ALICE, "wait", Map.of());

        MeshException refusal =
                refused(ErrorCode.TOO_MANY_TASKS, () -> mesh.tasks().submit(ALICE, "wait", Map.of()));

        assertThat(refusal.retryAfter()).isPresent();
        mesh.tasks().submit(BOB, "wait", Map.of());
        mesh.tasks().cancel(ALICE, first.id());
        mesh.tasks().submit(ALICE, "wait", Map.of());
    }

    @Test
    void argumentsAndAnswersHaveASize() {
        DevMesh mesh = start(
                DevMesh.builder()
                        .limits(Limits.defaults()
                                .withTasks(TaskLimits.defaults().withInputBytes(100))),
                Tool.named("greet")
                        .longRunning()
                        .inputSchema("{\"type\":\"object\"}")
                        .handle((call, in) -> call.elicit("name", "Who?", Name.class)
                                .orElseThrow()
                                .name()));

        refused(ErrorCode.INVALID_VALUE, () -> mesh.tasks().submit(ALICE, "greet", Map.of("text", "x".repeat(100))));

        Task task = asking(mesh, ALICE, "greet");
        refused(
                ErrorCode.INVALID_VALUE,
                () -> mesh.tasks().answer(ALICE, task.id(), Map.of("name", accept("x".repeat(100)))));
        assertThat(mesh.tasks().get(ALICE, task.id()).status()).isEqualTo(TaskStatus.INPUT_REQUIRED);
    }

    @Test
    void aTaskIsChargedAndToldOnceHoweverOftenItRuns() {
        DevMesh mesh = start(DevMesh.builder().rateLimits(SLOW), greeting());
        Principal slow = new Principal(ACME, "sam", ALICE.scopes(), Set.of(), "slow", "key_slow");

        Task task = asking(mesh, slow, "greet");
        mesh.tasks().answer(slow, task.id(), Map.of("name", accept("Ann")));

        assertThat(text(become(mesh, slow, task.id(), TaskStatus.COMPLETED))).isEqualTo("Hello, Ann!");
        assertThat(events).filteredOn(MeshEvent.CallEnded.class::isInstance).hasSize(1);
        List<TaskStatus> told = events.stream()
                .filter(MeshEvent.TaskChanged.class::isInstance)
                .map(event -> ((MeshEvent.TaskChanged) event).status())
                .toList();
        // the second WORKING is left out where the worker was faster than the one who answered
        assertThat(told)
                .startsWith(TaskStatus.WORKING, TaskStatus.INPUT_REQUIRED)
                .endsWith(TaskStatus.COMPLETED);
        assertThat(told).hasSizeBetween(3, 4);
    }

    @Test
    void anOlderStateIsNeverToldAfterANewerOne() throws Exception {
        TaskNews news = new TaskNews();
        List<Task> told = new CopyOnWriteArrayList<>();
        news.add(task -> {
            throw new IllegalStateException("a listener that fails keeps nobody else from hearing");
        });
        news.add(told::add);
        TaskCall call = new TaskCall("index", Json.object(), Set.of(), TraceContext.begin());
        Task made = Task.begin("task_1", ALICE, call, Map.of(), clock.instant(), TaskLimits.defaults());
        Task attempted = made.attempted(clock.instant());
        Task done = attempted.completed(Json.object(), clock.instant());

        news.tell(done);
        news.tell(attempted);
        news.tell(made);

        assertThat(told).containsExactly(done);

        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 200; round++) {
                Task first =
                        Task.begin("task_r" + round, ALICE, call, Map.of(), clock.instant(), TaskLimits.defaults());
                Task last = first.cancelled(clock.instant());
                told.clear();
                for (Future<?> end :
                        List.of(threads.submit(() -> news.tell(first)), threads.submit(() -> news.tell(last)))) {
                    end.get();
                }
                assertThat(told).endsWith(last);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    // Access.

    @Test
    void onlyItsCredentialAndAnAdministratorOfTheTenantKnowOfATask() {
        DevMesh mesh = start(waiting());
        Task task = mesh.tasks().submit(ALICE, "wait", Map.of());
        Principal otherKey = new Principal(ACME, "alice", ALICE.scopes(), Set.of(), "default", "key_other");

        for (Principal other : List.of(BOB, otherKey, STRANGER)) {
            assertThat(mesh.tasks().find(other, task.id())).isEmpty();
            refused(ErrorCode.TASK_NOT_FOUND, () -> mesh.tasks().get(other, task.id()));
            refused(ErrorCode.TASK_NOT_FOUND, () -> mesh.tasks().cancel(other, task.id()));
            refused(ErrorCode.TASK_NOT_FOUND, () -> mesh.tasks().answer(other, task.id(), Map.of()));
        }
        assertThat(mesh.tasks().find(ALICE, task.id())).isPresent();
        assertThat(mesh.tasks().cancel(ADMIN, task.id()).status()).isEqualTo(TaskStatus.CANCELLED);
    }

    // How it ends.

    @Test
    void whatGoesWrongInsideTheToolIsAResult() {
        DevMesh mesh = start(
                Tool.named("says").longRunning().handle(call -> {
                    throw new ToolException("no paper");
                }),
                Tool.named("breaks").longRunning().handle(call -> {
                    throw new IllegalStateException("secret");
                }),
                Tool.named("sleeps")
                        .longRunning()
                        .timeout(Duration.ofMillis(50))
                        .handle(call -> {
                            release.await();
                            return "";
                        }));

        Map.of("says", "no paper", "breaks", "Tool 'breaks' failed", "sleeps", "did not answer within 50 ms")
                .forEach((tool, message) -> {
                    Task task = become(
                            mesh,
                            ALICE,
                            mesh.tasks().submit(ALICE, tool, Map.of()).id(),
                            TaskStatus.COMPLETED);
                    assertThat(task.result().orElseThrow().path("isError").asBoolean())
                            .isTrue();
                    assertThat(text(task)).contains(message).doesNotContain("secret");
                });
    }

    @Test
    void whatConcernsTheClientFailsTheTask() {
        DevMesh mesh = start(
                Tool.named("demands").longRunning().handle(call -> {
                    throw new MissingCapabilityException("This job", Set.of(ClientCapability.ROOTS));
                }),
                greeting());

        Task demanding = become(
                mesh, ALICE, mesh.tasks().submit(ALICE, "demands", Map.of()).id(), TaskStatus.FAILED);
        Task asking = become(
                mesh, ALICE, mesh.tasks().submit(ALICE, "greet", Map.of()).id(), TaskStatus.FAILED);

        assertThat(demanding.failure().orElseThrow().code()).isEqualTo(ErrorCode.CLIENT_CAPABILITY_MISSING);
        assertThat(asking.failure().orElseThrow().code()).isEqualTo(ErrorCode.CLIENT_CAPABILITY_MISSING);
        assertThat(asking.statusMessage()).contains("elicitation");
    }

    @Test
    void aTaskMadeByATokenAllowsNoMoreThanTheTokenDid() {
        DevMesh mesh = start(Tool.named("who")
                .longRunning()
                .idempotent()
                .handle(call -> call.principal().scopes().toString()));
        NewKey key = mesh.keys().create(ADMIN, KeySpec.named("ci").scopes("admin"));
        TokenPair token = mesh.tokens().exchange(new Credentials("", key.secret(), ""), Scopes.of("tools:execute:who"));
        Principal agent = mesh.authenticate(new Credentials(token.accessToken(), "", ""));

        Deferral<Task> made = mesh.tasks()
                .begin(new CallRequest("who", Json.object(), caller(agent, Interviewer.nobody())))
                .join();
        String id = ((Deferral.Recorded<Task>) made).receipt().id();

        assertThat(become(mesh, ADMIN, id, TaskStatus.COMPLETED).result().toString())
                .contains("tools:execute:who")
                .doesNotContain("admin");
    }

    @Test
    void whatTheUserOfItsKeyMayDoIsLookedAtAgainWhenItRuns() {
        DevMesh mesh = start(greeting());
        String user = mesh.access().users().create(ADMIN, NewUser.named("Ann")).id();
        mesh.access().users().give(ADMIN, user, "agent");
        NewKey key = mesh.keys().create(ADMIN, KeySpec.named("ci").user(user).scopes("tools:execute"));
        Principal owner = mesh.keys()
                .authenticator()
                .authenticate(new Credentials("", key.secret(), ""))
                .orElseThrow();
        Task withoutRole = asking(mesh, owner, "greet");
        Task withoutUser = asking(mesh, owner, "greet");

        mesh.access().users().take(ADMIN, user, "agent");
        mesh.tasks().answer(ADMIN, withoutRole.id(), Map.of("name", accept("Ann")));
        assertThat(become(mesh, ADMIN, withoutRole.id(), TaskStatus.FAILED)
                        .failure()
                        .orElseThrow()
                        .code())
                .isEqualTo(ErrorCode.PERMISSION_DENIED);

        mesh.access().users().update(ADMIN, user, UserChange.none().disabled(true));
        mesh.tasks().answer(ADMIN, withoutUser.id(), Map.of("name", accept("Ann")));
        assertThat(become(mesh, ADMIN, withoutUser.id(), TaskStatus.FAILED)
                        .failure()
                        .orElseThrow()
                        .code())
                .isEqualTo(ErrorCode.USER_DISABLED);
    }

    @Test
    void rightsAreLookedAtAgainWhenItRuns() {
        DevMesh mesh = start(greeting());
        NewKey key = mesh.keys().create(ADMIN, KeySpec.named("ci").scopes("tools:execute"));
        Principal owner = key.key().principal();
        Task revoked = asking(mesh, owner, "greet");
        Task orphan = asking(mesh, ALICE, "greet");

        mesh.keys().revoke(ADMIN, key.key().id());
        mesh.tasks().answer(ADMIN, revoked.id(), Map.of("name", accept("Ann")));
        assertThat(become(mesh, ADMIN, revoked.id(), TaskStatus.FAILED)
                        .failure()
                        .orElseThrow()
                        .code())
                .isEqualTo(ErrorCode.KEY_REVOKED);

        mesh.tools().unregister("greet");
        mesh.tasks().answer(ALICE, orphan.id(), Map.of("name", accept("Ann")));
        assertThat(become(mesh, ALICE, orphan.id(), TaskStatus.FAILED)
                        .failure()
                        .orElseThrow()
                        .code())
                .isEqualTo(ErrorCode.TOOL_NOT_FOUND);
    }

    @Test
    void aTaskWaitsForAPermitOfItsTool() {
        DevMesh mesh = start(Tool.named("one").longRunning().concurrency(1).handle(call -> {
            release.await();
            return "done";
        }));
        Task first = mesh.tasks().submit(ALICE, "one", Map.of());
        Task second = mesh.tasks().submit(ALICE, "one", Map.of());
        await().until(() -> mesh.tasks().get(ALICE, first.id()).attempts()
                        + mesh.tasks().get(ALICE, second.id()).attempts()
                >= 2);

        release.countDown();

        await().atMost(Duration.ofSeconds(20)).until(() -> {
            clock.advance(Duration.ofSeconds(1));
            return mesh.tasks().get(ALICE, first.id()).status() == TaskStatus.COMPLETED
                    && mesh.tasks().get(ALICE, second.id()).status() == TaskStatus.COMPLETED;
        });
    }

    // Questions.

    @Test
    void aTaskThatAsksOccupiesNoWorker() {
        DevMesh mesh = start(
                DevMesh.builder()
                        .limits(Limits.defaults()
                                .withTasks(TaskLimits.defaults().withConcurrency(1))),
                greeting(),
                Tool.named("quick").longRunning().handle(call -> "quick"));

        asking(mesh, ALICE, "greet");

        become(mesh, ALICE, mesh.tasks().submit(ALICE, "quick", Map.of()).id(), TaskStatus.COMPLETED);
    }

    @Test
    void onlyOpenQuestionsAreAnsweredAndOnlyByWhatFitsThem() {
        AtomicInteger runs = new AtomicInteger();
        DevMesh mesh = start(Tool.named("both").longRunning().handle(call -> {
            runs.incrementAndGet();
            Answers answers = call.ask(
                    Question.form("first", "First name?", Name.class), Question.form("last", "Last name?", Name.class));
            return answers.form("first", Name.class).orElseThrow().name() + " "
                    + answers.form("last", Name.class).orElseThrow().name();
        }));
        Task task = asking(mesh, ALICE, "both");
        assertThat(task.questions().keySet()).containsExactly("first", "last");

        mesh.tasks()
                .answer(
                        ALICE,
                        task.id(),
                        Map.of(
                                "other", accept("Eve"),
                                "first", accept("x"), // too short
                                "last", Json.parse("{\"action\":\"accept\",\"content\":{\"family\":\"Lee\"}}")));
        assertThat(mesh.tasks().get(ALICE, task.id())).isEqualTo(task);

        mesh.tasks().answer(ALICE, task.id(), Map.of("first", accept("Ann")));
        Task half = mesh.tasks().get(ALICE, task.id());
        assertThat(half.status()).isEqualTo(TaskStatus.INPUT_REQUIRED);
        assertThat(half.questions()).containsOnlyKeys("last");

        mesh.tasks().answer(ALICE, task.id(), Map.of("first", accept("Bob"), "last", accept("Lee")));

        assertThat(text(become(mesh, ALICE, task.id(), TaskStatus.COMPLETED))).isEqualTo("Ann Lee");
        assertThat(runs).hasValue(2);
    }

    @Test
    void aToolMayAskSeveralTimes() {
        DevMesh mesh = start(Tool.named("twice").longRunning().handle(call -> {
            String first =
                    call.elicit("first", "First?", Name.class).orElseThrow().name();
            String second = call.elicit("second", "And after " + first + "?", Name.class)
                    .orElseThrow()
                    .name();
            return first + second;
        }));
        Task task = asking(mesh, ALICE, "twice");

        mesh.tasks().answer(ALICE, task.id(), Map.of("first", accept("Ann")));
        await().untilAsserted(() ->
                assertThat(mesh.tasks().get(ALICE, task.id()).questions()).containsOnlyKeys("second"));
        mesh.tasks().answer(ALICE, task.id(), Map.of("second", accept("Bob")));

        assertThat(text(become(mesh, ALICE, task.id(), TaskStatus.COMPLETED))).isEqualTo("AnnBob");
    }

    @Test
    void whoDeclinesIsNotAskedAgain() {
        DevMesh mesh = start(greeting());
        Task task = asking(mesh, ALICE, "greet");

        mesh.tasks().answer(ALICE, task.id(), Map.of("name", Json.parse("{\"action\":\"decline\"}")));

        Task done = become(mesh, ALICE, task.id(), TaskStatus.COMPLETED);
        assertThat(done.result().orElseThrow().path("isError").asBoolean()).isTrue();
        assertThat(text(done)).isEqualTo("The user declined to answer.");
    }

    @Test
    void aKeyStandsForOneQuestionOnly() {
        AtomicInteger runs = new AtomicInteger();
        DevMesh mesh = start(Tool.named("fickle").longRunning().handle(call -> {
            try {
                return call.elicit("name", "Name " + runs.incrementAndGet() + "?", Name.class)
                        .orElseThrow()
                        .name();
            } catch (RuntimeException hidden) {
                return "hidden";
            }
        }));
        Task task = asking(mesh, ALICE, "fickle");

        mesh.tasks().answer(ALICE, task.id(), Map.of("name", accept("Ann")));

        TaskFailure failure =
                become(mesh, ALICE, task.id(), TaskStatus.FAILED).failure().orElseThrow();
        assertThat(failure.code()).isEqualTo(ErrorCode.REQUEST_STATE_INVALID);
        assertThat(failure.message()).contains("asks something else as 'name'");
    }

    @Test
    void ofManyAnswersAtOnceOneCountsAndTheWorkGoesOnOnce() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        DevMesh mesh = start(Tool.named("greet").longRunning().handle(call -> {
            runs.incrementAndGet();
            return call.elicit("name", "Who?", Name.class).orElseThrow().name();
        }));
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            Task task = asking(mesh, ALICE, "greet");
            CyclicBarrier together = new CyclicBarrier(8);
            List<Future<Task>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String name = "Ann" + i;
                answers.add(threads.submit(() -> {
                    together.await();
                    return mesh.tasks().answer(ALICE, task.id(), Map.of("name", accept(name)));
                }));
            }
            for (Future<Task> answer : answers) {
                answer.get();
            }

            assertThat(text(become(mesh, ALICE, task.id(), TaskStatus.COMPLETED)))
                    .startsWith("Ann");
            assertThat(runs).hasValue(2);
            assertThat(events)
                    .filteredOn(MeshEvent.TaskChanged.class::isInstance)
                    .hasSizeBetween(3, 4);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void answersToATaskThatAsksNothingAreIgnored() {
        DevMesh mesh = start(waiting());
        Task task = mesh.tasks().submit(ALICE, "wait", Map.of());
        await().until(() -> mesh.tasks().get(ALICE, task.id()).attempts() == 1);

        mesh.tasks().answer(ALICE, task.id(), Map.of("name", accept("Ann")));

        release.countDown();
        assertThat(become(mesh, ALICE, task.id(), TaskStatus.COMPLETED).answers())
                .isEmpty();
        mesh.tasks().answer(ALICE, task.id(), Map.of("name", accept("Ann")));
    }

    @Test
    void everyKindOfQuestionIsAnswered() {
        DevMesh mesh = start(Tool.named("curious").longRunning().handle(call -> {
            Answers answers = call.ask(
                    Question.visit("page", "Go there", URI.create("https://example.com/")),
                    Question.sample("thought", Sampling.of("Why?", 10)),
                    Question.roots("folders"));
            return answers.sampled("thought").text() + answers.roots("folders").size();
        }));
        Task task = asking(mesh, ALICE, "curious");

        mesh.tasks()
                .answer(
                        ALICE,
                        task.id(),
                        Map.of(
                                "page", Json.parse("{\"action\":\"accept\"}"),
                                "thought",
                                        Json.parse(
                                                "{\"role\":\"assistant\",\"model\":\"m\",\"content\":{\"type\":\"text\",\"text\":\"So\"}}"),
                                "folders", Json.parse("{\"roots\":[{\"uri\":\"http://example.com/\"}]}")));
        assertThat(mesh.tasks().get(ALICE, task.id()).questions()).containsOnlyKeys("folders");
        mesh.tasks().answer(ALICE, task.id(), Map.of("folders", Json.parse("{\"roots\":[{\"uri\":\"file:///a\"}]}")));

        assertThat(text(become(mesh, ALICE, task.id(), TaskStatus.COMPLETED))).isEqualTo("So1");
    }

    @Test
    void whatWasAskedFirstIsAtHandWhenTheTaskRuns() {
        DevMesh mesh = start(Tool.named("greet")
                .longRunning()
                .asksFirst(in -> List.of(Question.form("name", "Who?", Name.class)))
                .handle((call, in, answers) -> "Hello, "
                        + answers.form("name", Name.class).orElseThrow().name()));
        Question question = Question.form("name", "Who?", Name.class);
        Caller silent = caller(ALICE, questions -> {
            throw new AnswerPending(questions);
        });

        assertThatThrownBy(() -> mesh.tasks()
                        .begin(new CallRequest("greet", Json.object(), silent))
                        .result()
                        .toCompletableFuture()
                        .get())
                .hasCauseInstanceOf(AnswerPending.class);
        assertThat(events).isEmpty();

        Caller talkative = caller(
                ALICE,
                new TaskInterviewer(
                        Map.of("name", new GivenAnswer(question.digest(), (ObjectNode) accept("Ann"))),
                        Set.of(ClientCapability.ELICITATION)));
        Deferral<Task> made = mesh.tasks()
                .begin(new CallRequest("greet", Json.object(), talkative))
                .join();

        Task task = ((Deferral.Recorded<Task>) made).receipt();
        assertThat(task.status()).isEqualTo(TaskStatus.WORKING);
        assertThat(text(become(mesh, ALICE, task.id(), TaskStatus.COMPLETED))).isEqualTo("Hello, Ann");
        assertThat(events).filteredOn(MeshEvent.CallEnded.class::isInstance).hasSize(1);
    }

    // Cancelling.

    @Test
    void cancellingInterruptsTheToolAndStays() {
        CountDownLatch interrupted = new CountDownLatch(1);
        DevMesh mesh = start(Tool.named("wait").longRunning().handle(call -> {
            try {
                release.await();
                return "released";
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
        }));
        Task task = mesh.tasks().submit(ALICE, "wait", Map.of());
        await().until(() -> mesh.tasks().get(ALICE, task.id()).attempts() == 1);

        Task cancelled = mesh.tasks().cancel(ALICE, task.id());

        assertThat(cancelled.status()).isEqualTo(TaskStatus.CANCELLED);
        await().until(() -> interrupted.getCount() == 0);
        assertThat(mesh.tasks().cancel(ALICE, task.id())).isEqualTo(cancelled);
        assertThat(mesh.tasks().get(ALICE, task.id())).isEqualTo(cancelled);
    }

    @Test
    void aTaskThatAsksCanBeCancelledAndAsksNoMore() {
        DevMesh mesh = start(greeting());
        Task task = asking(mesh, ALICE, "greet");

        Task cancelled = mesh.tasks().cancel(ALICE, task.id());

        assertThat(cancelled.questions()).isEmpty();
        mesh.tasks().answer(ALICE, task.id(), Map.of("name", accept("Ann")));
        assertThat(mesh.tasks().get(ALICE, task.id())).isEqualTo(cancelled);
    }

    @Test
    void aFinishedTaskStaysAsItIsWhenCancelled() {
        DevMesh mesh = start(Tool.named("quick").longRunning().handle(call -> "quick"));
        Task done = become(
                mesh, ALICE, mesh.tasks().submit(ALICE, "quick", Map.of()).id(), TaskStatus.COMPLETED);

        assertThat(mesh.tasks().cancel(ALICE, done.id())).isEqualTo(done);
    }

    @Test
    void aTaskEndsOnceWhoeverIsFirst() throws Exception {
        CyclicBarrier together = new CyclicBarrier(2);
        DevMesh mesh = start(Tool.named("race").longRunning().handle(call -> {
            together.await();
            return "done";
        }));

        for (int i = 0; i < 50; i++) {
            Task task = mesh.tasks().submit(ALICE, "race", Map.of());
            together.await();
            Task seen = mesh.tasks().cancel(ALICE, task.id());

            assertThat(seen.status().isFinal()).isTrue();
            assertThat(mesh.tasks().get(ALICE, task.id())).isEqualTo(seen);
        }
        await().until(() ->
                events.stream().filter(MeshEvent.CallEnded.class::isInstance).count() >= 50);
        assertThat(events.stream()
                        .filter(event -> event instanceof MeshEvent.TaskChanged changed
                                && changed.status().isFinal())
                        .count())
                .isEqualTo(50);
    }

    // Time.

    @Test
    void aTaskIsGoneWhenItsTimeIsOver() {
        DevMesh mesh = start(waiting());
        Task task = mesh.tasks().submit(ALICE, "wait", Map.of());
        await().until(() -> mesh.tasks().get(ALICE, task.id()).attempts() == 1);

        clock.advance(Duration.ofHours(1).minusMillis(1));
        assertThat(mesh.tasks().find(ALICE, task.id())).isPresent();
        clock.advance(Duration.ofMillis(1));

        refused(ErrorCode.TASK_NOT_FOUND, () -> mesh.tasks().get(ALICE, task.id()));
        refused(ErrorCode.TASK_NOT_FOUND, () -> mesh.tasks().cancel(ALICE, task.id()));
        assertThat(store.system().purge(clock.instant(), Instant.EPOCH)).isEqualTo(1);
    }

    @Test
    void theNumbersOfTasksHaveTheirRanges() {
        TaskLimits limits = TaskLimits.defaults();

        assertThatThrownBy(() -> limits.withLife(Duration.ofMillis(999))).hasMessageContaining("life must be from");
        assertThatThrownBy(() -> limits.withLife(Duration.ofDays(8))).hasMessageContaining("life must be from");
        assertThatThrownBy(() -> limits.withPollInterval(Duration.ZERO)).hasMessageContaining("pollInterval");
        assertThatThrownBy(() -> limits.withOpenPerCredential(0)).hasMessageContaining("openPerCredential");
        assertThatThrownBy(() -> limits.withInputBytes(0)).hasMessageContaining("inputBytes");
        assertThatThrownBy(() -> limits.withConcurrency(0)).hasMessageContaining("concurrency");
    }

    // Several processes.

    @Test
    void aTaskMadeHereIsAnsweredThereAndReadEverywhere() {
        DevMesh here = start(greeting());
        DevMesh there = start(greeting());
        Task task = asking(here, ALICE, "greet");

        there.tasks().answer(ALICE, task.id(), Map.of("name", accept("Ann")));

        assertThat(text(become(there, ALICE, task.id(), TaskStatus.COMPLETED))).isEqualTo("Hello, Ann!");
        assertThat(here.tasks().get(ALICE, task.id())).isEqualTo(there.tasks().get(ALICE, task.id()));
    }

    @Test
    void cancellingThereInterruptsTheToolHere() {
        CountDownLatch interrupted = new CountDownLatch(1);
        DevMesh here = start(Tool.named("wait").longRunning().handle(call -> {
            call.onCancel(interrupted::countDown);
            release.await();
            return "released";
        }));
        DevMesh there = start();
        Task task = here.tasks().submit(ALICE, "wait", Map.of());
        await().until(() -> here.tasks().get(ALICE, task.id()).attempts() == 1);

        there.tasks().cancel(ALICE, task.id());

        await().until(() -> interrupted.getCount() == 0);
        assertThat(here.tasks().get(ALICE, task.id()).status()).isEqualTo(TaskStatus.CANCELLED);
    }

    @Test
    void aToolThatDoesNoHarmRunsAgainWhenItsWorkerStalled() {
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch zombieDone = new CountDownLatch(1);
        DevMesh mesh = start(Tool.named("index").longRunning().idempotent().handle(call -> {
            if (runs.incrementAndGet() > 1) {
                return "second";
            }
            stall();
            zombieDone.countDown();
            return "first";
        }));
        Task task = mesh.tasks().submit(ALICE, "index", Map.of());
        await().until(() -> runs.get() == 1);

        clock.advance(Duration.ofSeconds(31)); // past the lease, before the next sign of life

        Task done = become(mesh, ALICE, task.id(), TaskStatus.COMPLETED);
        release.countDown();
        await().until(() -> zombieDone.getCount() == 0);
        assertThat(text(done)).isEqualTo("second");
        assertThat(done.attempts()).isEqualTo(2);
        assertThat(mesh.tasks().get(ALICE, task.id())).isEqualTo(done);
    }

    @Test
    void aToolThatMayNotRunTwiceFailsWithTheReasonWhenItsWorkerStalled() {
        AtomicInteger runs = new AtomicInteger();
        DevMesh mesh = start(Tool.named("pay").longRunning().handle(call -> {
            runs.incrementAndGet();
            stall();
            return "paid";
        }));
        Task task = mesh.tasks().submit(ALICE, "pay", Map.of());
        await().until(() -> runs.get() == 1);

        clock.advance(Duration.ofSeconds(31));

        Task failed = become(mesh, ALICE, task.id(), TaskStatus.FAILED);
        assertThat(failed.failure().orElseThrow().code()).isEqualTo(ErrorCode.TASK_INTERRUPTED);
        assertThat(failed.statusMessage())
                .isEqualTo("The worker died or stalled while it ran tool 'pay', which may not run twice:"
                        + " its work may be done in part.");
        release.countDown();
        await().until(() -> events.stream().anyMatch(MeshEvent.CallEnded.class::isInstance));
        assertThat(mesh.tasks().get(ALICE, task.id())).isEqualTo(failed);
        assertThat(runs).hasValue(1);
    }

    @Test
    void aWorkerThatClosesInTheMiddleLeavesTheTaskToTheNext() {
        AtomicInteger runs = new AtomicInteger();
        Tool index = Tool.named("index").longRunning().readOnly().handle(call -> {
            if (runs.incrementAndGet() == 1) {
                release.await();
            }
            return "run " + runs.get();
        });
        DevMesh first = DevMesh.builder()
                .store(store)
                .queue(queue)
                .clock(clock)
                .tool(index)
                .build();
        TaskWorker worker = first.tasks().worker(first.tools(), queue, first.threads(), Duration.ofMinutes(5));
        DevMesh relay = start();
        worker.start();
        Task task = first.tasks().submit(ALICE, "index", Map.of());
        await().until(() -> runs.get() == 1);

        worker.close(Duration.ZERO);
        start(index);

        Task done = become(relay, ALICE, task.id(), TaskStatus.COMPLETED);
        assertThat(text(done)).isEqualTo("run 2");
        first.close();
    }

    @Test
    void aToolWhoseWorkersAlwaysDieIsGivenUp() {
        AtomicInteger runs = new AtomicInteger();
        DevMesh mesh = start(Tool.named("killer").longRunning().idempotent().handle(call -> {
            runs.incrementAndGet();
            stall();
            return "";
        }));
        Task task = mesh.tasks().submit(ALICE, "killer", Map.of());

        for (int run = 1; run <= 5; run++) {
            int expected = run;
            await().until(() -> runs.get() == expected);
            clock.advance(Duration.ofSeconds(31));
        }

        assertThat(become(mesh, ALICE, task.id(), TaskStatus.FAILED).statusMessage())
                .isEqualTo("Its workers died or stalled each of the 5 times that they ran tool 'killer'.");
        assertThat(runs).hasValue(5);
    }

    // Tools.

    private Tool waiting() {
        return Tool.named("wait").longRunning().handle(call -> {
            release.await();
            return "released";
        });
    }

    private static Tool greeting() {
        return Tool.named("greet")
                .longRunning()
                .handle(call -> "Hello, "
                        + call.elicit("name", "Who?", Name.class).orElseThrow().name() + "!");
    }

    /** Waits as code does that knows nothing of interrupts. */
    private void stall() {
        boolean interrupted = false;
        while (true) {
            try {
                release.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static Caller caller(Principal principal, Interviewer interviewer) {
        return new Caller(
                principal,
                Set.of(ClientCapability.values()),
                TraceContext.begin(),
                CallObserver.NONE,
                interviewer,
                false);
    }

    /** A task of a client that can be asked everything, which asks by now. */
    private static Task asking(DevMesh mesh, Principal caller, String tool) {
        Deferral<Task> made = mesh.tasks()
                .begin(new CallRequest(tool, Json.object(), caller(caller, Interviewer.nobody())))
                .join();
        return become(mesh, caller, ((Deferral.Recorded<Task>) made).receipt().id(), TaskStatus.INPUT_REQUIRED);
    }
}
