package dev.devmesh.tool;

import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshEvents;
import dev.devmesh.limit.RateLimitDecision;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimiter;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.schema.Violation;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way to run a tool, for every protocol and for the program itself.
 *
 * <p>A call passes, in this order: the name is found, the caller may run it, the caller's rate allows it, the client can do
 * what the tool requires, the arguments fit, a permit is free. Only then the handler runs. Its result is held to the output
 * schema and the size limit, and an event tells how it went.
 *
 * <p>A permit belongs to the handler, not to the caller: at the deadline or when the caller gives up, the caller has its
 * answer at once and the handler an interrupt, but the permit returns only when the handler does. A handler that ignores its
 * interrupt thus holds up its own tool at most, and is named in the log and in a {@link MeshEvent.ToolOverran}.
 *
 * <p>Safe for use by many threads.
 */
public final class ToolInvoker implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ToolInvoker.class);

    private static final Duration RETRY_WHEN_BUSY = Duration.ofSeconds(1);
    private static final long OVERRUN_GRACE_MILLIS = 1_000;

    private final ToolRegistry registry;
    private final RateLimiter rateLimiter;
    private final RateLimits rateLimits;
    private final Limits limits;
    private final HandlerThreads threads;
    private final MeshEvents events;
    private final ScheduledThreadPoolExecutor timer;

    private final RunningCall.Watcher watcher = new RunningCall.Watcher() {
        @Override
        public void ended(RunningCall call, @Nullable ToolResult result, @Nullable MeshException failure) {
            report(call.request(), call.beganNanos(), result, failure);
        }

        @Override
        public void abandoned(RunningCall call) {
            if (!timer.isShutdown()) {
                timer.schedule(() -> overran(call), OVERRUN_GRACE_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    };

    /** Runs the tools of the registry, blocking ones on these threads, which stay their owner's to close. */
    public ToolInvoker(
            ToolRegistry registry,
            RateLimiter rateLimiter,
            RateLimits rateLimits,
            Limits limits,
            HandlerThreads threads,
            MeshEvents events) {
        this.registry = registry;
        this.rateLimiter = rateLimiter;
        this.rateLimits = rateLimits;
        this.limits = limits;
        this.threads = threads;
        this.events = events;
        this.timer = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, "devmesh-deadlines");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
    }

    /** Runs a tool. Never throws: what goes wrong ends the execution's result. */
    public ToolExecution invoke(ToolRequest request) {
        long began = System.nanoTime();
        ToolRegistry.Entry entry;
        try {
            entry = admit(request);
        } catch (MeshException refusal) {
            report(request, began, null, refusal);
            return refused(refusal);
        }
        ToolSpec spec = entry.tool().spec();
        Duration timeout = spec.timeout().orElse(limits.toolTimeout());
        RunningCall call = new RunningCall(request, entry, began, began + timeout.toNanos(), watcher);
        if (spec.mode() == ExecutionMode.NON_BLOCKING) {
            run(call, null);
            return call;
        }
        try {
            call.endsBy(timer.schedule(
                    () -> call.abandon(timedOut(spec, timeout)), timeout.toNanos(), TimeUnit.NANOSECONDS));
        } catch (RejectedExecutionException e) {
            call.handlerEnded();
            call.fail(busy(ErrorCode.OVERLOADED, "The mesh is closing."));
            return call;
        }
        if (spec.mode() == ExecutionMode.ASYNC) {
            begin(call);
        } else {
            hop(call);
        }
        return call;
    }

    private static ToolExecution refused(MeshException refusal) {
        CompletionStage<ToolResult> result = CompletableFuture.failedFuture(refusal);
        return new ToolExecution() {
            @Override
            public CompletionStage<ToolResult> result() {
                return result;
            }

            @Override
            public void cancel(String reason) {}
        };
    }

    private void hop(RunningCall call) {
        try {
            threads.execute(() -> run(call, Thread.currentThread()));
        } catch (RejectedExecutionException e) {
            call.handlerEnded();
            call.fail(busy(ErrorCode.OVERLOADED, "Every thread that runs tools is taken."));
        }
    }

    private void run(RunningCall call, @Nullable Thread thread) {
        if (!call.begin(thread)) {
            call.handlerEnded();
            return;
        }
        Object value = null;
        Throwable problem = null;
        try {
            value = call.entry().tool().run(call);
        } catch (Throwable e) {
            problem = e;
        } finally {
            call.leaveThread();
            call.handlerEnded();
        }
        settle(call, value, problem);
    }

    private void begin(RunningCall call) {
        call.begin(null);
        CompletionStage<?> stage;
        try {
            stage = (CompletionStage<?>) call.entry().tool().run(call);
            Objects.requireNonNull(stage, "an asynchronous handler must return a stage, not null");
        } catch (Throwable e) {
            stage = CompletableFuture.failedStage(e);
        }
        CompletionStage<?> begun = stage;
        call.onCancel(() -> begun.toCompletableFuture().cancel(true));
        begun.whenComplete((value, problem) -> {
            call.handlerEnded();
            boolean wrapped = problem instanceof CompletionException && problem.getCause() != null;
            settle(call, value, wrapped ? problem.getCause() : problem);
        });
    }

    /** Makes an answer of what the handler returned or threw. */
    private void settle(RunningCall call, @Nullable Object value, @Nullable Throwable problem) {
        if (call.isCancelled()) {
            return; // whoever abandoned the call answers it
        }
        try {
            call.complete(
                    problem == null
                            ? ResultForm.of(call.entry().tool().spec(), value, limits.toolOutputBytes())
                            : explain(call, problem));
        } catch (MeshException e) {
            call.fail(e);
        } catch (RuntimeException | StackOverflowError e) {
            call.fail(failed(call, e)); // what the handler returned has no JSON form
        }
    }

    /** What the caller's language model may learn of a failure, or a {@link MeshException} if that is nothing. */
    private static ToolResult explain(RunningCall call, Throwable problem) {
        if (problem instanceof ToolException meant) {
            return ToolResult.error(String.valueOf(meant.getMessage()));
        }
        if (problem instanceof MeshException known) {
            return ToolResult.error(known.sentence());
        }
        throw failed(call, problem);
    }

    /** Hides the failure behind its trace; the log gets it in full, once. */
    private static MeshException failed(RunningCall call, Throwable problem) {
        String trace = call.trace().traceId();
        LOG.error("Tool '{}' failed, trace {}", call.tool(), trace, problem);
        return new MeshException(
                ErrorCode.TOOL_FAILED,
                "Tool '" + call.tool() + "' failed.",
                "Its operator finds the reason in the log under trace " + trace + ".");
    }

    /** Finds the tool, and passes or refuses the call. Takes a permit if it passes. */
    private ToolRegistry.Entry admit(ToolRequest request) {
        Principal principal = request.principal();
        ToolRegistry.Entry entry = registry.entry(request.name());
        if (entry == null) {
            throw registry.notFound(request.name(), principal);
        }
        ToolSpec spec = entry.tool().spec();
        if (!principal.may(spec.permission())) {
            throw new MeshException(
                    ErrorCode.PERMISSION_DENIED,
                    "'" + principal.subject() + "' may not run tool '" + spec.name() + "'.",
                    "The credential needs the scope " + spec.permission() + " or tools:execute.");
        }
        charge(principal);
        if (!request.capabilities().containsAll(spec.requires())) {
            Set<ClientCapability> missing = EnumSet.copyOf(spec.requires());
            missing.removeAll(request.capabilities());
            throw new MissingCapabilityException(spec.name(), missing);
        }
        List<Violation> violations = spec.input().validate(request.arguments());
        if (!violations.isEmpty()) {
            throw new MeshException(
                    ErrorCode.INVALID_ARGUMENTS,
                    "The arguments of tool '" + spec.name() + "' do not fit: "
                            + violations.stream().map(Violation::message).collect(Collectors.joining("; ")) + ".",
                    "Call it again with arguments that fit its input schema.");
        }
        if (!entry.permits().tryTake()) {
            throw busy(
                    ErrorCode.TOOL_BUSY,
                    "All " + entry.permits().total() + " permits of tool '" + spec.name() + "' are taken.");
        }
        return entry;
    }

    private void charge(Principal principal) {
        Optional<RateLimitPolicy> policy = rateLimits.policyFor(principal);
        if (policy.isEmpty()) {
            return;
        }
        String key = principal.tenant().id() + "/" + principal.credentialId();
        RateLimitDecision decision = rateLimiter.acquire(key, policy.get(), 1);
        if (!decision.allowed()) {
            throw new MeshException(
                    ErrorCode.RATE_LIMITED,
                    "The rate of plan '" + policy.get().name() + "', "
                            + policy.get().requestsPerMinute() + " requests a minute, is used up.",
                    "Try again after the time that Retry-After says.",
                    decision.retryAfter(),
                    null);
        }
    }

    private static MeshException busy(ErrorCode code, String message) {
        return new MeshException(code, message, "Try again shortly.", RETRY_WHEN_BUSY, null);
    }

    private static MeshException timedOut(ToolSpec spec, Duration timeout) {
        return new MeshException(
                ErrorCode.TOOL_TIMEOUT,
                "Tool '" + spec.name() + "' did not answer within " + timeout.toMillis() + " ms.",
                "Ask for less at a time, or try again later.");
    }

    /** Says so when a handler still runs a while after its caller has its answer. */
    private void overran(RunningCall call) {
        if (!call.isHandlerRunning()) {
            return;
        }
        Permits permits = call.entry().permits();
        LOG.warn(
                "Tool '{}' goes on {} ms after its caller was answered, ignoring its interrupt; {} of its {} permits are taken",
                call.tool(),
                OVERRUN_GRACE_MILLIS,
                permits.taken(),
                permits.total());
        events.on(new MeshEvent.ToolOverran(call.tool(), permits.taken(), permits.total()));
    }

    private void report(ToolRequest request, long began, @Nullable ToolResult result, @Nullable MeshException failure) {
        if (events.isSilent()) {
            return;
        }
        events.on(new MeshEvent.ToolCallEnded(
                request.name(),
                request.principal(),
                request.trace().traceId(),
                Duration.ofNanos(System.nanoTime() - began),
                failure == null ? Optional.empty() : Optional.of(failure.code()),
                result != null && result.isError()));
    }

    /** Stops watching deadlines. Running handlers belong to the threads, whose owner waits for them. */
    @Override
    public void close() {
        timer.shutdownNow();
    }
}
