package dev.devmesh.task;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.ApiKey;
import dev.devmesh.auth.KeyStanding;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Standing;
import dev.devmesh.auth.Tenant;
import dev.devmesh.auth.UserRights;
import dev.devmesh.call.CallObserver;
import dev.devmesh.call.CallRequest;
import dev.devmesh.call.Caller;
import dev.devmesh.call.Execution;
import dev.devmesh.json.Json;
import dev.devmesh.question.AnswerPending;
import dev.devmesh.queue.Job;
import dev.devmesh.queue.JobPostponedException;
import dev.devmesh.queue.JobQueue;
import dev.devmesh.queue.RetrySchedule;
import dev.devmesh.queue.Worker;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.tool.ToolHints;
import dev.devmesh.tool.ToolInvoker;
import dev.devmesh.tool.ToolRegistry;
import dev.devmesh.tool.ToolResult;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Runs the tools that tasks call. How a task survives what happens to its worker:
 *
 * <ol>
 *   <li>Before the tool begins, the attempt is counted in the task. How it ended is written only if the task is at that very
 *       revision: a worker that was overtaken, or whose task was cancelled, changes nothing.
 *   <li>An attempt that was counted and never told its end was lost with its worker. Whoever begins next runs the tool again
 *       if that does no harm, as {@link ToolHints} say, and otherwise fails the task with the reason.
 *   <li>The end is committed before the job is: a job that is delivered once more finds nothing to do.
 *   <li>Where the tool did not begin for want of room, the attempt is settled and the job comes again a little later.
 * </ol>
 *
 * <p>It takes up work when the first long-running tool is registered. Safe for use by many threads.
 */
