package dev.devmesh.rest;

import dev.devmesh.json.Json;
import dev.devmesh.schema.JsonSchema;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes the table of routes as OpenAPI 3.1. Confined to its thread. */
final class OpenApi {

    private static final String ERROR = "Error";
    private static final String DEFINITIONS = "#/$defs/";

    private final ObjectNode schemas = Json.object();
    private final ObjectNode document = Json.object();

    OpenApi(String title, String version, RouteTable routes) {
        document.put("openapi", "3.1.0");
        document.putObject("info").put("title", title).put("version", version);
        ObjectNode paths = document.putObject("paths");
        routes.all().forEach((path, verbs) -> {
            ObjectNode place = paths.putObject(path.toString());
            verbs.values().forEach(route -> place.set(route.verb().name().toLowerCase(Locale.ROOT), operation(route)));
        });
        schemas.set(ERROR, error());
        ObjectNode components = document.putObject("components");
        components.set("schemas", schemas);
        ObjectNode security = components.putObject("securitySchemes");
        security.putObject("api_key").put("type", "apiKey").put("in", "header").put("name", "X-API-Key");
        security.putObject("bearer").put("type", "http").put("scheme", "bearer");
    }

    /** The document, which must not be changed. */
    ObjectNode document() {
        return document;
    }

    private ObjectNode operation(Route route) {
        ObjectNode operation = Json.object();
        operation.put("operationId", name(route));
        operation.put("summary", route.summary());
        if (route.access() instanceof Access.Permission permission) {
            operation.put("description", "Needs the scope " + permission.name() + ".");
        }
        ArrayNode parameters = Json.mapper().createArrayNode();
        for (String variable : route.path().variables()) {
            parameter(parameters, variable, "path", "From a listing")
                    .put("required", true)
                    .putObject("schema")
                    .put("type", "string");
        }
        for (Parameter given : route.query()) {
            describe(given, parameter(parameters, given.name(), "query", given.description()));
        }
        if (route.takesIdempotencyKey()) {
            parameter(
                            parameters,
                            "Idempotency-Key",
                            "header",
                            "The same request with the same key is done once and answered alike for 24 hours")
                    .putObject("schema")
                    .put("type", "string")
                    .put("minLength", 1)
                    .put("maxLength", 255);
        }
        if (!parameters.isEmpty()) {
            operation.set("parameters", parameters);
        }
        route.body()
                .ifPresent(body -> json(
                        operation.putObject("requestBody").put("required", !body.optional()),
                        body.type().getSimpleName(),
                        body.schema()));
        ObjectNode responses = operation.putObject("responses");
        ObjectNode good = responses.putObject(Integer.toString(route.status())).put("description", "Done");
        if (!route.answerType().isEmpty()) {
            json(good, route.answerType(), route.answer());
        }
        reference(responses.putObject("default").put("description", "Why not"), ERROR);
        ArrayNode security = operation.putArray("security");
        if (!(route.access() instanceof Access.Public)) {
            security.addObject().putArray("api_key");
            security.addObject().putArray("bearer");
        }
        return operation;
    }

    private static ObjectNode parameter(ArrayNode into, String name, String where, String description) {
        return into.addObject().put("name", name).put("in", where).put("description", description + ".");
    }

    private static void describe(Parameter parameter, ObjectNode into) {
        ObjectNode schema = into.putObject("schema");
        switch (parameter.kind()) {
            case INTEGER ->
                schema.put("type", "integer")
                        .put("minimum", parameter.least())
                        .put("maximum", parameter.most())
                        .put("default", parameter.standard());
            case TEXT -> schema.put("type", "string").put("maxLength", parameter.most());
            case TIME -> schema.put("type", "string").put("format", "date-time");
            case MEMBERS -> {
                // An exploded object is written as one parameter for each of its members.
                into.put("style", "form").put("explode", true);
                schema.put("type", "object").put("additionalProperties", false);
                schema.putObject("patternProperties")
                        .putObject("^" + parameter.name() + "\\..")
                        .put("type", "string")
                        .put("maxLength", parameter.most());
            }
        }
    }

    /** {@code GET /api/v1/contexts/{id}/items} is {@code get_contexts_id_items}. */
    private static String name(Route route) {
        String path = route.path().toString().replace(RestApi.PREFIX, "");
        return route.verb().name().toLowerCase(Locale.ROOT)
                + path.replaceAll("[^A-Za-z0-9]+", "_").replaceAll("_$", "");
    }

    private void json(ObjectNode into, String name, JsonSchema schema) {
        if (!schemas.has(name)) {
            ObjectNode copy = schema.json().deepCopy();
            copy.remove("$schema");
            moved(copy, name);
            schemas.set(name, copy);
        }
        reference(into, name);
    }

    private static void reference(ObjectNode into, String name) {
        into.putObject("content")
                .putObject("application/json")
                .putObject("schema")
                .put("$ref", "#/components/schemas/" + name);
    }

    /** References begin at the root of the document, which is another one here. */
    private static void moved(JsonNode schema, String name) {
        if (schema instanceof ObjectNode object) {
            String reference = object.path("$ref").asString("");
            if (reference.startsWith(DEFINITIONS)) {
                object.put("$ref", "#/components/schemas/" + name + reference.substring(1));
            }
            for (Map.Entry<String, JsonNode> member : object.properties()) {
                moved(member.getValue(), name);
            }
        } else {
            schema.forEach(element -> moved(element, name));
        }
    }

    private static JsonNode error() {
        return Json.parse("""
                {"type": "object", "required": ["error", "code", "trace_id", "fix"], "properties": {
                  "error": {"type": "string", "description": "What is wrong, in a sentence."},
                  "code": {"type": "string", "description": "The stable name of what is wrong."},
                  "trace_id": {"type": "string", "description": "By which the operator finds it in the log."},
                  "fix": {"type": "string", "description": "What to do; empty where the error says it."},
                  "current_version": {"type": "integer", "description": "Of VERSION_CONFLICT: the version that it is at."}}}
                """);
    }
}
