package dev.devmesh.netty.testing;

import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * An HTTP answer of the MCP endpoint, as it came.
 *
 * <p>Immutable.
 *
 * @param status the HTTP status
 * @param headers the header fields
 * @param messages the JSON-RPC messages in their order: one for a JSON answer, one for each event of a stream
 */
public record RawAnswer(int status, HttpHeaders headers, List<JsonNode> messages) {

    /** Copies the messages. */
    public RawAnswer {
        messages = List.copyOf(messages);
    }

    /** The response: the last message; a missing node if the body was empty. */
    public JsonNode response() {
        return messages.isEmpty() ? MissingNode.getInstance() : messages.get(messages.size() - 1);
    }

    /** What came before the response. */
    public List<JsonNode> notifications() {
        return messages.isEmpty() ? List.of() : new ArrayList<>(messages).subList(0, messages.size() - 1);
    }

    /** The first value of a header, or empty text. */
    public String header(String name) {
        return headers.firstValue(name).orElse("");
    }

    /** Whether it is an event stream. */
    public boolean isStream() {
        return header("content-type").startsWith("text/event-stream");
    }
}
