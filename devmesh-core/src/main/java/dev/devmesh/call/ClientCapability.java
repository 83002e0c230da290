package dev.devmesh.call;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Something that a client can do for a server when asked, as it declares in {@code ClientCapabilities}. */
public enum ClientCapability {
    /** Ask the user by a form. */
    ELICITATION("elicitation"),
    /** Send the user to a web page. */
    ELICITATION_URL("elicitation", "url"),
    /** Ask the language model. */
    SAMPLING("sampling"),
    /** Let the language model use tools while it is asked. */
    SAMPLING_TOOLS("sampling", "tools"),
    /** Tell the folders that the user works in. */
    ROOTS("roots"),
    /** Come back later for the result of a tool. */
    TASKS("extensions", "io.modelcontextprotocol/tasks");

    private final List<String> path;

    ClientCapability(String... path) {
        this.path = List.of(path);
    }

    /** The capability's name in the protocol, its parts joined by dots. */
    public String wireName() {
        return String.join(".", path);
    }

    /** The capabilities in the client's own declaration. */
    public static Set<ClientCapability> declared(JsonNode capabilities) {
        Set<ClientCapability> found = EnumSet.noneOf(ClientCapability.class);
        for (ClientCapability capability : values()) {
            if (capability.isDeclared(capabilities)) {
                found.add(capability);
            }
        }
        return found;
    }

    /** A declaration of exactly these. */
    public static void declare(Set<ClientCapability> capabilities, ObjectNode into) {
        for (ClientCapability capability : capabilities) {
            ObjectNode at = into;
            for (String step : capability.path) {
                at = at.withObjectProperty(step);
            }
        }
    }

    private boolean isDeclared(JsonNode capabilities) {
        JsonNode at = capabilities;
        for (String step : path) {
            at = at.path(step);
        }
        // "elicitation": {} means forms; with "url" alone it does not
        return at.isObject() && (this != ELICITATION || at.isEmpty() || at.has("form"));
    }
}
