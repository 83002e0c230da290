package dev.devmesh.json;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;

/**
 * Binds trees to one Java type, over and over.
 *
 * <p>Immutable; safe for use by many threads.
 *
 * @param <T> the type
 */
public final class JsonBinding<T> {

    private final ObjectReader reader;

    JsonBinding(JavaType type) {
        this.reader = Json.mapper().readerFor(type);
    }

    /**
     * Binds a tree. A number without a fraction is an integer, however it is written.
     *
     * @throws MismatchedJson if the value does not fit, naming the member
     */
    public T read(JsonNode value) {
        try {
            T bound = reader.readValue(WholeNumbers.asIntegers(value));
            if (bound == null) {
                throw new MismatchedJson("", "the value must not be null");
            }
            return bound;
        } catch (JacksonException e) {
            throw MismatchedJson.of(e, value);
        }
    }
}
