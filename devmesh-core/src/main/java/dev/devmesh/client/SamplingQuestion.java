package dev.devmesh.client;

import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a server wants a language model to answer. A person should be able to see it and to say no.
 *
 * @param params of {@code sampling/createMessage} as they came; must not be changed
 */
public record SamplingQuestion(ObjectNode params) {

    /** Checks that there are parameters. */
    public SamplingQuestion {
        Objects.requireNonNull(params, "params");
    }

    /** The conversation so far, in the words of MCP. */
    public JsonNode messages() {
        return params.path("messages");
    }

    /** What the model is told beforehand, or empty. */
    public String systemPrompt() {
        return Reading.text(params, "systemPrompt");
    }

    /** How long the answer may be; 0 where the server did not say. */
    public long maxTokens() {
        return Reading.count(params, "maxTokens").orElse(0);
    }
}
