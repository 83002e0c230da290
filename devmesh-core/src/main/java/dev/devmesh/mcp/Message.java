package dev.devmesh.mcp;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One JSON-RPC message as it came, sorted. */
sealed interface Message {

    /** Everything of it. */
    ObjectNode json();

    /** Its parameters; missing where there are none. */
    default JsonNode params() {
        return json().path("params");
    }

    /** Whether it names its revision itself, as requests of the stateless one do. */
    default boolean isStateless() {
        return params().path("_meta").has(McpRequest.VERSION);
    }

    /** Something that is to be answered under its id, a string or an integer. */
    record Request(ObjectNode json, JsonNode id, String method) implements Message {}

    /** Something that is not answered. */
    record Notification(ObjectNode json, String method) implements Message {}

    /** The answer to a request of this server. */
    record Response(ObjectNode json) implements Message {}

    /**
     * Sorts a message.
     *
     * @throws McpError if it is not one of JSON-RPC 2.0
     */
    static Message of(JsonNode parsed) {
        if (!(parsed instanceof ObjectNode json)) {
            throw McpError.invalidRequest("A message must be a JSON-RPC request, an object.");
        }
        if (!json.path("jsonrpc").asString("").equals("2.0")) {
            throw McpError.invalidRequest("\"jsonrpc\" must be \"2.0\".");
        }
        JsonNode method = json.path("method");
        if (!method.isString()) {
            if (json.has("result") || json.has("error")) {
                return new Response(json);
            }
            throw McpError.invalidRequest("\"method\" must be a string.");
        }
        if (!json.has("id")) {
            return new Notification(json, method.stringValue());
        }
        JsonNode id = json.path("id");
        if (!id.isString() && !id.isIntegralNumber()) {
            throw McpError.invalidRequest("\"id\" must be a string or an integer.");
        }
        return new Request(json, id, method.stringValue());
    }
}
