package dev.devmesh.call;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.event.LogTrace;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshEvents;
import dev.devmesh.question.AnswerPending;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs handlers: on the right thread, until their deadline, with a permit, and tells how it went.
 *
 * <p>A permit belongs to the handler, not to the caller: at the deadline or when the caller gives up, the caller has its
 * answer at once and the handler an interrupt, but the permit returns only when the handler does. A handler that ignores its
 * interrupt thus holds up its own kind at most, and is named in the log and in a {@link MeshEvent.CallOverran}.
 *
 * <p>Safe for use by many threads.
 */
public final class CallRunner implements AutoCloseable {

    /**
     * What is to be done in a call.
     *
     * @param <T> what it results in
     */
    @FunctionalInterface
    public interface Work<T> {

        /** Does it. */
        T run(Call call) throws Exception;
    }

    private static final Logger LOG = LoggerFactory.getLogger(CallRunner.class);

    private static final Duration RETRY_WHEN_BUSY = Duration.ofSeconds(1);
    private static final long OVERRUN_GRACE_MILLIS = 1_000;

    private final HandlerThreads threads;
    private final MeshEvents events;
    private final ScheduledThreadPoolExecutor timer;
    private final RunningCall.Watcher watcher = new Watching();

    /** Runs blocking handlers on these threads, which stay their owner's to close. */
    public CallRunner(HandlerThreads threads, MeshEvents events) {
        this.threads = threads;
        this.events = events;
        this.timer = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "devmesh-deadlines");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
    }

    /**
     * Runs work that ends when it returns.
     *
     * @param policy with a permit taken for this call, which the runner gives back
     * @param beganNanos when the call began, by {@link System#nanoTime()}
     */
    public <T> Execution<T> run(CallRequest request, CallPolicy policy, long beganNanos, Work<T> work) {
        RunningCall<T> call = new RunningCall<>(request, policy, beganNanos, watcher);
        if (policy.mode() == ExecutionMode.NON_BLOCKING && !mayWait(call)) {
            run(call, null, work);
        } else if (endsInTime(call)) {
            onThread(call, () -> run(call, Thread.currentThread(), work));
        }
        return call;
    }

    /** Whether the handler would wait if it asked its client, whatever it says of itself. */
    private static boolean mayWait(RunningCall<?> call) {
        return call.request().caller().interviewer().waits();
    }

    private void onThread(RunningCall<?> call, Runnable step) {
        try {
            threads.execute(step);
        } catch (RejectedExecutionException e) {
            call.handlerEnded();
            call.fail(busy(ErrorCode.OVERLOADED, "Every thread that runs handlers is taken."));
        }
    }

    /** Begins work that ends when its stage does; otherwise like {@link #run}. */
    public <T> Execution<T> begin(
            CallRequest request, CallPolicy policy, long beganNanos, Work<? extends CompletionStage<T>> work) {
        RunningCall<T> call = new RunningCall<>(request, policy, beganNanos, watcher);
        if (endsInTime(call)) {
            if (mayWait(call)) {
                onThread(call, () -> begin(call, Thread.currentThread(), work)); // what it asks first is asked there
            } else {
                begin(call, null, work);
            }
        }
        return call;
    }

    private static <T> void begin(
            RunningCall<T> call, @Nullable Thread thread, Work<? extends CompletionStage<T>> work) {
        if (!call.begin(thread)) {
            call.handlerEnded();
            return;
        }
        CompletionStage<T> begun;
        LogTrace log = LogTrace.begin(call.trace().traceId());
        try {
            begun = Objects.requireNonNull(work.run(call), "an asynchronous handler must return a stage, not null");
        } catch (Throwable e) {
            begun = CompletableFuture.failedFuture(e);
        } finally {
            log.end();
            call.leaveThread();
        }
        CompletableFuture<T> stage = begun.toCompletableFuture();
        call.onCancel(() -> stage.cancel(true));
        begun.whenComplete((value, problem) -> {
            call.handlerEnded();
            boolean wrapped = problem instanceof CompletionException && problem.getCause() != null;
            LogTrace there = LogTrace.begin(call.trace().traceId()); // on whatever thread the stage ends
            try {
                settle(call, value, wrapped ? problem.getCause() : problem);
            } finally {
                there.end();
            }
        });
    }

    /** Ends a call that was not admitted. */
    public <T> Execution<T> refuse(CallRequest request, CallPolicy.Kind kind, long beganNanos, MeshException reason) {
        report(request, kind, beganNanos, null, reason);
        CompletionStage<T> result = CompletableFuture.failedFuture(reason);
        return new Execution<>() {
            @Override
            public CompletionStage<T> result() {
                return result;
            }

            @Override
            public void cancel(String why) {}
        };
    }

    /** The refusal of a call for which no permit is free. */
    public static MeshException noPermit(CallPolicy.Kind kind, String name, Permits permits) {
        return busy(
                ErrorCode.HANDLER_BUSY, "All " + permits.total() + " permits of " + kind.lower(name) + " are taken.");
    }

    private static MeshException busy(ErrorCode code, String message) {
        return new MeshException(code, message, "Try again shortly.", RETRY_WHEN_BUSY, null);
    }

    private boolean endsInTime(RunningCall<?> call) {
        CallPolicy policy = call.policy();
        try {
            watchDeadline(call, policy.timeout());
            return true;
        } catch (RejectedExecutionException e) {
            call.handlerEnded();
            call.fail(busy(ErrorCode.OVERLOADED, "The mesh is closing."));
            return false;
        }
    }

    private void watchDeadline(RunningCall<?> call, Duration left) {
        call.endsBy(timer.schedule(() -> deadline(call), left.toNanos(), TimeUnit.NANOSECONDS));
    }

    /** Time's up, unless it stands still or did so in the meantime: whoever ends that has the rest of it watched. */
    private void deadline(RunningCall<?> call) {
        if (call.remaining().isZero()) {
            call.abandon(timedOut(call));
        }
    }

    /**
     * Whether the calling thread is in the midst of a handler, of whatever mesh: it then must not wait for calls to end. Of what
     * an asynchronous handler leaves to other threads this knows nothing.
     */
    public static boolean isInHandler() {
        String runner = CallRunner.class.getName();
        return StackWalker.getInstance()
                .walk(frames ->
                        frames.skip(1).anyMatch(frame -> frame.getClassName().equals(runner)));
    }

    private static <T> void run(RunningCall<T> call, @Nullable Thread thread, Work<T> work) {
        if (!call.begin(thread)) {
            call.handlerEnded();
            return;
        }
        T value = null;
        Throwable problem = null;
        String trace = call.trace().traceId();
        LogTrace log = thread == null
                ? LogTrace.begin(trace)
                : LogTrace.begin(trace, call.policy().kind().of(call.name()));
        try {
            try {
                value = work.run(call);
            } catch (Throwable e) {
                problem = e;
            } finally {
                call.leaveThread();
                call.handlerEnded();
            }
            settle(call, value, problem);
        } finally {
            log.end();
        }
    }

    private static <T> void settle(RunningCall<T> call, @Nullable T value, @Nullable Throwable problem) {
        if (call.isCancelled()) {
            return; // whoever abandoned the call answers it
        }
        if (problem == null && value != null) {
            call.complete(value);
        } else if (problem instanceof AnswerPending questions) {
            call.unwind(questions);
        } else if (problem instanceof MeshException known) {
            call.fail(known);
        } else {
            call.fail(failed(call, problem == null ? new IllegalStateException("a handler returned null") : problem));
        }
    }

    /** Hides the failure behind its trace; the log gets it in full, once. */
    private static MeshException failed(RunningCall<?> call, Throwable problem) {
        String what = call.policy().kind().of(call.name());
        String trace = call.trace().traceId();
        LOG.error("{} failed, trace {}", what, trace, problem);
        return new MeshException(
                ErrorCode.HANDLER_FAILED,
                what + " failed.",
                "Its operator finds the reason in the log under trace " + trace + ".");
    }

    private static MeshException timedOut(RunningCall<?> call) {
        CallPolicy policy = call.policy();
        return new MeshException(
                ErrorCode.HANDLER_TIMEOUT,
                policy.kind().of(call.name()) + " did not answer within "
                        + policy.timeout().toMillis() + " ms.",
                "Ask for less at a time, or try again later.");
    }

    private void report(
            CallRequest request,
            CallPolicy.Kind kind,
            long beganNanos,
            @Nullable Object result,
            @Nullable MeshException failure) {
        if (events.isSilent() || result instanceof Unfinished) {
            return;
        }
        events.on(new MeshEvent.CallEnded(
                kind,
                request.name(),
                request.caller().principal(),
                request.caller().trace().traceId(),
                Duration.ofNanos(System.nanoTime() - beganNanos),
                failure == null ? Optional.empty() : Optional.of(failure.code()),
                result instanceof Fallible fallible && fallible.isError()));
    }

    /** Stops watching deadlines. Running handlers belong to the threads, whose owner waits for them. */
    @Override
    public void close() {
        timer.shutdownNow();
    }

    private final class Watching implements RunningCall.Watcher {

        @Override
        public void ended(RunningCall<?> call, @Nullable Object result, @Nullable MeshException failure) {
            report(call.request(), call.policy().kind(), call.beganNanos(), result, failure);
        }

        @Override
        public void abandoned(RunningCall<?> call) {
            if (!timer.isShutdown()) {
                timer.schedule(() -> overran(call), OVERRUN_GRACE_MILLIS, TimeUnit.MILLISECONDS);
            }
        }

        @Override
        public void timeRunsOn(RunningCall<?> call, Duration left) {
            try {
                watchDeadline(call, left);
            } catch (RejectedExecutionException e) {
                LOG.debug("a call outlives its runner, which watches no deadline any more");
            }
        }

        private void overran(RunningCall<?> call) {
            if (!call.isHandlerRunning()) {
                return;
            }
            CallPolicy policy = call.policy();
            Permits permits = policy.permits();
            LogTrace log = LogTrace.begin(call.trace().traceId());
            try {
                LOG.warn(
                        "{} goes on {} ms after its caller was answered, ignoring its interrupt; {} of its {} permits are taken",
                        policy.kind().of(call.name()),
                        OVERRUN_GRACE_MILLIS,
                        permits.taken(),
                        permits.total());
            } finally {
                log.end();
            }
            events.on(new MeshEvent.CallOverran(policy.kind(), call.name(), permits.taken(), permits.total()));
        }
    }
}
