package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.ErrorCode;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.auth.UserRights;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.Json;
import dev.devmesh.question.GivenAnswer;
import dev.devmesh.queue.NewJob;
import dev.devmesh.store.TaskStore;
import dev.devmesh.task.Task;
import dev.devmesh.task.TaskCall;
import dev.devmesh.task.TaskFailure;
import dev.devmesh.task.TaskQuestion;
import dev.devmesh.task.TaskStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The table of tasks: what is kept of one, who may change it, and when it goes. */
public abstract class TaskContract extends StoreTestBase {

    private static final Duration LIFE = Duration.ofHours(1);

    @Test
    void aTaskComesBackAsItWasStored() {
        Task full = changed(
                task("task_1", ACME, "key_1"),
                TaskStatus.INPUT_REQUIRED,
                questions("zeta", "alpha"),
                Map.of("first", new GivenAnswer("digest", Json.object().put("action", "decline"))),
                3,
                2);

        inAcme(tasks -> {
            tasks.insert(full);
            return full;
        });

        Task found = find("task_1").orElseThrow();
        assertThat(found).isEqualTo(full);
        assertThat(found.questions().keySet()).containsExactly("zeta", "alpha");
    }

    @Test
    void anIdIsTakenOnce() {
        insert(task("task_1", ACME, "key_1"));

        assertThatIllegalStateException().isThrownBy(() -> insert(task("task_1", ACME, "key_1")));
    }

    @Test
    void aTaskBelongsToTheTenantOfItsUnitOfWork() {
        assertThatIllegalArgumentException().isThrownBy(() -> insert(task("task_1", GLOBEX, "key_1")));
    }

    @Test
    void anotherTenantSeesNothingAndChangesNothing() {
        Task task = task("task_1", ACME, "key_1");
        insert(task);

        store.inTransaction(GLOBEX, tx -> {
            assertThat(tx.tasks().find("task_1", clock.instant())).isEmpty();
            assertThat(tx.tasks().lock("task_1", clock.instant())).isEmpty();
            assertThat(tx.tasks().update(task, cancelled(task))).isFalse();
            assertThat(tx.tasks().countOpen("key_1", clock.instant())).isZero();
            return task;
        });

        assertThat(find("task_1")).contains(task);
    }

    @Test
    void anUpdateReplacesWhatMayChangeAndNothingElse() {
        Task task = task("task_1", ACME, "key_1");
        insert(task);
        clock.advance(Duration.ofSeconds(3));
        Task after = new Task(
                "task_1",
                Principal.of(ACME, "mallory"),
                new TaskCall("other", Json.object(), Set.of(), TraceContext.begin()),
                TaskStatus.COMPLETED,
                "done",
                clock.instant(),
                clock.instant(),
                Duration.ofDays(1),
                Duration.ofSeconds(2),
                Optional.of(Json.object().put("content", "c")),
                Optional.empty(),
                Map.of(),
                Map.of(),
                1,
                1,
                2);

        assertThat(update(task, after)).isTrue();

        Task stored = find("task_1").orElseThrow();
        assertThat(stored.owner()).isEqualTo(task.owner());
        assertThat(stored.call()).isEqualTo(task.call());
        assertThat(stored.createdAt()).isEqualTo(task.createdAt());
        assertThat(stored.life()).isEqualTo(LIFE);
        assertThat(stored.status()).isEqualTo(TaskStatus.COMPLETED);
        assertThat(stored.statusMessage()).isEqualTo("done");
        assertThat(stored.updatedAt()).isEqualTo(clock.instant());
        assertThat(stored.result()).contains(Json.object().put("content", "c"));
        assertThat(stored.attempts()).isEqualTo(1);
    }

    @Test
    void aFailureIsKeptInFull() {
        Task task = task("task_1", ACME, "key_1");
        insert(task);
        TaskFailure reason = new TaskFailure(ErrorCode.TASK_INTERRUPTED, "It broke.", "Look.");

        update(task, ended(task, TaskStatus.FAILED, Optional.of(reason)));

        assertThat(find("task_1").orElseThrow().failure()).contains(reason);
    }

