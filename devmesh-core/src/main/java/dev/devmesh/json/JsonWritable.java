package dev.devmesh.json;

import tools.jackson.core.JsonGenerator;

/**
 * A value that writes itself as exactly one JSON value, without a tree in between.
 *
 * @see Json#write(Object, java.io.OutputStream)
 */
@FunctionalInterface
public interface JsonWritable {

    /**
     * Writes one JSON value. The generator is neither flushed nor closed here: whoever made it does both.
     *
     * @param out where the value goes
     */
    void writeTo(JsonGenerator out);
}