public final class TaskWorker implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TaskWorker.class);

    /** How many attempts in a row may be lost before a tool is not run again, even if that did no harm. */
    private static final int MOST_LOST = 5;

    private static final Duration LOOK_FOR_CANCELLATION = Duration.ofSeconds(1);
    private static final Duration AFTER_BUSY = Duration.ofSeconds(1);
    private static final int STORE_FAILURES = 20;
    private static final Duration AFTER_STORE_FAILURE = Duration.ofSeconds(1);
    private static final Duration BEYOND_LONGEST_CALL = Duration.ofMinutes(1);

    /** The task itself counts what is lost, and a job without a task ends at once: so no job is ever given up. */
    private static final RetrySchedule WITHOUT_END =
            new RetrySchedule(Duration.ofSeconds(1), Duration.ofMinutes(1), Integer.MAX_VALUE);

    /** An attempt that has been counted. */
    private record Attempt(Task task, Principal principal) {}

    /** How an attempt ended: what becomes of its task, or that it could not begin. */
    private record End(@Nullable Task task, Optional<MeshException> postponed) {

        static final End NOTHING = new End(null, Optional.empty());

        static End of(Task task) {
            return new End(task, Optional.empty());
        }
    }

    private final Tasks tasks;
    private final Store store;
    private final ToolRegistry registry;
    private final ToolInvoker invoker;
    private final InstantSource clock;
    private final Worker worker;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean started;
    private boolean closed;

    TaskWorker(
            Tasks tasks,
            Store store,
            JobQueue queue,
            ToolRegistry registry,
            ToolInvoker invoker,
            InstantSource clock,
            Executor executor,
            int concurrency,
            Duration longestCall) {
        this.tasks = tasks;
        this.store = store;
        this.registry = registry;
        this.invoker = invoker;
        this.clock = clock;
        this.worker = Worker.on(Tasks.QUEUE, store, queue)
                .executor(executor)
                .concurrency(concurrency)
                .timeout(longestCall.plus(BEYOND_LONGEST_CALL))
                .retries(WITHOUT_END)
                .maxCrashes(Integer.MAX_VALUE)
                .handle(Tasks.JOB, this::work, (job, done, tx) -> {})
                .build();
        registry.onChange(version -> startIfNeeded());
    }

    /** Begins to work, now or when there is a long-running tool. Calling it again has no effect. */
    public void start() {
        lock.lock();
        try {
            started = true;
        } finally {
            lock.unlock();
        }
        startIfNeeded();
    }

    private void startIfNeeded() {
        lock.lock();
        try {
            if (started
                    && !closed
                    && registry.all().stream().anyMatch(tool -> tool.spec().longRunning())) {
                worker.start();
            }
        } finally {
            lock.unlock();
        }
    }

    /** {@link #close(Duration)} without patience. */
    @Override
    public void close() {
        close(Duration.ZERO);
    }

    /** Takes up no more tasks, lets those under way finish, and gives back what is left after the patience. */
    public void close(Duration patience) {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        worker.close(patience);
    }

    private boolean work(Job job) throws InterruptedException {
        Optional<Attempt> begun =
                begin(job.tenant(), job.payload().path(Tasks.JOB_TASK).asString(""));
        if (begun.isPresent()) {
            run(begun.get());
        }
        return true;
    }

    /** Counts an attempt; empty if there is nothing to do, or nothing that may be done. */
    private Optional<Attempt> begin(Tenant tenant, String id) {
        Optional<Attempt> begun = store.inTransaction(tenant, tx -> {
            Instant now = tasks.now();
            Task task = tx.tasks().lock(id, now).orElse(null);
            if (task == null || task.status() != TaskStatus.WORKING) {
                return Optional.empty();
            }
            Principal owner = task.owner();
            Task next;
            try {
                owner = ownerNow(tx, task);
                requireRunnable(task);
                next = task.attempted(now);
            } catch (MeshException obstacle) {
                next = task.failed(TaskFailure.of(obstacle), now);
            }
            tx.tasks().update(task, next);
            return Optional.of(new Attempt(next, owner));
        });
        if (begun.isPresent() && begun.get().task().status().isFinal()) {
            tasks.tell(begun.get().task());
            return Optional.empty();
        }
        return begun;
    }

    /** The owner of a task with the rights that it has now, which may be none: not those that it had when it called the tool. */
    private Principal ownerNow(StoreSession tx, Task task) {
        Principal owner = task.owner();
        Optional<ApiKey> key = tx.keys().find(owner.credentialId());
        if (key.isPresent()) {
            return new KeyStanding(key.get(), tx.users().standing(key.get().userId()))
                    .admit(clock.instant())
                    .narrowed(owner.scopes()); // a token allows less than the key that it was made from
        }
        String userId = owner.user().map(UserRights::id).orElse("");
        Standing standing = tx.users().standing(userId);
        if (!userId.isEmpty() && standing.user().isEmpty()) {
            throw new MeshException(
                    ErrorCode.USER_DISABLED,
                    "User " + userId + ", who made the task, is gone.",
                    "Call the tool again.");
        }
        return standing.admit(owner);
    }

    /** Goes on if the task may run, or run again. */
    private void requireRunnable(Task task) {
        int lost = task.lostAttempts();
        if (lost > 0 && (lost >= MOST_LOST || !mayRunAgain(task))) {
            String tool = "tool '" + task.call().tool() + "'";
            throw new MeshException(
                    ErrorCode.TASK_INTERRUPTED,
                    lost >= MOST_LOST
                            ? "Its workers died or stalled each of the " + lost + " times that they ran " + tool + "."
                            : "The worker died or stalled while it ran " + tool
                                    + ", which may not run twice: its work may be done in part.",
                    "Look at what was done before you call it again.");
        }
    }

    private boolean mayRunAgain(Task task) {
        return registry.find(task.call().tool())
                .map(tool -> tool.spec().hints())
                .filter(hints ->
                        hints.idempotent().orElse(false) || hints.readOnly().orElse(false))
                .isPresent();
    }

    private void run(Attempt attempt) throws InterruptedException {
        Task task = attempt.task();
        TaskCall wanted = task.call();
        TaskInterviewer interviewer = new TaskInterviewer(task.answers(), wanted.capabilities());
        Caller caller = new Caller(
                attempt.principal(), wanted.capabilities(), wanted.trace(), CallObserver.NONE, interviewer, true);
        Execution<ToolResult> call = invoker.invoke(new CallRequest(wanted.tool(), wanted.arguments(), caller));
        tasks.callBegan(task.id(), call);
        End end;
        try {
            end = await(task, call, interviewer);
        } finally {
            tasks.callEnded(task.id(), call);
        }
        boolean counts = end.task() != null && settle(task, end.task());
        if (end.postponed().isPresent()) {
            // even if it does not count: the next delivery finds out whether there is something to do
            throw new JobPostponedException(
                    AFTER_BUSY, String.valueOf(end.postponed().get().getMessage()));
        }
        if (counts) {
            tasks.tell(Objects.requireNonNull(end.task()));
        }
    }

    /** Writes how the attempt ended, unless it does not count any more. A store that fails gets some time to recover. */
    private boolean settle(Task attempt, Task end) throws InterruptedException {
        for (int failures = 1; ; failures++) {
            try {
                return write(attempt, end);
            } catch (RuntimeException e) {
                if (failures == STORE_FAILURES) {
                    throw e;
                }
                LOG.warn("How task {} ended cannot be written now; trying again", attempt.id(), e);
                Thread.sleep(AFTER_STORE_FAILURE.toMillis());
            }
        }
    }

    private boolean write(Task attempt, Task end) {
        boolean counts = store.inTransaction(attempt.tenant(), tx -> tx.tasks().update(attempt, end));
        if (!counts) {
            LOG.info(
                    "Task {} went on without its attempt {}, whose end does not count",
                    attempt.id(),
                    attempt.attempts());
        }
        return counts;
    }

    private End await(Task task, Execution<ToolResult> call, TaskInterviewer interviewer) throws InterruptedException {
        CompletableFuture<End> ended = call.result()
                .handle((result, problem) -> end(task, result, problem, interviewer))
                .toCompletableFuture();
        try {
            while (true) {
                if (!ended.isDone() && wasOvertaken(task)) {
                    call.cancel("nobody waits for its task any more");
                }
                try {
                    return ended.get(LOOK_FOR_CANCELLATION.toMillis(), TimeUnit.MILLISECONDS);
                } catch (TimeoutException stillRunning) {
                    LOG.trace("Task {} goes on", task.id());
                }
            }
        } catch (InterruptedException e) {
            call.cancel("the worker is closing");
            throw e;
        } catch (ExecutionException e) {
            throw new IllegalStateException("the end of task " + task.id() + " cannot be told", e.getCause());
        }
    }

    private boolean wasOvertaken(Task attempt) {
        try {
            return !tasks.isCurrent(attempt);
        } catch (RuntimeException e) {
            LOG.warn("Whether task {} was cancelled cannot be told now; its tool goes on", attempt.id(), e);
            return false;
        }
    }

    private End end(Task task, @Nullable ToolResult result, @Nullable Throwable problem, TaskInterviewer interviewer) {
        Instant now = tasks.now();
        if (interviewer.broken().isPresent()) {
            return End.of(task.failed(TaskFailure.of(interviewer.broken().get()), now));
        }
        if (result != null) {
            return End.of(task.completed(json(result), now));
        }
        if (problem instanceof AnswerPending pending) {
            return End.of(task.asking(pending.questions(), now));
        }
        if (!(problem instanceof MeshException reason)) {
            LOG.error(
                    "Task {} ended in a fault, trace {}",
                    task.id(),
                    task.call().trace().traceId(),
                    problem);
            return End.of(task.failed(
                    new TaskFailure(
                            ErrorCode.MCP_PANIC,
                            "Something went wrong here; trace "
                                    + task.call().trace().traceId() + ".",
                            ""),
                    now));
        }
        return switch (reason.code()) {
            case HANDLER_BUSY, OVERLOADED -> new End(task.givenBack(now), Optional.of(reason));
            case CANCELLED -> End.NOTHING;
            default ->
                End.of(ToolResult.explaining(reason)
                        .map(explained -> task.completed(json(explained), now))
                        .orElseGet(() -> task.failed(TaskFailure.of(reason), now)));
        };
    }

    private static ObjectNode json(ToolResult result) {
        return (ObjectNode) Json.tree(result);
    }
}