    @Test
    void whoeverSawAnotherRevisionChangesNothing() {
        Task task = task("task_1", ACME, "key_1");
        insert(task);
        Task second = changed(task, TaskStatus.WORKING, Map.of(), Map.of(), 2, 0);
        assertThat(update(task, second)).isTrue();

        assertThat(update(task, cancelled(task))).isFalse();
        assertThat(update(cancelled(second), second)).isFalse();
        assertThat(update(task("task_2", ACME, "key_1"), task("task_2", ACME, "key_1")))
                .isFalse();
        assertThat(find("task_1")).contains(second);

        assertThat(update(second, cancelled(second))).isTrue();
    }

    @Test
    void anExpiredTaskIsAsIfItHadNeverBeen() {
        insert(task("task_1", ACME, "key_1"));

        clock.advance(LIFE.minusNanos(1_000));
        assertThat(find("task_1")).isPresent();
        clock.advance(Duration.ofNanos(1_000));

        assertThat(find("task_1")).isEmpty();
        Optional<Task> locked = inAcme(tasks -> tasks.lock("task_1", clock.instant()));
        assertThat(locked).isEmpty();
        assertThat(countOpen("key_1")).isZero();
    }

    @Test
    void purgingRemovesExpiredTasksFinishedOrNot() {
        Task task = task("task_1", ACME, "key_1");
        insert(task);
        insert(task("task_2", ACME, "key_1"));
        update(task, cancelled(task));
        clock.advance(Duration.ofMinutes(30));
        insert(task("task_3", ACME, "key_1"));

        assertThat(store.system().purge(clock.instant(), Instant.EPOCH)).isZero();
        clock.advance(Duration.ofMinutes(30));
        assertThat(store.system().purge(clock.instant(), Instant.EPOCH)).isEqualTo(2);

        insert(task("task_1", ACME, "key_1"));
        assertThat(find("task_3")).isPresent();
    }

    @Test
    void onlyUnfinishedTasksOfTheCredentialCount() {
        Task first = task("task_1", ACME, "key_1");
        insert(first);
        insert(task("task_2", ACME, "key_1"));
        insert(task("task_3", ACME, "key_10"));
        Task asking = task("task_4", ACME, "key_1");
        insert(asking);
        update(asking, changed(asking, TaskStatus.INPUT_REQUIRED, questions("q"), Map.of(), 1, 1));

        assertThat(countOpen("key_1")).isEqualTo(3);
        update(first, cancelled(first));

        assertThat(countOpen("key_1")).isEqualTo(2);
        assertThat(countOpen("key_10")).isEqualTo(1);
        assertThat(countOpen("key_2")).isZero();
    }

    @Test
    void aRollbackLeavesNeitherTaskNorJob() {
        assertThatThrownBy(() -> store.inTransaction(ACME, tx -> {
                    tx.tasks().insert(task("task_1", ACME, "key_1"));
                    tx.jobs().enqueue(NewJob.of("q", "t", Map.of()));
                    throw new IllegalArgumentException("no");
                }))
                .hasMessage("no");

        assertThat(find("task_1")).isEmpty();
        assertThat(store.system().jobsToDeliver(Instant.MAX, 10)).isEmpty();
    }

