package dev.devmesh.content;

import java.util.Objects;

/**
 * What is behind an address.
 *
 * <p>Immutable; arrays are neither copied nor changed.
 */
public sealed interface ResourceContents {

    /** The address. */
    String uri();

    /** The type, or empty when it is not known. */
    String mimeType();

    /**
     * A text.
     *
     * @param uri the address
     * @param mimeType the type, or empty
     * @param text the text
     */
    record Text(String uri, String mimeType, String text) implements ResourceContents {
        /** Checks that there is a text. */
        public Text {
            Objects.requireNonNull(text, "text");
        }
    }

    /**
     * Bytes.
     *
     * @param uri the address
     * @param mimeType the type, or empty
     * @param blob the bytes
     */
    record Blob(String uri, String mimeType, byte[] blob) implements ResourceContents {
        /** Checks that there are bytes. */
        public Blob {
            Objects.requireNonNull(blob, "blob");
        }
    }
}
