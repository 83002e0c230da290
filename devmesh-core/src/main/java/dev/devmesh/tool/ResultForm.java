package dev.devmesh.tool;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.content.Content;
import dev.devmesh.content.ContentSize;
import dev.devmesh.json.Json;
import dev.devmesh.schema.JsonSchema;
import dev.devmesh.schema.Violation;
import java.io.OutputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Makes a result of what a handler returned, and holds it to the tool's promise and to the limit. */
final class ResultForm {

    private ResultForm() {}

    /**
     * @throws MeshException with {@link ErrorCode#TOOL_OUTPUT_INVALID} or {@link ErrorCode#HANDLER_OUTPUT_TOO_LARGE}
     */
    static ToolResult of(ToolSpec spec, @Nullable Object value, int maxBytes) {
        ToolResult result = spec.output().isPresent() && !(value instanceof ToolResult)
                ? ToolResult.json(value == null ? Json.mapper().nullNode() : value)
                : plain(value);
        if (!result.isError()) {
            spec.output().ifPresent(schema -> check(spec.name(), schema, result.structured()));
        }
        long bytes = size(result, maxBytes);
        if (bytes > maxBytes) {
            throw new MeshException(
                    ErrorCode.HANDLER_OUTPUT_TOO_LARGE,
                    "Tool '" + spec.name() + "' returned more than the " + maxBytes + " bytes that a result may have.",
                    "Ask for less at a time.");
        }
        return result;
    }

    private static ToolResult plain(@Nullable Object value) {
        if (value == null) {
            return ToolResult.empty();
        }
        if (value instanceof ToolResult result) {
            return result;
        }
        if (value instanceof Content content) {
            return ToolResult.of(content);
        }
        if (value instanceof CharSequence
                || value instanceof Number
                || value instanceof Boolean
                || value instanceof Enum) {
            return ToolResult.text(value.toString());
        }
        if (value instanceof Collection<?> pieces
                && !pieces.isEmpty()
                && pieces.stream().allMatch(Content.class::isInstance)) {
            return ToolResult.of(pieces.stream().map(Content.class::cast).toList());
        }
        return ToolResult.json(value);
    }

    private static void check(String tool, JsonSchema schema, Optional<JsonNode> structured) {
        if (structured.isEmpty()) {
            throw invalid(tool, "it returned no structured result although it declares an output schema");
        }
        List<Violation> violations = schema.validate(structured.get());
        if (!violations.isEmpty()) {
            throw invalid(tool, violations.get(0).message());
        }
    }

    private static MeshException invalid(String tool, String reason) {
        return new MeshException(
                ErrorCode.TOOL_OUTPUT_INVALID,
                "Tool '" + tool + "' broke its output schema: " + reason + ".",
                "This is a fault of the tool, not of the call.");
    }

    /** The bytes of the result's parts as they travel, JSON escapes left out; stops counting above the limit. */
    private static long size(ToolResult result, long limit) {
        long bytes = 0;
        for (Content piece : result.content()) {
            bytes += ContentSize.of(piece);
            if (bytes > limit) {
                return bytes;
            }
        }
        if (result.structured().isPresent()) {
            Counter counter = new Counter();
            Json.write(result.structured().get(), counter);
            bytes += counter.count;
        }
        return bytes;
    }

    /** Counts bytes and forgets them. */
    private static final class Counter extends OutputStream {

        private long count;

        @Override
        public void write(int b) {
            count++;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            count += length;
        }
    }
}
