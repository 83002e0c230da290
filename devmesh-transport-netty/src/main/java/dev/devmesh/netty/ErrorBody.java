package dev.devmesh.netty;

import dev.devmesh.MeshException;
import dev.devmesh.json.JsonWritable;
import tools.jackson.core.JsonGenerator;

/** What a client is told about an error, outside MCP: {@code {"error", "code", "trace_id", "fix"}}. */
record ErrorBody(MeshException error, RequestHead head) implements JsonWritable {

    @Override
    public void writeTo(JsonGenerator out) {
        out.writeStartObject();
        out.writeStringProperty("error", error.getMessage());
        out.writeStringProperty("code", error.code().wireName());
        out.writeStringProperty("trace_id", head.trace().id());
        out.writeStringProperty("fix", error.fix());
        out.writeEndObject();
    }
}
