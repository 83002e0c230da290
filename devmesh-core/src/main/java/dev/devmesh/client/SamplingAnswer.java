package dev.devmesh.client;

import dev.devmesh.json.Json;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a language model answered.
 *
 * @param model its name
 * @param content one content block in the words of MCP, or an array of them; must not be changed
 * @param stopReason such as {@code endTurn} or {@code maxTokens}, or empty
 */
public record SamplingAnswer(String model, JsonNode content, String stopReason) {

    /** Checks that nothing is missing. */
    public SamplingAnswer {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(content, "content");
        Objects.requireNonNull(stopReason, "stopReason");
    }

    /** A text with which the model ended its turn. */
    public static SamplingAnswer text(String model, String text) {
        return new SamplingAnswer(model, Json.object().put("type", "text").put("text", text), "endTurn");
    }

    ObjectNode json() {
        ObjectNode json = Json.object().put("role", "assistant").put("model", model);
        json.set("content", content);
        if (!stopReason.isEmpty()) {
            json.put("stopReason", stopReason);
        }
        return json;
    }
}
