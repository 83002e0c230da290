package dev.devmesh.json;

import java.io.OutputStream;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The one way in which DevMesh reads and writes JSON.
 *
 * <p>Stateless; safe for use by many threads.
 */
public final class Json {

    /** The deepest nesting of arrays and objects that is read. */
    public static final int MAX_DEPTH = 100;

    /** The longest string that is read, in chars. */
    public static final int MAX_STRING_LENGTH = 5 * 1024 * 1024;

    /** The most characters that a number may have. */
    public static final int MAX_NUMBER_LENGTH = 100;

    /** The largest exponent of a number, either sign. */
    public static final int MAX_EXPONENT = 9_999;

    private Json() {}

    /** The shared mapper: immutable, so {@code rebuild()} makes another one. */
    public static JsonMapper mapper() {
        throw new UnsupportedOperationException();
    }

    /** A new, empty object. */
    public static ObjectNode object() {
        throw new UnsupportedOperationException();
    }

    /**
     * Reads exactly one JSON value.
     *
     * @throws MalformedJson if the bytes are anything else, or larger than the limits of this class
     */
    public static JsonNode parse(byte[] utf8, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    /** {@link #parse(byte[], int, int)} of a whole array. */
    public static JsonNode parse(byte[] utf8) {
        return parse(utf8, 0, utf8.length);
    }

    /** {@link #parse(byte[], int, int)} of a text. */
    public static JsonNode parse(String json) {
        return parse(json.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Binds a tree to a Java type.
     *
     * @throws MismatchedJson if the value does not fit, naming the member
     */
    public static <T> T read(JsonNode value, Class<T> type) {
        throw new UnsupportedOperationException();
    }

    /**
     * Binds a tree to a Java type, which may be generic.
     *
     * @throws MismatchedJson if the value does not fit, naming the member
     */
    public static Object read(JsonNode value, Type type) {
        throw new UnsupportedOperationException();
    }

    /** The tree of a Java value; a tree itself is returned as it is. */
    public static JsonNode tree(Object value) {
        throw new UnsupportedOperationException();
    }

    /**
     * Writes a value as UTF-8 without white space: a tree, a {@link JsonWritable} or anything that has a JSON form. The
     * stream is neither flushed nor closed.
     */
    public static void write(Object value, OutputStream out) {
        throw new UnsupportedOperationException();
    }

    /** A generator that writes to a stream. Its owner closes it, which neither flushes nor closes the stream. */
    public static JsonGenerator generator(OutputStream out) {
        throw new UnsupportedOperationException();
    }

    /** The bytes that {@link #write} writes. */
    public static byte[] bytes(Object value) {
        throw new UnsupportedOperationException();
    }
}
