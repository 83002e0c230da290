package dev.devmesh.json;

/**
 * A JSON value does not fit the Java type it was to be bound to.
 *
 * <p>The message is a sentence that names the member, such as {@code days must be an integer, is a string}.
 *
 * <p>Immutable.
 */
public final class MismatchedJson extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String pointer;

    MismatchedJson(String pointer, String sentence) {
        super(sentence, null, false, false);
        this.pointer = pointer;
    }

    /** The JSON Pointer (RFC 6901) of the value that does not fit; empty for the root. */
    public String pointer() {
        return pointer;
    }
}
