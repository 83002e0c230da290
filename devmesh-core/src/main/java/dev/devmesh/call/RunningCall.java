package dev.devmesh.call;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.event.TraceContext;
import dev.devmesh.question.AnswerPending;
import dev.devmesh.question.Answers;
import dev.devmesh.question.Interviewer;
import dev.devmesh.question.Question;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * One admitted call: the handler's view and the caller's view of it.
 *
 * <p>It ends once for the caller, by the handler's result, the deadline or a cancellation, whichever comes first. The
 * handler may run on after that; {@link #isHandlerRunning()} tells. The thread of a handler is interrupted only while it
 * runs that handler: both are decided under one lock.
 */
final class RunningCall<T> implements Call, Execution<T> {

    /** Told what becomes of a call; without locks held. */
    interface Watcher {

        /** The caller is about to have its answer: one of the two is null. Once for each call. */
        void ended(RunningCall<?> call, @Nullable Object result, @Nullable MeshException failure);

        /** The caller has its answer, and the handler still runs. At most once for each call. */
        void abandoned(RunningCall<?> call);

        /** The deadline stood still and does so no more: it is so far away. */
        void timeRunsOn(RunningCall<?> call, Duration left);
    }

    private final CallRequest request;
    private final CallPolicy policy;
    private final long beganNanos;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Runnable> cancelActions = new ArrayList<>(0);
    private final Watcher watcher;

    private final AtomicBoolean ended = new AtomicBoolean();

    private volatile boolean cancelled;
    private volatile boolean handlerRunning;
    private @Nullable Thread runner;
    private volatile @Nullable Future<?> deadline;
    private long deadlineNanos;
    private int asking;
    private long askingSince;
    private double progress = Double.NEGATIVE_INFINITY;

    /** A call that holds a permit of its policy. */
    RunningCall(CallRequest request, CallPolicy policy, long beganNanos, Watcher watcher) {
        this.request = request;
        this.policy = policy;
        this.beganNanos = beganNanos;
        this.deadlineNanos = beganNanos + policy.timeout().toNanos();
        this.watcher = watcher;
    }

    // The caller's side.

    @Override
    public CompletionStage<T> result() {
        return result;
    }

    @Override
    public void cancel(String reason) {
        abandon(new MeshException(ErrorCode.CANCELLED, "The call of '" + name() + "' was cancelled: " + reason, ""));
    }

    // The invoker's side.

    CallRequest request() {
        return request;
    }

    CallPolicy policy() {
        return policy;
    }

    long beganNanos() {
        return beganNanos;
    }

    /** Ends the call at this time, unless it ends before. */
    void endsBy(Future<?> timer) {
        deadline = timer;
        if (ended.get()) {
            timer.cancel(false);
        }
    }

    /**
     * The handler begins.
     *
     * @param thread the thread to interrupt when the call is abandoned, or null when it must not be
     * @return false if the call has ended already
     */
    boolean begin(@Nullable Thread thread) {
        lock.lock();
        try {
            if (cancelled) {
                return false;
            }
            runner = thread;
            handlerRunning = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The handler's own thread is done with it: no interrupt comes after this, and none is left behind. */
    void leaveThread() {
        lock.lock();
        try {
            if (runner != null) {
                runner = null;
                Thread.interrupted();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The handler has ended, on whatever thread, and gives its permit back. */
    void handlerEnded() {
        handlerRunning = false;
        policy.permits().giveBack();
    }

    boolean isHandlerRunning() {
        return handlerRunning;
    }

    void complete(T value) {
        if (end()) {
            watcher.ended(this, value, null);
            result.complete(value);
        }
    }

    void fail(MeshException reason) {
        if (end()) {
            watcher.ended(this, null, reason);
            result.completeExceptionally(reason);
        }
    }

    /** Ends without an answer: the call is to be made again when the client has answered. */
    void unwind(AnswerPending questions) {
        if (end()) {
            result.completeExceptionally(questions);
        }
    }

    /** Whether the call ends here and now: once. */
    private boolean end() {
        if (!ended.compareAndSet(false, true)) {
            return false;
        }
        Future<?> timer = deadline;
        if (timer != null) {
            timer.cancel(false);
        }
        return true;
    }

    /** Ends the call for its caller while the handler may still run. */
    void abandon(MeshException reason) {
        List<Runnable> actions;
        lock.lock();
        try {
            if (cancelled || ended.get()) {
                return;
            }
            cancelled = true;
            actions = List.copyOf(cancelActions);
            if (runner != null) {
                runner.interrupt();
            }
        } finally {
            lock.unlock();
        }
        fail(reason);
        actions.forEach(Runnable::run);
        if (handlerRunning) {
            watcher.abandoned(this);
        }
    }

    // The handler's side.

    @Override
    public String name() {
        return request.name();
    }

    @Override
    public Principal principal() {
        return request.caller().principal();
    }

    @Override
    public ObjectNode arguments() {
        return request.arguments();
    }

    @Override
    public Set<ClientCapability> capabilities() {
        return request.caller().capabilities();
    }

    @Override
    public TraceContext trace() {
        return request.caller().trace();
    }

    @Override
    public Duration remaining() {
        lock.lock();
        try {
            long now = asking > 0 ? askingSince : System.nanoTime();
            return Duration.ofNanos(Math.max(0, deadlineNanos - now));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public void checkCancelled() {
        if (cancelled) {
            throw new CancellationException("the caller of '" + name() + "' has gone or its time is over");
        }
    }

    @Override
    public void onCancel(Runnable action) {
        lock.lock();
        try {
            if (!cancelled) {
                cancelActions.add(action);
                return;
            }
        } finally {
            lock.unlock();
        }
        action.run();
    }

    @Override
    public Answers ask(Question... questions) {
        checkCancelled();
        Interviewer interviewer = request.caller().interviewer();
        if (!interviewer.waits()) {
            return interviewer.ask(List.of(questions));
        }
        stopTime(); // the client's time is not the handler's
        try {
            return interviewer.ask(List.of(questions));
        } finally {
            letTimeRun();
        }
    }

    private void stopTime() {
        lock.lock();
        try {
            if (asking++ == 0) {
                askingSince = System.nanoTime();
            }
        } finally {
            lock.unlock();
        }
    }

    private void letTimeRun() {
        lock.lock();
        try {
            if (--asking > 0) {
                return;
            }
            deadlineNanos += System.nanoTime() - askingSince;
        } finally {
            lock.unlock();
        }
        if (!ended.get()) {
            Future<?> timer = deadline;
            if (timer != null) {
                timer.cancel(false);
            }
            watcher.timeRunsOn(this, remaining());
        }
    }

    @Override
    public void progress(double now, double total, String message) {
        lock.lock();
        try {
            if (now > progress && !ended.get()) {
                progress = now;
                request.caller().observer().progress(now, total, message);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void log(LogLevel level, Object data) {
        lock.lock();
        try {
            if (!ended.get()) {
                request.caller().observer().log(level, name(), data);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void closeStream(Duration comeBackAfter) {
        if (comeBackAfter.isZero() || comeBackAfter.isNegative()) {
            throw new IllegalArgumentException("a client comes back after a positive time, not " + comeBackAfter);
        }
        lock.lock();
        try {
            if (!ended.get()) {
                request.caller().observer().closeStream(comeBackAfter);
            }
        } finally {
            lock.unlock();
        }
    }
}
