package dev.devmesh.mcp;

import dev.devmesh.json.JsonWritable;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.SerializedString;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The JSON-RPC 2.0 frame around everything that the engine sends. */
final class Wire {

    private static final SerializableString JSONRPC = new SerializedString("jsonrpc");
    private static final SerializableString ID = new SerializedString("id");
    private static final SerializableString RESULT = new SerializedString("result");

    private Wire() {}

    /** Writes the members of an object that somebody else opened and will close. */
    @FunctionalInterface
    interface Members {
        void writeTo(JsonGenerator out);
    }

    static JsonWritable result(JsonNode id, Members result) {
        return out -> {
            out.writeStartObject();
            version(out);
            id(out, id);
            out.writeName(RESULT);
            out.writeStartObject();
            result.writeTo(out);
            out.writeEndObject();
            out.writeEndObject();
        };
    }

    /** An error; without an id where the request's could not be read. */
    static JsonWritable error(@Nullable JsonNode id, McpError error) {
        return out -> {
            out.writeStartObject();
            version(out);
            if (id != null) {
                id(out, id);
            }
            out.writeObjectPropertyStart("error");
            out.writeNumberProperty("code", error.code());
            out.writeStringProperty("message", error.getMessage());
            if (!error.data().isEmpty()) {
                out.writePOJOProperty("data", error.data());
            }
            out.writeEndObject();
            out.writeEndObject();
        };
    }

    /** A request of the server's own. */
    static JsonWritable request(String id, String method, ObjectNode params) {
        return out -> {
            out.writeStartObject();
            version(out);
            out.writeStringProperty("id", id);
            out.writeStringProperty("method", method);
            out.writeName("params");
            out.writeTree(params);
            out.writeEndObject();
        };
    }

    static JsonWritable notification(String method, Members params) {
        return out -> {
            out.writeStartObject();
            version(out);
            out.writeStringProperty("method", method);
            out.writeObjectPropertyStart("params");
            params.writeTo(out);
            out.writeEndObject();
            out.writeEndObject();
        };
    }

    private static void version(JsonGenerator out) {
        out.writeName(JSONRPC);
        out.writeString("2.0");
    }

    private static void id(JsonGenerator out, JsonNode id) {
        out.writeName(ID);
        out.writeTree(id);
    }
}
