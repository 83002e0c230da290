package dev.devmesh.json;

import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.databind.DatabindException;

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
        super("Malformed JSON at line " + line + ", column " + column + ": " + reason + ".", null, false, false);
        this.line = line;
        this.column = column;
    }

    static MalformedJson at(TokenStreamLocation place, String reason) {
        return new MalformedJson(reason, Math.max(1, place.getLineNr()), Math.max(1, place.getColumnNr()));
    }

    static MalformedJson atByte(byte[] bytes, int offset, int fault) {
        int line = 1;
        int lineStart = offset;
        for (int i = offset; i < fault; i++) {
            if (bytes[i] == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        return new MalformedJson(
                bytes[fault] == '\\' ? "an escape stands for half a character" : "the text is not UTF-8",
                line,
                fault - lineStart + 1);
    }

    /** Jackson's own messages name its classes and repeat the input, so they are replaced and not passed on. */
    static String reason(JacksonException e) {
        if (e instanceof StreamConstraintsException) {
            String limit = e.getOriginalMessage();
            if (limit.startsWith("Document nesting")) {
                return "arrays and objects are nested more than " + Json.MAX_DEPTH + " deep";
            }
            if (limit.startsWith("Number")) {
                return "a number has more than " + Json.MAX_NUMBER_LENGTH + " characters";
            }
            if (limit.startsWith("Name") || limit.startsWith("Property name")) {
                return "a member name has more than " + Json.MAX_NAME_LENGTH + " characters";
            }
            return "a string has more than " + Json.MAX_STRING_LENGTH + " characters";
        }
        if (e instanceof UnexpectedEndOfInputException) {
            return "the text ends within a value";
        }
        // The tree builder's only complaint about well-formed text.
        if (e instanceof DatabindException) {
            return "an object has the same member twice";
        }
        return "this is not JSON";
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
