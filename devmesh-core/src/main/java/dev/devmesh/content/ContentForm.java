package dev.devmesh.content;

import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.node.ObjectNode;

/**
 * Content in the words of MCP ("Content", "ResourceContents", "Icon").
 *
 * <p>Stateless; safe for use by many threads.
 */
public final class ContentForm {

    private ContentForm() {}

    /** Writes a piece of content as an object. */
    public static void write(JsonGenerator out, Content piece) {
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
            text(out, "title", link.title());
            text(out, "description", link.description());
            text(out, "mimeType", link.mimeType());
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

    /** Writes what is behind an address as an object. */
    public static void write(JsonGenerator out, ResourceContents resource) {
        out.writeStartObject();
        out.writeStringProperty("uri", resource.uri());
        text(out, "mimeType", resource.mimeType());
        if (resource instanceof ResourceContents.Text text) {
            out.writeStringProperty("text", text.text());
        } else if (resource instanceof ResourceContents.Blob blob) {
            out.writeName("blob");
            out.writeBinary(blob.blob());
        }
        out.writeEndObject();
    }

    /** Writes the member {@code annotations}, if there is something to say. */
    public static void write(JsonGenerator out, Annotations annotations) {
        if (annotations.isEmpty()) {
            return;
        }
        out.writeObjectPropertyStart("annotations");
        texts(out, "audience", List.copyOf(annotations.audience()));
        annotations.priority().ifPresent(priority -> out.writeNumberProperty("priority", priority));
        annotations.lastModified().ifPresent(when -> out.writeStringProperty("lastModified", when.toString()));
        out.writeEndObject();
    }

    /** Writes the member {@code icons}, if there are some. */
    public static void write(JsonGenerator out, List<Icon> icons) {
        if (icons.isEmpty()) {
            return;
        }
        out.writeArrayPropertyStart("icons");
        for (Icon icon : icons) {
            out.writeStartObject();
            out.writeStringProperty("src", icon.src().toString());
            text(out, "mimeType", icon.mimeType());
            texts(out, "sizes", icon.sizes());
            text(out, "theme", icon.theme());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    /** Writes the member {@code _meta}, unless there is nothing in it. */
    public static void meta(JsonGenerator out, ObjectNode meta) {
        if (!meta.isEmpty()) {
            out.writePOJOProperty("_meta", meta);
        }
    }

    /** Writes a message as an object. */
    public static void write(JsonGenerator out, Message message) {
        out.writeStartObject();
        out.writeStringProperty("role", message.speaker().wireName());
        out.writeName("content");
        write(out, message.content());
        out.writeEndObject();
    }

    /** Writes a member, unless the text is empty. */
    public static void text(JsonGenerator out, String name, String value) {
        if (!value.isEmpty()) {
            out.writeStringProperty(name, value);
        }
    }

    /** Writes a member, unless there is no text. */
    public static void texts(JsonGenerator out, String name, List<String> values) {
        if (!values.isEmpty()) {
            out.writeArrayPropertyStart(name);
            values.forEach(out::writeString);
            out.writeEndArray();
        }
    }
}
