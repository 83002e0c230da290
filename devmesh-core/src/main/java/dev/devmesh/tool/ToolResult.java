package dev.devmesh.tool;

import dev.devmesh.MeshException;
import dev.devmesh.call.Fallible;
import dev.devmesh.content.Content;
import dev.devmesh.content.ContentForm;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a tool returns. Its JSON form is that of a {@code CallToolResult} of MCP.
 *
 * <p>Immutable; the trees must not be changed.
 *
 * @param content pieces for the language model, in order; may be empty
 * @param structured the result as data, if the tool has some
 * @param isError whether the tool says that it could not do its work
 * @param meta members for {@code _meta}; may be empty
 */
public record ToolResult(List<Content> content, Optional<JsonNode> structured, boolean isError, ObjectNode meta)
        implements Fallible, JsonWritable {

    private static final ObjectNode NO_META = Json.object();
    private static final ToolResult EMPTY = of(List.of());

    /** Copies the content. */
    public ToolResult {
        content = List.copyOf(content);
        Objects.requireNonNull(structured, "structured");
        Objects.requireNonNull(meta, "meta");
    }

    /** Nothing to say. */
    public static ToolResult empty() {
        return EMPTY;
    }

    /** One text. */
    public static ToolResult text(String text) {
        return of(List.of(Content.text(text)));
    }

    /** These pieces. */
    public static ToolResult of(Content... content) {
        return of(List.of(content));
    }

    /** These pieces. */
    public static ToolResult of(List<Content> content) {
        return new ToolResult(content, Optional.empty(), false, NO_META);
    }

    /** A value as data, and the same as JSON text for those who read only text. */
    public static ToolResult json(Object value) {
        JsonNode tree = Json.tree(value);
        return new ToolResult(List.of(Content.text(tree.toString())), Optional.of(tree), false, NO_META);
    }

    /** The tool could not do its work: a sentence that a language model can act on. */
    public static ToolResult error(String message) {
        return new ToolResult(List.of(Content.text(message)), Optional.empty(), true, NO_META);
    }

    /**
     * The result of a call that failed, where the reason is one that a language model can act on: wrong arguments, a timeout or
     * a failure inside the tool. Empty where the reason concerns the client or its user.
     */
    public static Optional<ToolResult> explaining(MeshException reason) {
        return switch (reason.code()) {
            case INVALID_ARGUMENTS, HANDLER_TIMEOUT, HANDLER_FAILED, TOOL_OUTPUT_INVALID, HANDLER_OUTPUT_TOO_LARGE ->
                Optional.of(error(reason.sentence()));
            default -> Optional.empty();
        };
    }

    @Override
    public void writeTo(JsonGenerator out) {
        out.writeStartObject();
        writeMembers(out);
        if (!meta.isEmpty()) {
            out.writeName("_meta");
            out.writeTree(meta);
        }
        out.writeEndObject();
    }

    /** Writes the members of the JSON form, but for {@code _meta}, into an object that is open. */
    public void writeMembers(JsonGenerator out) {
        out.writeArrayPropertyStart("content");
        for (Content piece : content) {
            ContentForm.write(out, piece);
        }
        out.writeEndArray();
        structured.ifPresent(data -> {
            out.writeName("structuredContent");
            out.writeTree(data);
        });
        if (isError) {
            out.writeBooleanProperty("isError", true);
        }
    }

    /** The texts of the content, one after the other, joined by line breaks. */
    public String text() {
        StringBuilder joined = new StringBuilder();
        for (Content piece : content) {
            if (piece instanceof Content.Text text) {
                joined.append(joined.isEmpty() ? "" : "\n").append(text.text());
            }
        }
        return joined.toString();
    }
}
