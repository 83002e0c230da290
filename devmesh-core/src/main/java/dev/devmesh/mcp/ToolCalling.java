package dev.devmesh.mcp;

import dev.devmesh.MeshException;
import dev.devmesh.call.CallRequest;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.task.Task;
import dev.devmesh.task.Tasks;
import dev.devmesh.tool.Deferral;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolInvoker;
import dev.devmesh.tool.ToolRegistry;
import dev.devmesh.tool.ToolResult;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code tools/call}. A tool that takes its time becomes a task, if the client says in this very request that it can come back
 * for the result; a wish for a task in the parameters, as older revisions know it, means nothing.
 */
final class ToolCalling implements McpMethod, CallServing.Wording<ToolResult> {

    private static final byte[] UNKNOWN = new byte[0];

    private final ToolRegistry registry;
    private final ToolInvoker invoker;
    private final Listing<Tool> listing;
    private final CallServing calls;
    private final Tasks tasks;
    private final CallServing.Wording<Deferral<Task>> later = new Later();

    ToolCalling(ToolRegistry registry, ToolInvoker invoker, Listing<Tool> listing, CallServing calls, Tasks tasks) {
        this.registry = registry;
        this.invoker = invoker;
        this.listing = listing;
        this.calls = calls;
        this.tasks = tasks;
    }

    @Override
    public McpCall serve(McpRequest request, Reply reply) {
        String name = request.text("name");
        ObjectNode arguments = request.object("arguments");
        HeaderMirror headers = request.headers();
        Tool tool = registry.find(name).orElse(null);
        if (headers != null) {
            headers.requireName(name, "params.name");
            if (tool != null) {
                headers.requireParameters(tool.spec().input().headers(), arguments);
            }
        }
        Supplier<byte[]> definition = () -> tool == null ? UNKNOWN : listing.definition(tool);
        if (tool != null && tool.spec().longRunning() && request.capabilities().contains(ClientCapability.TASKS)) {
            return calls.serve(
                    request, reply, definition, caller -> tasks.begin(new CallRequest(name, arguments, caller)), later);
        }
        if (tool != null && tool.spec().longRunning()) {
            reply.beginStream();
        }
        return calls.serve(
                request, reply, definition, caller -> invoker.invoke(new CallRequest(name, arguments, caller)), this);
    }

    @Override
    public void complete(Reply reply, ToolResult result) {
        reply.complete(RevisionShape.of(reply.revision()).result(result), result.meta());
    }

    /** What went wrong inside the tool is for its caller's language model; the rest is for the client. */
    @Override
    public void refuse(Reply reply, MeshException reason) {
        RevisionShape.of(reply.revision())
                .explaining(reason)
                .ifPresentOrElse(explained -> complete(reply, explained), () -> reply.fail(McpError.of(reason)));
    }

    /** How the call of a tool ends that becomes a task. */
    private final class Later implements CallServing.Wording<Deferral<Task>> {

        @Override
        public void complete(Reply reply, Deferral<Task> result) {
            if (result instanceof Deferral.Recorded<Task> recorded) {
                reply.promise(out -> TaskForm.write(out, recorded.receipt()));
            } else {
                ToolCalling.this.complete(reply, ((Deferral.Ended<Task>) result).result());
            }
        }

        @Override
        public void refuse(Reply reply, MeshException reason) {
            ToolCalling.this.refuse(reply, reason);
        }
    }
}
