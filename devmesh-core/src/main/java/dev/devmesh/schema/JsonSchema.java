package dev.devmesh.schema;

import java.lang.reflect.Type;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON Schema (2020-12), compiled once and ready to validate.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class JsonSchema {

    /** The most levels that a schema may nest. */
    public static final int MAX_DEPTH = 64;

    /** The most subschemas that a schema may hold. */
    public static final int MAX_SUBSCHEMAS = 5_000;

    /** The most bytes that a schema may have as UTF-8 JSON text without white space. */
    public static final int MAX_BYTES = 256 * 1024;

    /** The most violations that {@link #validate} reports. */
    public static final int MAX_VIOLATIONS = 10;

    private JsonSchema() {}

    /**
     * The schema of a Java type.
     *
     * @throws InvalidSchema if a part of the type has no JSON form; the message names the path to it
     */
    public static JsonSchema of(Class<?> type) {
        return of((Type) type);
    }

    /**
     * The schema of a Java type, which may be generic such as {@code List<String>}.
     *
     * @throws InvalidSchema if a part of the type has no JSON form; the message names the path to it
     */
    public static JsonSchema of(Type type) {
        throw new UnsupportedOperationException();
    }

    /** The schema of a value without members: an object that has none. */
    public static JsonSchema empty() {
        throw new UnsupportedOperationException();
    }

    /**
     * A schema that someone else wrote, kept as it is.
     *
     * @throws InvalidSchema if it is not a schema of 2020-12, refers to something outside itself, is larger than the
     *     bounds of this class or has a pattern that cannot run in linear time
     */
    public static JsonSchema parse(JsonNode schema) {
        throw new UnsupportedOperationException();
    }

    /**
     * A schema that someone else wrote, as JSON text.
     *
     * @throws InvalidSchema as {@link #parse(JsonNode)}, and if the text is not JSON
     */
    public static JsonSchema parse(String schema) {
        throw new UnsupportedOperationException();
    }

    /** The schema as JSON; a copy that the caller may change. */
    public ObjectNode json() {
        throw new UnsupportedOperationException();
    }

    /**
     * What is wrong with a value, the most useful first; empty when it fits. At most {@link #MAX_VIOLATIONS}.
     */
    public List<Violation> validate(JsonNode value) {
        throw new UnsupportedOperationException();
    }
}
