package dev.devmesh.json;

/**
 * The bytes are not one JSON value as DevMesh reads it.
 *
 * <p>The message is a sentence with the place; it never repeats the input, so it may be sent to whoever sent the bytes.
 *
 * <p>Immutable.
 */
public final class MalformedJson extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int line;
    private final int column;

    MalformedJson(String reason, int line, int column) {
        // Thrown once per bad request: a stack trace would cost more than the parse and says nothing about the sender.
        super("Malformed JSON at line " + line + ", column " + column + ": " + reason, null, false, false);
        this.line = line;
        this.column = column;
    }

    /** The line of the first thing that is wrong, from 1. */
    public int line() {
        return line;
    }

    /** The column of the first thing that is wrong, in bytes from 1. */
    public int column() {
        return column;
    }
}
