package dev.devmesh.mcp;

import dev.devmesh.call.CallObserver;
import dev.devmesh.call.Caller;
import dev.devmesh.call.Execution;
import dev.devmesh.completion.Completion;
import dev.devmesh.completion.CompletionRequest;
import dev.devmesh.prompt.PromptInvoker;
import dev.devmesh.question.Interviewer;
import dev.devmesh.resource.ResourceInvoker;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** {@code completion/complete}. It must not ask the client anything. */
final class Completing implements McpMethod {

    private final PromptInvoker prompts;
    private final ResourceInvoker resources;

    Completing(PromptInvoker prompts, ResourceInvoker resources) {
        this.prompts = prompts;
        this.resources = resources;
    }

    @Override
    public McpCall serve(McpRequest request, Reply reply) {
        JsonNode params = request.params();
        JsonNode ref = params.path("ref");
        JsonNode argument = params.path("argument");
        String name = text(argument, "name", "params.argument.name");
        String typed = text(argument, "value", "params.argument.value");
        Map<String, String> known = known(params.path("context").path("arguments"));
        Caller caller = new Caller(
                request.principal(),
                request.capabilities(),
                request.trace(),
                CallObserver.NONE,
                Interviewer.nobody(),
                true);
        Execution<Completion> execution = switch (ref.path("type").asString("")) {
            case "ref/prompt" ->
                prompts.complete(
                        new CompletionRequest(text(ref, "name", "params.ref.name"), name, typed, known, caller));
            case "ref/resource" ->
                resources.complete(
                        new CompletionRequest(text(ref, "uri", "params.ref.uri"), name, typed, known, caller));
            default -> throw McpError.invalidParams("params.ref.type must be ref/prompt or ref/resource.");
        };
        return CallServing.answer(execution, reply, request.trace(), Completing::write);
    }

    private static Map<String, String> known(JsonNode arguments) {
        if (!arguments.isMissingNode() && !arguments.isObject()) {
            throw McpError.invalidParams("params.context.arguments must be an object.");
        }
        Map<String, String> known = new HashMap<>();
        arguments
                .properties()
                .forEach(member -> known.put(
                        member.getKey(), text(arguments, member.getKey(), "params.context.arguments: every value")));
        return known;
    }

    private static String text(JsonNode object, String member, String where) {
        JsonNode value = object.path(member);
        if (!value.isString()) {
            throw McpError.invalidParams(where + " must be a string.");
        }
        return value.stringValue();
    }

    private static void write(Reply reply, Completion completion) {
        reply.complete(out -> {
            out.writeObjectPropertyStart("completion");
            out.writeArrayPropertyStart("values");
            completion.values().forEach(out::writeString);
            out.writeEndArray();
            out.writeNumberProperty("total", completion.total());
            out.writeBooleanProperty("hasMore", completion.hasMore());
            out.writeEndObject();
        });
    }
}
