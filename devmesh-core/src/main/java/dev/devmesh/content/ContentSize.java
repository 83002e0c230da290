package dev.devmesh.content;

import dev.devmesh.text.Utf8;
import java.util.Collection;

/**
 * How many bytes content takes as it travels, JSON's own characters and escapes left out.
 *
 * <p>Stateless; safe for use by many threads.
 */
public final class ContentSize {

    private ContentSize() {}

    /** The bytes of a piece of content. */
    public static long of(Content piece) {
        if (piece instanceof Content.Text text) {
            return Utf8.length(text.text());
        }
        if (piece instanceof Content.Image image) {
            return base64(image.data());
        }
        if (piece instanceof Content.Audio audio) {
            return base64(audio.data());
        }
        if (piece instanceof Content.Embedded embedded) {
            return of(embedded.resource());
        }
        Content.ResourceLink link = (Content.ResourceLink) piece;
        return Utf8.length(link.uri()) + Utf8.length(link.name()) + Utf8.length(link.description());
    }

    /** The bytes of what is behind an address. */
    public static long of(ResourceContents contents) {
        return contents instanceof ResourceContents.Text text
                ? Utf8.length(text.text())
                : base64(((ResourceContents.Blob) contents).blob());
    }

    /** The bytes of messages. */
    public static long ofMessages(Collection<Message> messages) {
        return messages.stream().mapToLong(message -> of(message.content())).sum();
    }

    private static long base64(byte[] data) {
        return (data.length + 2L) / 3 * 4;
    }
}
