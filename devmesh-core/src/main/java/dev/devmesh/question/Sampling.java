package dev.devmesh.question;

import dev.devmesh.content.Message;
import dev.devmesh.json.Json;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/**
 * A conversation for a client's language model to go on with.
 *
 * <p>Immutable; the {@code more} object must not be changed.
 *
 * @param messages what was said so far, at least one
 * @param maxTokens how long the answer may be, at least 1
 * @param systemPrompt instructions, or empty
 * @param more further members as MCP has them ("Sampling"): {@code modelPreferences}, {@code temperature}, {@code tools} …
 */
public record Sampling(List<Message> messages, int maxTokens, String systemPrompt, ObjectNode more) {

    /** Checks that there is something to go on with. */
    public Sampling {
        messages = List.copyOf(messages);
        if (messages.isEmpty() || maxTokens < 1) {
            throw new IllegalArgumentException("a sampling needs a message and at least 1 token");
        }
        Objects.requireNonNull(systemPrompt, "systemPrompt");
        Objects.requireNonNull(more, "more");
    }

    /** One question by the user. */
    public static Sampling of(String prompt, int maxTokens) {
        return new Sampling(List.of(Message.user(prompt)), maxTokens, "", Json.object());
    }
}
