package dev.devmesh.prompt;

import dev.devmesh.content.Message;
import dev.devmesh.json.Json;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a prompt becomes.
 *
 * <p>Immutable; the {@code meta} object must not be changed.
 *
 * @param messages in their order; may be empty
 * @param description what it became, or empty for the prompt's own description
 * @param meta members for {@code _meta}; may be empty
 */
public record PromptResult(List<Message> messages, String description, ObjectNode meta) {

    private static final ObjectNode NO_META = Json.object();

    /** Copies the messages. */
    public PromptResult {
        messages = List.copyOf(messages);
        Objects.requireNonNull(description, "description");
        Objects.requireNonNull(meta, "meta");
    }

    /** These messages. */
    public static PromptResult of(Message... messages) {
        return of(List.of(messages));
    }

    /** These messages. */
    public static PromptResult of(List<Message> messages) {
        return new PromptResult(messages, "", NO_META);
    }
}
