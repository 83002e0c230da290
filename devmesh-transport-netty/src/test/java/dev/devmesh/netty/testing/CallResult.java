package dev.devmesh.netty.testing;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What a tool returned.
 *
 * <p>Immutable.
 *
 * @param json the whole result
 */
public record CallResult(JsonNode json) {

    /** The text blocks, joined by line breaks; empty if there are none. */
    public String text() {
        List<String> texts = new ArrayList<>();
        for (JsonNode block : json.path("content")) {
            if (block.path("type").asString("").equals("text")) {
                texts.add(block.path("text").asString(""));
            }
        }
        return String.join("\n", texts);
    }

    /** The structured content; a missing node if there is none. */
    public JsonNode structured() {
        return json.path("structuredContent");
    }

    /** Whether the tool says that it failed. */
    public boolean isError() {
        return json.path("isError").asBoolean(false);
    }
}