    @Test
    void ofManyWhoEndATaskAtOnceOneDoes() throws Exception {
        Task task = task("task_1", ACME, "key_1");
        insert(task);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            Callable<Boolean> end = () -> update(task, cancelled(task));

            List<Future<Boolean>> ends = threads.invokeAll(Collections.nCopies(32, end));

            int ended = 0;
            for (Future<Boolean> one : ends) {
                ended += one.get() ? 1 : 0;
            }
            assertThat(ended).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void whoLocksATaskSeesWhatTheOneBeforeWrote() throws Exception {
        Task task = changed(
                task("task_1", ACME, "key_1"),
                TaskStatus.INPUT_REQUIRED,
                questions("k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"),
                Map.of(),
                1,
                1);
        insert(task);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Boolean>> answers = IntStream.range(0, 7)
                    .<Callable<Boolean>>mapToObj(i -> () -> inAcme(tasks -> {
                        Task seen = tasks.lock("task_1", clock.instant()).orElseThrow();
                        Map<String, TaskQuestion> open = new LinkedHashMap<>(seen.questions());
                        open.remove("k" + i);
                        return tasks.update(seen, changed(seen, TaskStatus.INPUT_REQUIRED, open, Map.of(), 1, 1));
                    }))
                    .toList();

            for (Future<Boolean> answered : threads.invokeAll(answers)) {
                assertThat(answered.get()).isTrue();
            }

            assertThat(find("task_1").orElseThrow().questions()).containsOnlyKeys("k7");
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aTaskKnowsTheUserThatItsOwnerActsForAndNotWhatThatUserMight() {
        Principal ann = new Principal(ACME, "ann", Scopes.of("tools"), Set.of(), Principal.DEFAULT_PLAN, "ext_1")
                .actingFor(new UserRights("user_1", true, Set.of("agent"), Scopes.none()));
        Task task = task("task_1", ann);

        store.inTransaction(ACME, tx -> {
            tx.tasks().insert(task);
            return true;
        });

        assertThat(find("task_1").orElseThrow().owner()).isEqualTo(ann);
    }

    private Task task(String id, Tenant tenant, String credential) {
        return task(
                id,
                new Principal(tenant, "alice", Scopes.of("tools"), Set.of("dev"), Principal.DEFAULT_PLAN, credential));
    }

    private Task task(String id, Principal owner) {
        TaskCall call = new TaskCall(
                "index",
                Json.object().put("files", 3),
                Set.of(ClientCapability.TASKS, ClientCapability.ELICITATION),
                TraceContext.begin());
        return new Task(
                id,
                owner,
                call,
                TaskStatus.WORKING,
                "",
                clock.instant(),
                clock.instant(),
                LIFE,
                Duration.ofMillis(500),
                Optional.empty(),
                Optional.empty(),
                Map.of(),
                Map.of(),
                0,
                0,
                1);
    }

    private static Map<String, TaskQuestion> questions(String... keys) {
        Map<String, TaskQuestion> questions = new LinkedHashMap<>();
        for (String key : keys) {
            questions.put(
                    key,
                    new TaskQuestion(
                            "elicitation/create",
                            Json.object().put("message", key),
                            Json.object().put("type", "object"),
                            "digest of " + key));
        }
        return questions;
    }

    private static Task changed(
            Task task,
            TaskStatus status,
            Map<String, TaskQuestion> questions,
            Map<String, GivenAnswer> answers,
            int attempts,
            int settled) {
        return new Task(
                task.id(),
                task.owner(),
                task.call(),
                status,
                "",
                task.createdAt(),
                task.updatedAt(),
                task.life(),
                task.pollInterval(),
                Optional.empty(),
                Optional.empty(),
                questions,
                answers,
                attempts,
                settled,
                task.revision() + 1);
    }

    private static Task cancelled(Task task) {
        return ended(task, TaskStatus.CANCELLED, Optional.empty());
    }

    private static Task ended(Task task, TaskStatus status, Optional<TaskFailure> failure) {
        return new Task(
                task.id(),
                task.owner(),
                task.call(),
                status,
                "",
                task.createdAt(),
                task.updatedAt(),
                task.life(),
                task.pollInterval(),
                Optional.empty(),
                failure,
                Map.of(),
                task.answers(),
                task.attempts(),
                task.attempts(),
                task.revision() + 1);
    }

    private <T> T inAcme(Function<TaskStore, T> work) {
        return store.inTransaction(ACME, tx -> work.apply(tx.tasks()));
    }

    private Task insert(Task task) {
        return inAcme(tasks -> {
            tasks.insert(task);
            return task;
        });
    }

    private Optional<Task> find(String id) {
        return inAcme(tasks -> tasks.find(id, clock.instant()));
    }

    private boolean update(Task before, Task after) {
        return inAcme(tasks -> tasks.update(before, after));
    }

    private int countOpen(String credential) {
        return inAcme(tasks -> tasks.countOpen(credential, clock.instant()));
    }
}
