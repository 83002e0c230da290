package dev.devmesh.client;

import dev.devmesh.content.Message;
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

    static PromptResult of(ContentReader reader, ObjectNode result) {
        if (!result.path("messages").isArray()) {
            throw reader.malformed("a prompt has no messages");
        }
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : result.path("messages")) {
            Message.Speaker speaker = speaker(reader, Reading.text(message, "role"));
            reader.content(message.path("content")).ifPresent(content -> messages.add(new Message(speaker, content)));
        }
        return new PromptResult(Reading.text(result, "description"), messages);
    }

    private static Message.Speaker speaker(ContentReader reader, String role) {
        for (Message.Speaker speaker : Message.Speaker.values()) {
            if (speaker.wireName().equals(role)) {
                return speaker;
            }
        }
        throw reader.malformed("nobody has the role '" + McpClientException.quote(role) + "'");
    }
}
