package dev.devmesh.prompt;

import dev.devmesh.call.HandlerSettings;
import dev.devmesh.content.Icon;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/**
 * Everything about a prompt but how it makes its messages.
 *
 * <p>Immutable; the {@code meta} object must not be changed.
 *
 * @param name 1 to 128 characters of {@code A-Z a-z 0-9 _ . -}
 * @param title for people, or empty
 * @param description for people, or empty
 * @param arguments in the order in which people are asked for them
 * @param icons pictures, the preferred first
 * @param meta members for {@code _meta} in listings; may be empty
 * @param handler what the handler asks for where the mesh's defaults are not right for it
 */
public record PromptSpec(
        String name,
        String title,
        String description,
        List<PromptArgument> arguments,
        List<Icon> icons,
        ObjectNode meta,
        HandlerSettings handler) {

    /** What a caller needs to use every prompt. */
    public static final String GET = "prompts:get";

    /** Copies the collections. */
    public PromptSpec {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(description, "description");
        Objects.requireNonNull(meta, "meta");
        Objects.requireNonNull(handler, "handler");
        arguments = List.copyOf(arguments);
        icons = List.copyOf(icons);
    }

    /** What a caller needs to use the prompt. */
    public String permission() {
        return GET + ":" + name;
    }
}
