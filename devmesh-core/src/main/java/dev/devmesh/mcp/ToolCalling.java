package dev.devmesh.mcp;

import dev.devmesh.MeshException;
import dev.devmesh.call.CallRequest;
import dev.devmesh.content.Content;
import dev.devmesh.content.ContentForm;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolInvoker;
import dev.devmesh.tool.ToolRegistry;
import dev.devmesh.tool.ToolResult;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.node.ObjectNode;

/** {@code tools/call}. */
final class ToolCalling implements McpMethod, CallServing.Wording<ToolResult> {

    private static final byte[] UNKNOWN = new byte[0];

    private final ToolRegistry registry;
    private final ToolInvoker invoker;
    private final Listing<Tool> listing;
    private final CallServing calls;

    ToolCalling(ToolRegistry registry, ToolInvoker invoker, Listing<Tool> listing, CallServing calls) {
        this.registry = registry;
        this.invoker = invoker;
        this.listing = listing;
        this.calls = calls;
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
        return calls.serve(
                request,
                reply,
                () -> tool == null ? UNKNOWN : listing.definition(tool),
                caller -> invoker.invoke(new CallRequest(name, arguments, caller)),
                this);
    }

    @Override
    public void complete(Reply reply, ToolResult result) {
        reply.complete(out -> write(out, result), result.meta());
    }

    /** What went wrong inside the tool is for its caller's language model; the rest is for the client. */
    @Override
    public void refuse(Reply reply, MeshException reason) {
        switch (reason.code()) {
            case INVALID_ARGUMENTS, HANDLER_TIMEOUT, HANDLER_FAILED, TOOL_OUTPUT_INVALID, HANDLER_OUTPUT_TOO_LARGE ->
                complete(reply, ToolResult.error(reason.sentence()));
            default -> reply.fail(McpError.of(reason));
        }
    }

    /** Writes the members of a {@code CallToolResult} but for its {@code _meta}. */
    static void write(JsonGenerator out, ToolResult result) {
        out.writeArrayPropertyStart("content");
        for (Content piece : result.content()) {
            ContentForm.write(out, piece);
        }
        out.writeEndArray();
        result.structured().ifPresent(structured -> {
            out.writeName("structuredContent");
            out.writeTree(structured);
        });
        if (result.isError()) {
            out.writeBooleanProperty("isError", true);
        }
    }
}
