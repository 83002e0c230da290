package dev.devmesh.mcp;

import dev.devmesh.tool.Annotations;
import dev.devmesh.tool.Content;
import dev.devmesh.tool.ResourceContents;
import dev.devmesh.tool.ToolResult;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** Writes what tools return in the words of MCP ("Content"). */
final class ContentWriter {

    private ContentWriter() {}

    /** The members of a {@code CallToolResult} but for its {@code _meta}. */
    static void writeResult(JsonGenerator out, ToolResult result) {
        out.writeArrayPropertyStart("content");
        for (Content piece : result.content()) {
            write(out, piece);
        }
        out.writeEndArray();
        result.structured().ifPresent(structured -> {
            out.writeName("structuredContent");
            out.writeTree(structured);
        });
        if (result.isError()) {
            out.writeBooleanProperty("isError", true);
        }
    }

    private static void write(JsonGenerator out, Content piece) {
        out.writeStartObject();
        if (piece instanceof Content.Text text) {
            out.writeStringProperty("type", "text");
            out.writeStringProperty("text", text.text());
        } else if (piece instanceof Content.Image image) {
            media(out, "image", image.data(), image.mimeType());
        } else if (piece instanceof Content.Audio audio) {
            media(out, "audio", audio.data(), audio.mimeType());
        } else if (piece instanceof Content.ResourceLink link) {
            out.writeStringProperty("type", "resource_link");
            out.writeStringProperty("uri", link.uri());
            out.writeStringProperty("name", link.name());
            Wire.text(out, "title", link.title());
            Wire.text(out, "description", link.description());
            Wire.text(out, "mimeType", link.mimeType());
        } else if (piece instanceof Content.Embedded embedded) {
            out.writeStringProperty("type", "resource");
            out.writeName("resource");
            write(out, embedded.resource());
        }
        write(out, piece.annotations());
        out.writeEndObject();
    }

    private static void media(JsonGenerator out, String type, byte[] data, String mimeType) {
        out.writeStringProperty("type", type);
        out.writeName("data");
        out.writeBinary(data);
        out.writeStringProperty("mimeType", mimeType);
    }

    private static void write(JsonGenerator out, ResourceContents resource) {
        out.writeStartObject();
        out.writeStringProperty("uri", resource.uri());
        Wire.text(out, "mimeType", resource.mimeType());
        if (resource instanceof ResourceContents.Text text) {
            out.writeStringProperty("text", text.text());
        } else if (resource instanceof ResourceContents.Blob blob) {
            out.writeName("blob");
            out.writeBinary(blob.blob());
        }
        out.writeEndObject();
    }

    private static void write(JsonGenerator out, Annotations annotations) {
        if (annotations.isEmpty()) {
            return;
        }
        out.writeObjectPropertyStart("annotations");
        Wire.texts(out, "audience", List.copyOf(annotations.audience()));
        annotations.priority().ifPresent(priority -> out.writeNumberProperty("priority", priority));
        annotations.lastModified().ifPresent(when -> out.writeStringProperty("lastModified", when.toString()));
        out.writeEndObject();
    }
}
