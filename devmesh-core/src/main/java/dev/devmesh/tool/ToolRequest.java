package dev.devmesh.tool;

import dev.devmesh.auth.Principal;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.Json;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * A wish to run a tool.
 *
 * @param name the tool
 * @param arguments its arguments; not changed, and not to be changed until the call has ended
 * @param principal who wishes
 * @param capabilities what the client can do when asked
 * @param trace the trace that the call belongs to
 * @param observer hears what the tool says while it works
 */
public record ToolRequest(
        String name,
        ObjectNode arguments,
        Principal principal,
        Set<ClientCapability> capabilities,
        TraceContext trace,
        CallObserver observer) {

    /** A wish of the program itself, on behalf of a principal. */
    public static ToolRequest of(Principal principal, String name, Map<String, ?> arguments) {
        ObjectNode json = Json.object();
        arguments.forEach((key, value) -> json.set(key, Json.tree(value)));
        return new ToolRequest(name, json, principal, Set.of(), TraceContext.begin(), CallObserver.NONE);
    }
}
