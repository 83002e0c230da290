package dev.devmesh.json;

import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ser.std.StdSerializer;

/** Lets a {@link JsonWritable} stand anywhere within a value that Jackson writes. */
final class WritableSerializer extends StdSerializer<JsonWritable> {

    WritableSerializer() {
        super(JsonWritable.class);
    }

    @Override
    public void serialize(JsonWritable value, JsonGenerator out, SerializationContext context) {
        value.writeTo(out);
    }
}
