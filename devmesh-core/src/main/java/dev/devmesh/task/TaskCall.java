package dev.devmesh.task;

import dev.devmesh.call.ClientCapability;
import dev.devmesh.event.TraceContext;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a task is to do: everything about the call that its request said.
 *
 * <p>Immutable; the tree must not be changed.
 *
 * @param tool the tool's name
 * @param arguments what it is given
 * @param capabilities what the client said it can do when asked
 * @param trace the trace that the call belongs to
 */
public record TaskCall(String tool, ObjectNode arguments, Set<ClientCapability> capabilities, TraceContext trace) {

    /** Checks that nothing is missing. */
    public TaskCall {
        Objects.requireNonNull(tool, "tool");
        Objects.requireNonNull(arguments, "arguments");
        Objects.requireNonNull(trace, "trace");
        capabilities = Set.copyOf(capabilities);
    }
}
