package dev.devmesh.call;

import dev.devmesh.auth.Principal;
import dev.devmesh.json.Json;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/**
 * A wish to have a handler run.
 *
 * @param name the tool or prompt, or the address of the resource
 * @param arguments what the handler is given; not changed, and not to be changed until the call has ended
 * @param caller who wishes
 */
public record CallRequest(String name, ObjectNode arguments, Caller caller) {

    /** Checks that nothing is missing. */
    public CallRequest {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(arguments, "arguments");
        Objects.requireNonNull(caller, "caller");
    }

    /** A wish of the program itself, on behalf of a principal. */
    public static CallRequest of(Principal principal, String name, Map<String, ?> arguments) {
        ObjectNode json = Json.object();
        arguments.forEach((key, value) -> json.set(key, Json.tree(value)));
        return new CallRequest(name, json, Caller.of(principal));
    }
}
