package dev.devmesh.client;

import dev.devmesh.json.Json;
import tools.jackson.databind.node.ObjectNode;

/** Whose argument is to be completed. */
public sealed interface CompletionRef {

    /** A prompt's. */
    static CompletionRef prompt(String name) {
        return new Prompt(name);
    }

    /** A resource template's variable. */
    static CompletionRef resource(String uriTemplate) {
        return new Resource(uriTemplate);
    }

    /**
     * A prompt.
     *
     * @param name its name
     */
    record Prompt(String name) implements CompletionRef {}

    /**
     * A resource template.
     *
     * @param uri the template, or the address of one resource
     */
    record Resource(String uri) implements CompletionRef {}

    /** The reference as it travels. */
    static ObjectNode json(CompletionRef ref) {
        return ref instanceof Prompt prompt
                ? Json.object().put("type", "ref/prompt").put("name", prompt.name())
                : Json.object().put("type", "ref/resource").put("uri", ((Resource) ref).uri());
    }
}
