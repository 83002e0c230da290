package dev.devmesh.task;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.audit.AuditEntry;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.CallObserver;
import dev.devmesh.call.CallRequest;
import dev.devmesh.call.Caller;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.Execution;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.Json;
import dev.devmesh.question.Interviewer;
import dev.devmesh.queue.JobQueue;
import dev.devmesh.queue.NewJob;
import dev.devmesh.store.Ids;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.tool.Deferral;
import dev.devmesh.tool.ToolInvoker;
import dev.devmesh.tool.ToolRegistry;
import dev.devmesh.tool.ToolResult;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Calls of tools that outlive their request. What holds for every task:
 *
 * <ol>
 *   <li>Everything that can be refused is refused before there is a task: an unknown tool, a missing right, a used-up rate,
 *       wrong arguments. What the tool asks first is asked before, too.
 *   <li>A task and the job that runs it are recorded in one unit of work, before the caller learns of the task.
 *   <li>It runs as the caller who made it. The caller's rights are looked at again each time it begins.
 *   <li>It is a task of the credential that made it: whoever shows another one, an administrator of the tenant excepted,
 *       learns as little of it as of one that does not exist.
 *   <li>A task that waits for answers occupies no worker. When they are there the tool runs again from its start, with all
 *       answers so far at hand.
 *   <li>A task that is finished stays as it is, until its time is over.
 * </ol>
 *
 * <p>Safe for use by many threads.
 */
public final class Tasks {

    /** The queue that carries tasks to workers. */
    public static final String QUEUE = "devmesh_tasks";

    /** The type of their jobs. */
    static final String JOB = "devmesh.task";

    /** The member of such a job that names the task. */
    static final String JOB_TASK = "task";

    /**
     * Hears how a task stands after a change was committed, on the changing thread; must not wait. Never hears of an older state
     * after a newer one: where changes follow each other closely, an older one may be left out.
     */
    @FunctionalInterface
    public interface Listener {
        /** This is how the task stands now. */
        void taskChanged(Task task);
    }

    private final Store store;
    private final ToolInvoker invoker;
    private final TaskLimits limits;
    private final InstantSource clock;
    private final TaskNews news = new TaskNews();
    private final List<Consumer<String>> cancelListeners = new CopyOnWriteArrayList<>();

    /** The calls that this process makes for tasks, so that they can be cancelled. */
    private final Map<String, Execution<ToolResult>> running = new ConcurrentHashMap<>();

    /**
     * @param store where tasks are kept; not closed by this object
     * @param invoker checks the calls
     */
    public Tasks(Store store, ToolInvoker invoker, TaskLimits limits, InstantSource clock) {
        this.store = store;
        this.invoker = invoker;
        this.limits = limits;
        this.clock = clock;
    }

    /** What works on the tasks. Whoever makes it closes it, before the store and the queue. */
    public TaskWorker worker(ToolRegistry registry, JobQueue queue, Executor executor, Duration longestCall) {
        return new TaskWorker(
                this, store, queue, registry, invoker, clock, executor, limits.concurrency(), longestCall);
    }

    /** Whether calls may wait for I/O. */
    public boolean blocking() {
        return store.blocking();
    }

    /** Has each later change told that is made through this object or its worker. */
    public void onChange(Listener listener) {
        news.addForOwn(listener);
    }

    /** Has each later change told: those of this process, and those that it learns of by {@link #changedElsewhere}. */
    public void onNews(Listener listener) {
        news.add(listener);
    }

    /** Has the id of each task told that is cancelled here and does not run here: it may run in another process. */
    public void onCancel(Consumer<String> listener) {
        cancelListeners.add(listener);
    }

    /** Another process has changed a task: how it stands now is looked up and told. May wait for I/O. */
    public void changedElsewhere(Tenant tenant, String id) {
        store.inTransaction(tenant, tx -> tx.tasks().find(id, now())).ifPresent(news::tellElsewhere);
    }

