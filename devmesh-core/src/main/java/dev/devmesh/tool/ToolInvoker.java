package dev.devmesh.tool;

import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.Call;
import dev.devmesh.call.CallPolicy;
import dev.devmesh.call.CallRequest;
import dev.devmesh.call.CallRunner;
import dev.devmesh.call.Caller;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.Execution;
import dev.devmesh.call.ExecutionMode;
import dev.devmesh.call.MissingCapabilityException;
import dev.devmesh.call.Permits;
import dev.devmesh.call.Roster;
import dev.devmesh.limit.Admission;
import dev.devmesh.schema.Violation;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The one way to run a tool, for every protocol and for the program itself.
 *
 * <p>A call passes, in this order: the name is found, the caller may run it, the caller's rate allows it, the client can do
 * what the tool requires, the arguments fit, a permit is free. Only then {@link CallRunner} runs the handler. Its result is
 * held to the output schema and the size limit. What comes from outside was charged at the door it came through, by {@link #costOf}.
 *
 * <p>Safe for use by many threads.
 */
public final class ToolInvoker {

    private final ToolRegistry registry;
    private final Admission admission;
    private final Limits limits;
    private final CallRunner runner;

    /** Of calls that are to run later, while that is being prepared. */
    private final Permits openings;

    /** Runs the tools of the registry. */
    public ToolInvoker(ToolRegistry registry, Admission admission, Limits limits, CallRunner runner) {
        this.registry = registry;
        this.admission = admission;
        this.limits = limits;
        this.runner = runner;
        this.openings = new Permits(limits.toolConcurrency());
    }

    /** What a call of this tool costs in the caller's rate; 1 if there is no such tool. */
    public int costOf(String tool) {
        return registry.find(tool).map(found -> weightOf(found.spec())).orElse(1);
    }

    private int weightOf(ToolSpec spec) {
        return admission.weigh(spec.name(), spec.weight());
    }

    /** Runs a tool. Never throws: what goes wrong ends the execution's result. */
    public Execution<ToolResult> invoke(CallRequest request) {
        long began = System.nanoTime();
        Roster.Entry<Tool> entry;
        try {
            entry = admit(request);
            if (!entry.permits().tryTake()) {
                throw CallRunner.noPermit(CallPolicy.Kind.TOOL, request.name(), entry.permits());
            }
        } catch (MeshException refusal) {
            return runner.refuse(request, CallPolicy.Kind.TOOL, began, refusal);
        }
        Tool tool = entry.item();
        ToolSpec spec = tool.spec();
        CallPolicy policy = spec.handler().policy(CallPolicy.Kind.TOOL, limits, entry.permits());
        return spec.mode() == ExecutionMode.ASYNC
                ? runner.begin(request, policy, began, call -> begin(tool, call))
                : runner.run(request, policy, began, call -> run(tool, call));
    }

    /**
     * Does everything about a call that comes before its handler: every check, the charge, and what the tool asks first. Then
     * has it recorded, to be invoked later as a call that is {@link Caller#charged() charged}; that needs a permit of
     * the tool only then. Never throws: what goes wrong ends the execution's result.
     *
     * @param record called on a thread that may wait; what it throws ends the execution's result
     */
    public <T> Execution<Deferral<T>> defer(CallRequest request, Supplier<T> record) {
        long began = System.nanoTime();
        Roster.Entry<Tool> entry;
        try {
            entry = admit(request);
            if (!openings.tryTake()) {
                throw CallRunner.noPermit(CallPolicy.Kind.TOOL, request.name(), openings);
            }
        } catch (MeshException refusal) {
            return runner.refuse(request, CallPolicy.Kind.TOOL, began, refusal);
        }
        Tool tool = entry.item();
        CallPolicy policy = new CallPolicy(
                CallPolicy.Kind.TOOL,
                ExecutionMode.BLOCKING,
                tool.spec().timeout().orElse(limits.toolTimeout()),
                openings);
        return runner.run(request, policy, began, call -> {
            try {
                tool.open(call);
            } catch (ToolException | MeshException e) {
                return new Deferral.Ended<>(explain(e));
            }
            return new Deferral.Recorded<>(record.get());
        });
    }

    private ToolResult run(Tool tool, Call call) throws Exception {
        Object value;
        try {
            value = tool.run(call);
        } catch (ToolException | MeshException e) {
            return explain(e);
        }
        return ResultForm.of(tool.spec(), value, limits.toolOutputBytes());
    }

    private CompletionStage<ToolResult> begin(Tool tool, Call call) throws Exception {
        CompletionStage<?> stage;
        try {
            stage = (CompletionStage<?>) tool.run(call);
        } catch (ToolException | MeshException e) {
            return CompletableFuture.completedFuture(explain(e));
        }
        return stage.handle((value, problem) -> {
            Throwable cause =
                    problem instanceof CompletionException && problem.getCause() != null ? problem.getCause() : problem;
            if (cause instanceof ToolException || cause instanceof MeshException) {
                return explain((RuntimeException) cause);
            }
            if (cause != null) {
                throw new CompletionException(cause);
            }
            return ResultForm.of(tool.spec(), value, limits.toolOutputBytes());
        });
    }

    /** What the caller's language model may learn of a failure that has words of its own. */
    private static ToolResult explain(RuntimeException problem) {
        if (problem instanceof MissingCapabilityException
                || problem instanceof MeshException state && state.code() == ErrorCode.REQUEST_STATE_INVALID) {
            throw problem; // for the client, which has to call otherwise
        }
        return ToolResult.error(
                problem instanceof MeshException known ? known.sentence() : String.valueOf(problem.getMessage()));
    }

    /** Finds the tool, and passes or refuses the call. */
    private Roster.Entry<Tool> admit(CallRequest request) {
        Principal principal = request.caller().principal();
        Roster.Entry<Tool> entry = registry.entryFor(request.name(), principal);
        ToolSpec spec = entry.item().spec();
        if (!request.caller().charged()) {
            admission.charge(principal, weightOf(spec));
        }
        Set<ClientCapability> capabilities = request.caller().capabilities();
        if (!capabilities.containsAll(spec.requires())) {
            Set<ClientCapability> missing = EnumSet.copyOf(spec.requires());
            missing.removeAll(capabilities);
            throw new MissingCapabilityException("Tool '" + spec.name() + "'", missing);
        }
        List<Violation> violations = spec.input().validate(request.arguments());
        if (!violations.isEmpty()) {
            throw new MeshException(
                    ErrorCode.INVALID_ARGUMENTS,
                    "The arguments of tool '" + spec.name() + "' do not fit: "
                            + violations.stream().map(Violation::message).collect(Collectors.joining("; ")) + ".",
                    "Call it again with arguments that fit its input schema.");
        }
        return entry;
    }
}
