package dev.devmesh.mcp;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.tool.CallObserver;
import dev.devmesh.tool.LogLevel;
import dev.devmesh.tool.ToolExecution;
import dev.devmesh.tool.ToolInvoker;
import dev.devmesh.tool.ToolRegistry;
import dev.devmesh.tool.ToolRequest;
import dev.devmesh.tool.ToolResult;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code tools/call}. */
final class ToolCalling implements McpMethod {

    private static final Logger LOG = LoggerFactory.getLogger(ToolCalling.class);

    private final ToolRegistry registry;
    private final ToolInvoker invoker;

    ToolCalling(ToolRegistry registry, ToolInvoker invoker) {
        this.registry = registry;
        this.invoker = invoker;
    }

    @Override
    public McpCall serve(McpRequest request, Reply reply) {
        String name = request.text("name");
        ObjectNode arguments = arguments(request);
        HeaderMirror headers = request.headers();
        if (headers != null) {
            headers.requireName(name, "params.name");
            registry.find(name)
                    .ifPresent(tool ->
                            headers.requireParameters(tool.spec().input().headers(), arguments));
        }
        TraceContext trace = request.trace();
        ToolExecution execution = invoker.invoke(new ToolRequest(
                name, arguments, request.principal(), request.capabilities(), trace, observer(request, reply)));
        execution.result().whenComplete((result, problem) -> {
            if (problem == null) {
                complete(reply, result);
            } else {
                refuse(reply, problem, trace);
            }
        });
        return reason -> {
            reply.abandon();
            execution.cancel(reason);
        };
    }

    private static ObjectNode arguments(McpRequest request) {
        JsonNode arguments = request.params().path("arguments");
        if (arguments.isMissingNode()) {
            return Json.object();
        }
        if (arguments instanceof ObjectNode object) {
            return object;
        }
        throw McpError.invalidParams("params.arguments must be an object.");
    }

    /** What went wrong inside the tool is for its caller's language model; the rest is for the client. */
    private static void refuse(Reply reply, Throwable problem, TraceContext trace) {
        if (!(problem instanceof MeshException reason)) {
            LOG.error("A tool call ended in a fault, trace {}", trace.traceId(), problem);
            reply.fail(McpError.of(new MeshException(
                    ErrorCode.MCP_PANIC, "Something went wrong here; trace " + trace.traceId() + ".", "")));
            return;
        }
        switch (reason.code()) {
            case INVALID_ARGUMENTS, TOOL_TIMEOUT, TOOL_FAILED, TOOL_OUTPUT_INVALID, TOOL_OUTPUT_TOO_LARGE ->
                complete(reply, ToolResult.error(reason.sentence()));
            default -> reply.fail(McpError.of(reason));
        }
    }

    private static void complete(Reply reply, ToolResult result) {
        reply.complete(out -> ContentWriter.writeResult(out, result), result.meta());
    }

    private static CallObserver observer(McpRequest request, Reply reply) {
        Optional<JsonNode> token = request.progressToken();
        Optional<LogLevel> level = request.logLevel();
        return token.isEmpty() && level.isEmpty() ? CallObserver.NONE : new Notifying(token, level, reply);
    }

    /** Turns what a tool says while it works into the notifications that the client asked for. */
    private record Notifying(Optional<JsonNode> token, Optional<LogLevel> least, Reply reply) implements CallObserver {

        @Override
        public void progress(double progress, double total, String message) {
            token.ifPresent(token -> reply.push(Wire.notification("notifications/progress", out -> {
                out.writeName("progressToken");
                out.writeTree(token);
                number(out, "progress", progress);
                if (total > 0) {
                    number(out, "total", total);
                }
                Wire.text(out, "message", message);
            })));
        }

        @Override
        public void log(LogLevel level, String tool, Object data) {
            if (least.isPresent() && level.compareTo(least.get()) >= 0) {
                JsonNode tree = Json.tree(data);
                JsonWritable message = Wire.notification("notifications/message", out -> {
                    out.writeStringProperty("level", level.wireName());
                    out.writeStringProperty("logger", tool);
                    out.writeName("data");
                    out.writeTree(tree);
                });
                reply.push(message);
            }
        }

        private static void number(JsonGenerator out, String name, double value) {
            if (value == Math.rint(value) && Math.abs(value) < 1L << 53) {
                out.writeNumberProperty(name, (long) value);
            } else {
                out.writeNumberProperty(name, value);
            }
        }
    }
}
