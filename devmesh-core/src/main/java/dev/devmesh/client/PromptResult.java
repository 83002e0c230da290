package dev.devmesh.client;

import dev.devmesh.tool.Content;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A prompt, filled in.
 *
 * @param description what it is for, or empty
 * @param messages for a language model, in order
 */
public record PromptResult(String description, List<Message> messages) {

    /** Copies the messages. */
    public PromptResult {
        messages = List.copyOf(messages);
    }

    /**
     * One turn of the conversation.
     *
     * @param role {@code user} or {@code assistant}
     * @param content what is said
     */
    public record Message(String role, Content content) {}

    static PromptResult of(ContentReader reader, ObjectNode result) {
        if (!result.path("messages").isArray()) {
            throw reader.malformed("a prompt has no messages");
        }
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : result.path("messages")) {
            reader.content(message.path("content"))
                    .ifPresent(content -> messages.add(new Message(Reading.text(message, "role"), content)));
        }
        return new PromptResult(Reading.text(result, "description"), messages);
    }
}
