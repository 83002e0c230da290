package dev.devmesh.completion;

import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.call.CallPolicy;
import dev.devmesh.call.CallRequest;
import dev.devmesh.call.CallRunner;
import dev.devmesh.call.Execution;
import dev.devmesh.call.HandlerSettings;
import dev.devmesh.call.Permits;
import dev.devmesh.json.Json;
import dev.devmesh.limit.Admission;
import dev.devmesh.text.Nearest;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Runs completers, for prompts and for resource templates alike: within the caller's rate, on a handler thread, with a permit
 * of what the argument belongs to, until the mesh's deadline.
 *
 * <p>Safe for use by many threads.
 */
public final class Completers {

    /**
     * What has arguments that can be completed.
     *
     * @param arguments all of its arguments
     * @param completers of those that have one
     * @param permits of the calls of what the arguments belong to
     */
    public record Target(Collection<String> arguments, Map<String, Completer> completers, Permits permits) {}

    private static final Completer NOTHING = (typed, context) -> List.of();

    private final Admission admission;
    private final Limits limits;
    private final CallRunner runner;

    /** Charges and runs by these. */
    public Completers(Admission admission, Limits limits, CallRunner runner) {
        this.admission = admission;
        this.limits = limits;
        this.runner = runner;
    }

    /**
     * Proposes values. Never throws: what goes wrong ends the execution's result.
     *
     * @param find finds what the request is about, or throws a {@link MeshException} if the caller may not use it
     */
    public Execution<Completion> complete(CompletionRequest request, Function<CompletionRequest, Target> find) {
        long began = System.nanoTime();
        CallRequest call = new CallRequest(request.of(), Json.object(), request.caller());
        Target target;
        try {
            target = find.apply(request);
            admit(request, target);
        } catch (MeshException refusal) {
            return runner.refuse(call, CallPolicy.Kind.COMPLETION, began, refusal);
        }
        Completer completer = target.completers().getOrDefault(request.argument(), NOTHING);
        CompletionContext context = new CompletionContext(request.caller().principal(), request.known());
        HandlerSettings settings =
                completer == NOTHING ? HandlerSettings.defaults().nonBlocking() : HandlerSettings.defaults();
        CallPolicy policy = settings.policy(CallPolicy.Kind.COMPLETION, limits, target.permits());
        return runner.run(
                call, policy, began, running -> bounded(request, completer.complete(request.typed(), context)));
    }

    private void admit(CompletionRequest request, Target target) {
        if (!target.arguments().contains(request.argument())) {
            throw new MeshException(
                    ErrorCode.INVALID_ARGUMENTS,
                    "'" + request.of() + "' has no argument '" + shortened(request.argument()) + "'."
                            + Nearest.nearest(request.argument(), target.arguments())
                                    .map(nearest -> " Nearest: " + nearest + ".")
                                    .orElse(""),
                    "");
        }
        if (!request.caller().charged()) {
            admission.charge(request.caller().principal(), 1);
        }
        if (!target.permits().tryTake()) {
            throw CallRunner.noPermit(CallPolicy.Kind.COMPLETION, request.of(), target.permits());
        }
    }

    private Completion bounded(CompletionRequest request, List<String> values) {
        Completion completion = Completion.of(values);
        long characters = completion.values().stream().mapToLong(String::length).sum();
        if (characters > limits.toolOutputBytes()) {
            throw new MeshException(
                    ErrorCode.HANDLER_OUTPUT_TOO_LARGE,
                    "The proposals for '" + request.argument() + "' are more than the " + limits.toolOutputBytes()
                            + " bytes that a result may have.",
                    "Type more of the value.");
        }
        return completion;
    }

    private static String shortened(String name) {
        return name.length() <= 128 ? name : name.substring(0, 128) + "…";
    }
}