    /** Another process has cancelled a task: what runs of it here is interrupted. Does not wait. */
    public void cancelledElsewhere(String id) {
        interrupt(id);
    }

    private boolean interrupt(String id) {
        Execution<ToolResult> call = running.get(id);
        if (call == null) {
            return false;
        }
        call.cancel("the task was cancelled");
        return true;
    }

    /**
     * Makes a task of a call, unless what the tool asks first ends it. Never throws: what is wrong with the call ends the
     * execution's result, with {@link ErrorCode#TOO_MANY_TASKS} or {@link ErrorCode#INVALID_VALUE} besides what ends
     * any call.
     */
    public Execution<Deferral<Task>> begin(CallRequest request) {
        return invoker.defer(request, () -> record(request));
    }

    /**
     * Makes a task of a call on behalf of a principal. The tool cannot ask anything.
     *
     * @throws MeshException if the call is refused
     */
    public Task submit(Principal principal, String tool, Map<String, ?> arguments) {
        Caller caller = new Caller(
                principal,
                Set.of(ClientCapability.TASKS),
                TraceContext.begin(),
                CallObserver.NONE,
                Interviewer.nobody(),
                false);
        ObjectNode json = CallRequest.of(principal, tool, arguments).arguments();
        Deferral<Task> made = begin(new CallRequest(tool, json, caller)).join();
        if (made instanceof Deferral.Recorded<Task> recorded) {
            return recorded.receipt();
        }
        throw new MeshException(
                ErrorCode.CANCELLED,
                "Tool '" + tool + "' did not begin: "
                        + ((Deferral.Ended<Task>) made).result().text(),
                "");
    }

    /** The task of this id, if it is one of the caller. */
    public Optional<Task> find(Principal caller, String id) {
        return store.inTransaction(caller.tenant(), tx -> tx.tasks().find(id, now()))
                .filter(task -> task.isOf(caller));
    }

    /**
     * The task of this id.
     *
     * @throws MeshException with {@link ErrorCode#TASK_NOT_FOUND} if the caller has none
     */
    public Task get(Principal caller, String id) {
        return find(caller, id).orElseThrow(Tasks::unknown);
    }

    /**
     * Answers open questions of a task; when none is left open, its work goes on. Responses under keys that are unknown or
     * answered already are ignored, and so are those that do not answer their question, which stays open.
     *
     * @param responses by key: the client's results for the requests that carry the questions
     * @return the task as it stands now
     * @throws MeshException with {@link ErrorCode#TASK_NOT_FOUND} if the caller has none of this id; with {@link
     *     ErrorCode#INVALID_VALUE} if the answers are larger than the limit
     */
    public Task answer(Principal caller, String id, Map<String, ? extends JsonNode> responses) {
        Task asking = get(caller, id);
        Map<String, ObjectNode> fitting = new LinkedHashMap<>();
        // before anything is locked: this takes as long as the questions' schemas make it
        asking.questions().forEach((key, question) -> {
            if (responses.get(key) instanceof ObjectNode response && question.accepts(response)) {
                fitting.put(key, response.deepCopy());
            }
        });
        if (fitting.isEmpty()) {
            return asking;
        }
        Task answered = store.inTransaction(caller.tenant(), tx -> {
            Task task = locked(tx, caller, id);
            fitting.keySet().retainAll(task.questions().keySet());
            if (fitting.isEmpty()) {
                return task;
            }
            Task next = task.answered(fitting, now());
            requireInput(next);
            if (tx.tasks().update(task, next)) {
                tx.audit().append(AuditEntry.of(caller, "task.answer", id, next.updatedAt()));
            }
            if (next.status() == TaskStatus.WORKING) {
                tx.jobs().enqueue(job(id));
            }
            return next;
        });
        if (!fitting.isEmpty()) {
            tell(answered);
        }
        return answered;
    }

