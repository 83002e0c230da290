package dev.devmesh.rest;

import dev.devmesh.MeshException;
import dev.devmesh.VersionConflictException;
import dev.devmesh.json.JsonWritable;
import tools.jackson.core.JsonGenerator;

/**
 * What a caller is told about an error: {@code {"error", "code", "trace_id", "fix"}}, and of a version conflict the {@code
 * current_version}.
 *
 * @param error what went wrong
 * @param traceId the id of the request's trace
 */
public record ErrorEnvelope(MeshException error, String traceId) implements JsonWritable {

    @Override
    public void writeTo(JsonGenerator out) {
        out.writeStartObject();
        out.writeStringProperty("error", error.getMessage());
        out.writeStringProperty("code", error.code().wireName());
        out.writeStringProperty("trace_id", traceId);
        out.writeStringProperty("fix", error.fix());
        if (error instanceof VersionConflictException conflict) {
            out.writeNumberProperty("current_version", conflict.current());
        }
        out.writeEndObject();
    }
}
