package dev.devmesh.prompt;

import dev.devmesh.ErrorCode;
import dev.devmesh.Limits;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.Call;
import dev.devmesh.call.CallPolicy;
import dev.devmesh.call.CallRequest;
import dev.devmesh.call.CallRunner;
import dev.devmesh.call.Execution;
import dev.devmesh.call.Roster;
import dev.devmesh.completion.Completers;
import dev.devmesh.completion.Completion;
import dev.devmesh.completion.CompletionRequest;
import dev.devmesh.content.ContentSize;
import dev.devmesh.content.Message;
import dev.devmesh.limit.Admission;
import dev.devmesh.text.Nearest;
import dev.devmesh.tool.ToolException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The one way to use a prompt, for every protocol and for the program itself.
 *
 * <p>A call passes, in this order: the name is found, the caller may use it, the caller's rate allows it, the arguments are
 * those of the prompt, a permit is free. Only then {@link CallRunner} runs the handler. Its result is held to the size limit.
 *
 * <p>Safe for use by many threads.
 */
public final class PromptInvoker {

    private final PromptRegistry registry;
    private final Admission admission;
    private final Limits limits;
    private final CallRunner runner;
    private final Completers completers;

    /** Runs the prompts of the registry. */
    public PromptInvoker(PromptRegistry registry, Admission admission, Limits limits, CallRunner runner) {
        this.registry = registry;
        this.admission = admission;
        this.limits = limits;
        this.runner = runner;
        this.completers = new Completers(admission, limits, runner);
    }

    /** What can be used. */
    public PromptRegistry registry() {
        return registry;
    }

    /** Runs a prompt. Never throws: what goes wrong ends the execution's result. */
    public Execution<PromptResult> get(CallRequest request) {
        long began = System.nanoTime();
        Roster.Entry<Prompt> entry;
        Map<String, String> arguments;
        try {
            entry = find(request.name(), request.caller().principal());
            if (!request.caller().charged()) {
                admission.charge(request.caller().principal(), 1);
            }
            arguments = arguments(entry.item().spec(), request.arguments());
            if (!entry.permits().tryTake()) {
                throw CallRunner.noPermit(CallPolicy.Kind.PROMPT, request.name(), entry.permits());
            }
        } catch (MeshException refusal) {
            return runner.refuse(request, CallPolicy.Kind.PROMPT, began, refusal);
        }
        Prompt prompt = entry.item();
        CallPolicy policy = prompt.spec().handler().policy(CallPolicy.Kind.PROMPT, limits, entry.permits());
        return runner.run(request, policy, began, call -> run(prompt, call, arguments));
    }

    /** Proposes values for an argument. Never throws: what goes wrong ends the execution's result. */
    public Execution<Completion> complete(CompletionRequest request) {
        return completers.complete(request, asked -> {
            Roster.Entry<Prompt> entry = find(asked.of(), asked.caller().principal());
            return new Completers.Target(
                    names(entry.item().spec()), entry.item().completers(), entry.permits());
        });
    }

    private Roster.Entry<Prompt> find(String name, Principal principal) {
        Roster.@Nullable Entry<Prompt> entry = registry.entry(name);
        if (entry == null) {
            throw registry.notFound(name, principal);
        }
        PromptSpec spec = entry.item().spec();
        principal.require(spec.permission(), "prompt '" + spec.name() + "'");
        return entry;
    }

    private static List<String> names(PromptSpec spec) {
        return spec.arguments().stream().map(PromptArgument::name).toList();
    }

    private static Map<String, String> arguments(PromptSpec spec, ObjectNode given) {
        Map<String, String> values = new LinkedHashMap<>();
        for (PromptArgument argument : spec.arguments()) {
            JsonNode value = given.path(argument.name());
            if (value.isString()) {
                values.put(argument.name(), value.stringValue());
            } else if (!value.isMissingNode()) {
                throw invalid(spec, "takes a text as argument '" + argument.name() + "'");
            } else if (argument.required()) {
                throw invalid(spec, "needs the argument '" + argument.name() + "'");
            }
        }
        if (values.size() < given.size()) {
            List<String> known = names(spec);
            for (String name : given.propertyNames()) {
                if (!known.contains(name)) {
                    String nearest = Nearest.nearest(name, known)
                            .map(found -> "; nearest: " + found)
                            .orElse("");
                    String shown = name.length() <= 128 ? name : name.substring(0, 128) + "…";
                    throw invalid(spec, "has no argument '" + shown + "'" + nearest);
                }
            }
        }
        return Collections.unmodifiableMap(values);
    }

    private static MeshException invalid(PromptSpec spec, String problem) {
        return new MeshException(ErrorCode.INVALID_ARGUMENTS, "Prompt '" + spec.name() + "' " + problem + ".", "");
    }

    private PromptResult run(Prompt prompt, Call call, Map<String, String> arguments) throws Exception {
        Object value;
        try {
            value = prompt.handler().handle(call, arguments);
        } catch (ToolException refusal) {
            throw new MeshException(ErrorCode.HANDLER_REFUSED, String.valueOf(refusal.getMessage()), "");
        }
        PromptResult result = result(value);
        if (ContentSize.ofMessages(result.messages()) > limits.toolOutputBytes()) {
            throw new MeshException(
                    ErrorCode.HANDLER_OUTPUT_TOO_LARGE,
                    "Prompt '" + prompt.name() + "' made more than the " + limits.toolOutputBytes()
                            + " bytes that a result may have.",
                    "");
        }
        return result.description().isEmpty()
                ? new PromptResult(result.messages(), prompt.spec().description(), result.meta())
                : result;
    }

    private static PromptResult result(@Nullable Object value) {
        if (value instanceof PromptResult result) {
            return result;
        }
        if (value instanceof Message message) {
            return PromptResult.of(message);
        }
        if (value instanceof String text) {
            return PromptResult.of(Message.user(text));
        }
        if (value instanceof List<?> several && several.stream().allMatch(Message.class::isInstance)) {
            return PromptResult.of(several.stream().map(Message.class::cast).toList());
        }
        throw new IllegalStateException(
                "a prompt must return a PromptResult, a Message, a list of these or a String, not "
                        + (value == null ? "null" : value.getClass().getName()));
    }
}
