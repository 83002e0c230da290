package dev.devmesh.netty;

import dev.devmesh.MeshException;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.rest.ErrorEnvelope;
import tools.jackson.core.JsonGenerator;

/** What a client is told about an error, outside MCP: {@code {"error", "code", "trace_id", "fix"}}. */
record ErrorBody(MeshException error, RequestHead head) implements JsonWritable {

    @Override
    public void writeTo(JsonGenerator out) {
        new ErrorEnvelope(error, head.trace().trace().traceId()).writeTo(out);
    }
}
