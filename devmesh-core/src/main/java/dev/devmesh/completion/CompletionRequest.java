package dev.devmesh.completion;

import dev.devmesh.call.Caller;
import java.util.Map;
import java.util.Objects;

/**
 * A wish for proposals.
 *
 * @param of the name of the prompt, or the address or template of the resource
 * @param argument the argument to propose values for
 * @param typed what was typed so far; may be empty
 * @param known the other arguments that have a value already; may be empty
 * @param caller who wishes
 */
public record CompletionRequest(String of, String argument, String typed, Map<String, String> known, Caller caller) {

    /** Checks that nothing is missing. */
    public CompletionRequest {
        Objects.requireNonNull(of, "of");
        Objects.requireNonNull(argument, "argument");
        Objects.requireNonNull(typed, "typed");
        Objects.requireNonNull(caller, "caller");
        known = Map.copyOf(known);
    }
}
