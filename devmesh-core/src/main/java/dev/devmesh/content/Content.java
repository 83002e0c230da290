package dev.devmesh.content;

import java.util.Objects;

/**
 * A piece of what a tool returns.
 *
 * <p>Immutable; arrays are neither copied nor changed.
 */
public sealed interface Content {

    /** For whom it is, and how much it matters. */
    Annotations annotations();

    /** A text. */
    static Text text(String text) {
        return new Text(text, Annotations.none());
    }

    /** A picture. */
    static Image image(byte[] data, String mimeType) {
        return new Image(data, mimeType, Annotations.none());
    }

    /** A sound. */
    static Audio audio(byte[] data, String mimeType) {
        return new Audio(data, mimeType, Annotations.none());
    }

    /** A reference to something that the client can read. */
    static ResourceLink link(String uri, String name) {
        return new ResourceLink(uri, name, "", "", "", Annotations.none());
    }

    /** A text that has an address. */
    static Embedded embedded(String uri, String mimeType, String text) {
        return new Embedded(new ResourceContents.Text(uri, mimeType, text), Annotations.none());
    }

    /** Bytes that have an address. */
    static Embedded embedded(String uri, String mimeType, byte[] blob) {
        return new Embedded(new ResourceContents.Blob(uri, mimeType, blob), Annotations.none());
    }

    /**
     * A text.
     *
     * @param text the text
     * @param annotations for whom it is
     */
    record Text(String text, Annotations annotations) implements Content {
        /** Checks that there is a text. */
        public Text {
            Objects.requireNonNull(text, "text");
        }
    }

    /**
     * A picture.
     *
     * @param data the file's bytes
     * @param mimeType such as {@code image/png}
     * @param annotations for whom it is
     */
    record Image(byte[] data, String mimeType, Annotations annotations) implements Content {
        /** Checks that there are bytes. */
        public Image {
            Objects.requireNonNull(data, "data");
        }
    }

    /**
     * A sound.
     *
     * @param data the file's bytes
     * @param mimeType such as {@code audio/wav}
     * @param annotations for whom it is
     */
    record Audio(byte[] data, String mimeType, Annotations annotations) implements Content {
        /** Checks that there are bytes. */
        public Audio {
            Objects.requireNonNull(data, "data");
        }
    }

    /**
     * A reference to something that the client can read.
     *
     * @param uri where it is
     * @param name what it is called
     * @param title for people, or empty
     * @param description what it is, or empty
     * @param mimeType its type, or empty
     * @param annotations for whom it is
     */
    record ResourceLink(
            String uri, String name, String title, String description, String mimeType, Annotations annotations)
            implements Content {
        /** Checks that there is a URI and a name. */
        public ResourceLink {
            if (uri.isBlank() || name.isBlank()) {
                throw new IllegalArgumentException("a resource link needs a uri and a name");
            }
        }
    }

    /**
     * Something that has an address, in full.
     *
     * @param resource the thing
     * @param annotations for whom it is
     */
    record Embedded(ResourceContents resource, Annotations annotations) implements Content {}
}