    /**
     * Cancels a task. What runs of it is interrupted: at once in this process and where a cluster bus tells of it, within a second
     * elsewhere. A task that is finished stays as it is.
     *
     * @return the task as it stands now
     * @throws MeshException with {@link ErrorCode#TASK_NOT_FOUND} if the caller has none of this id
     */
    public Task cancel(Principal caller, String id) {
        Task known = get(caller, id);
        if (known.status().isFinal()) {
            return known;
        }
        boolean[] changed = new boolean[1];
        Task cancelled = store.inTransaction(caller.tenant(), tx -> {
            Task task = locked(tx, caller, id);
            if (task.status().isFinal()) {
                return task;
            }
            Task next = task.cancelled(now());
            changed[0] = tx.tasks().update(task, next);
            if (changed[0]) {
                tx.audit().append(AuditEntry.of(caller, "task.cancel", id, next.updatedAt()));
            }
            return next;
        });
        if (changed[0]) {
            if (!interrupt(id)) {
                cancelListeners.forEach(listener -> listener.accept(id));
            }
            tell(cancelled);
        }
        return cancelled;
    }

    // For the worker.

    void callBegan(String id, Execution<ToolResult> call) {
        running.put(id, call);
    }

    void callEnded(String id, Execution<ToolResult> call) {
        running.remove(id, call);
    }

    /** Whether this attempt is still the one that counts. */
    boolean isCurrent(Task attempt) {
        return store.inTransaction(attempt.tenant(), tx -> tx.tasks().find(attempt.id(), now()))
                .filter(task -> task.revision() == attempt.revision())
                .isPresent();
    }

    void tell(Task task) {
        news.tell(task);
    }

    /** To the microsecond, as every store can keep it. */
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private Task record(CallRequest request) {
        Caller caller = request.caller();
        TaskCall call =
                new TaskCall(request.name(), request.arguments().deepCopy(), caller.capabilities(), caller.trace());
        Task task = Task.begin(
                Ids.next("task_"),
                caller.principal(),
                call,
                caller.interviewer().given(),
                now(),
                limits);
        requireInput(task);
        Tenant tenant = task.tenant();
        store.inTransaction(tenant, tx -> {
            int open = tx.tasks().countOpen(caller.principal().credentialId(), task.createdAt());
            if (open >= limits.openPerCredential()) {
                throw new MeshException(
                        ErrorCode.TOO_MANY_TASKS,
                        "This credential has " + open + " unfinished tasks, which is as many as it may have.",
                        "Wait for some of them to end, or cancel them.",
                        Duration.ofSeconds(1),
                        null);
            }
            tx.tasks().insert(task);
            tx.audit()
                    .append(AuditEntry.of(caller.principal(), "task.create", task.id(), task.createdAt())
                            .detail(call.tool()));
            return tx.jobs().enqueue(job(task.id()));
        });
        tell(task);
        return task;
    }

    private void requireInput(Task task) {
        long bytes = Json.bytes(task.call().arguments()).length;
        for (var answer : task.answers().values()) {
            bytes += Json.bytes(answer.response()).length;
        }
        if (bytes > limits.inputBytes()) {
            throw new MeshException(
                    ErrorCode.INVALID_VALUE,
                    "The arguments and answers of a task may have " + limits.inputBytes()
                            + " bytes together; these have " + bytes + ".",
                    "Send less.");
        }
    }

    private Task locked(StoreSession tx, Principal caller, String id) {
        return tx.tasks().lock(id, now()).filter(task -> task.isOf(caller)).orElseThrow(Tasks::unknown);
    }

    private static NewJob job(String id) {
        return NewJob.of(QUEUE, JOB, Map.of(JOB_TASK, id));
    }

    private static MeshException unknown() {
        return new MeshException(
                ErrorCode.TASK_NOT_FOUND, "There is no such task, or its time is over.", "Call the tool again.");
    }
}
