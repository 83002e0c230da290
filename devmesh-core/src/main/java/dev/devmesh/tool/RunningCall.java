package dev.devmesh.tool;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.event.TraceContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
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
final class RunningCall implements ToolCall, ToolExecution {

    /** Told what becomes of a call; without locks held. */
    interface Watcher {

        /** The caller has its answer: one of the two is null. Once for each call. */
        void ended(RunningCall call, @Nullable ToolResult result, @Nullable MeshException failure);

        /** The caller has its answer, and the handler still runs. At most once for each call. */
        void abandoned(RunningCall call);
    }

    private final ToolRequest request;
    private final ToolRegistry.Entry entry;
    private final ToolSpec spec;
    private final long beganNanos;
    private final long deadlineNanos;
    private final CompletableFuture<ToolResult> result = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Runnable> cancelActions = new ArrayList<>(0);
    private final Watcher watcher;

    private volatile boolean cancelled;
    private volatile boolean handlerRunning;
    private @Nullable Thread runner;
    private volatile @Nullable Future<?> deadline;
    private double progress = Double.NEGATIVE_INFINITY;

    /**
     * @param entry the tool, a permit of which the call holds
     */
    RunningCall(ToolRequest request, ToolRegistry.Entry entry, long beganNanos, long deadlineNanos, Watcher watcher) {
        this.request = request;
        this.entry = entry;
        this.spec = entry.tool().spec();
        this.beganNanos = beganNanos;
        this.deadlineNanos = deadlineNanos;
        this.watcher = watcher;
    }

    // The caller's side.

    @Override
    public CompletionStage<ToolResult> result() {
        return result;
    }

    @Override
    public void cancel(String reason) {
        abandon(new MeshException(
                ErrorCode.CANCELLED, "The call of '" + spec.name() + "' was cancelled: " + reason, ""));
    }

    // The invoker's side.

    ToolRequest request() {
        return request;
    }

    ToolRegistry.Entry entry() {
        return entry;
    }

    long beganNanos() {
        return beganNanos;
    }

    /** Ends the call at this time, unless it ends before. */
    void endsBy(Future<?> timer) {
        deadline = timer;
        if (result.isDone()) {
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
        entry.permits().giveBack();
    }

    boolean isHandlerRunning() {
        return handlerRunning;
    }

    void complete(ToolResult value) {
        if (result.complete(value)) {
            ended(value, null);
        }
    }

    void fail(MeshException reason) {
        if (result.completeExceptionally(reason)) {
            ended(null, reason);
        }
    }

    private void ended(@Nullable ToolResult value, @Nullable MeshException failure) {
        Future<?> timer = deadline;
        if (timer != null) {
            timer.cancel(false);
        }
        watcher.ended(this, value, failure);
    }

    /** Ends the call for its caller while the handler may still run. */
    void abandon(MeshException reason) {
        List<Runnable> actions;
        lock.lock();
        try {
            if (cancelled || result.isDone()) {
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
    public String tool() {
        return spec.name();
    }

    @Override
    public Principal principal() {
        return request.principal();
    }

    @Override
    public ObjectNode arguments() {
        return request.arguments();
    }

    @Override
    public Set<ClientCapability> capabilities() {
        return request.capabilities();
    }

    @Override
    public TraceContext trace() {
        return request.trace();
    }

    @Override
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime()));
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public void checkCancelled() {
        if (cancelled) {
            throw new CancellationException("the caller of '" + spec.name() + "' has gone or its time is over");
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
    public void progress(double now, double total, String message) {
        lock.lock();
        try {
            if (now > progress && !result.isDone()) {
                progress = now;
                request.observer().progress(now, total, message);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void log(LogLevel level, Object data) {
        lock.lock();
        try {
            if (!result.isDone()) {
                request.observer().log(level, spec.name(), data);
            }
        } finally {
            lock.unlock();
        }
    }
}
