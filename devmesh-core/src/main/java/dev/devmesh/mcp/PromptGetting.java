package dev.devmesh.mcp;

import dev.devmesh.call.CallRequest;
import dev.devmesh.content.ContentForm;
import dev.devmesh.prompt.Prompt;
import dev.devmesh.prompt.PromptInvoker;
import dev.devmesh.prompt.PromptResult;
import tools.jackson.databind.node.ObjectNode;

/** {@code prompts/get}. */
final class PromptGetting implements McpMethod, CallServing.Wording<PromptResult> {

    private static final byte[] UNKNOWN = new byte[0];

    private final PromptInvoker invoker;
    private final Listing<Prompt> prompts;
    private final CallServing calls;

    PromptGetting(PromptInvoker invoker, Listing<Prompt> prompts, CallServing calls) {
        this.invoker = invoker;
        this.prompts = prompts;
        this.calls = calls;
    }

    @Override
    public McpCall serve(McpRequest request, Reply reply) {
        String name = request.text("name");
        ObjectNode arguments = request.object("arguments");
        if (request.headers() != null) {
            request.headers().requireName(name, "params.name");
        }
        return calls.serve(
                request,
                reply,
                () -> invoker.registry().find(name).map(prompts::definition).orElse(UNKNOWN),
                caller -> invoker.get(new CallRequest(name, arguments, caller)),
                this);
    }

    @Override
    public void complete(Reply reply, PromptResult result) {
        Wire.Members members = out -> {
            ContentForm.text(out, "description", result.description());
            out.writeArrayPropertyStart("messages");
            result.messages().forEach(message -> ContentForm.write(out, message));
            out.writeEndArray();
        };
        reply.complete(RevisionShape.of(reply.revision()).members(Part.PROMPT_RESULT, members), result.meta());
    }
}
