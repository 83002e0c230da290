package dev.devmesh.completion;

import dev.devmesh.auth.Principal;
import java.util.Map;
import java.util.Objects;

/**
 * For whom values are proposed, and what is known already.
 *
 * <p>Immutable.
 *
 * @param principal who asks: propose nothing that they must not see
 * @param arguments the other arguments that have a value already; may be empty
 */
public record CompletionContext(Principal principal, Map<String, String> arguments) {

    /** Copies the arguments. */
    public CompletionContext {
        Objects.requireNonNull(principal, "principal");
        arguments = Map.copyOf(arguments);
    }
}
