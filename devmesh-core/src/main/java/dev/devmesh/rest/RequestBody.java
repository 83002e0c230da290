package dev.devmesh.rest;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.json.Json;
import dev.devmesh.json.MalformedJson;
import dev.devmesh.schema.JsonSchema;
import dev.devmesh.schema.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the body of a route must look like.
 *
 * @param type the record that it is read into
 * @param schema the same for callers
 * @param readOnly members that callers see in answers and cannot set
 * @param optional whether no body at all is as good as an empty object
 */
record RequestBody(Class<?> type, JsonSchema schema, Set<String> readOnly, boolean optional) {

    /** @param answer the schema of the answers: what only they have is read-only */
    static RequestBody of(Class<?> type, JsonSchema answer, boolean optional) {
        JsonSchema schema = JsonSchema.of(type);
        Set<String> readOnly =
                answer.json().path("properties").propertyNames().stream().collect(Collectors.toSet());
        readOnly.removeAll(schema.json().path("properties").propertyNames());
        return new RequestBody(type, schema, Set.copyOf(readOnly), optional);
    }

    /**
     * Reads a body, and finds everything that is wrong with it.
     *
     * @throws MeshException with {@link ErrorCode#INVALID_REQUEST} if it is no JSON, with {@link ErrorCode#INVALID_VALUE} naming
     *     the members if it does not fit
     */
    ObjectNode read(byte[] bytes) {
        if (bytes.length == 0 && optional) {
            return Json.object();
        }
        if (bytes.length == 0) {
            throw new MeshException(
                    ErrorCode.INVALID_REQUEST,
                    "The body is missing.",
                    "Send a JSON object, with Content-Type: application/json.");
        }
        JsonNode value;
        try {
            value = Json.parse(bytes);
        } catch (MalformedJson e) {
            throw new MeshException(
                    ErrorCode.INVALID_REQUEST,
                    String.valueOf(e.getMessage()),
                    "Send one JSON object in UTF-8.",
                    null,
                    e);
        }
        List<String> problems = new ArrayList<>();
        JsonNode settable = withoutReadOnly(value, problems);
        schema.validate(settable).stream().map(Violation::message).forEach(problems::add);
        if (!problems.isEmpty()) {
            throw new MeshException(
                    ErrorCode.INVALID_VALUE,
                    sentence("The body does not fit: " + String.join("; ", problems)),
                    "GET /openapi.json shows what it must look like.");
        }
        return (ObjectNode) settable;
    }

    private JsonNode withoutReadOnly(JsonNode value, List<String> problems) {
        if (!(value instanceof ObjectNode object)) {
            return value;
        }
        ObjectNode settable = object.deepCopy();
        for (String member : object.propertyNames()) {
            if (readOnly.contains(member)) {
                problems.add("member \"" + member + "\" is read-only");
                settable.remove(member);
            }
        }
        return settable;
    }

    private static String sentence(String words) {
        return words.endsWith("?") ? words : words + ".";
    }
}
