package dev.devmesh.prompt;

import java.util.Objects;

/**
 * An argument of a prompt: a text.
 *
 * @param name what programs call it
 * @param description for people, or empty
 * @param required whether there must be a value
 */
public record PromptArgument(String name, String description, boolean required) {

    /** Checks that there is a name. */
    public PromptArgument {
        Objects.requireNonNull(description, "description");
        if (name.isBlank() || name.length() > 128) {
            throw new IllegalArgumentException("the name of an argument must have 1 to 128 characters");
        }
    }
}
