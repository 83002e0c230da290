package dev.devmesh.tool;

import dev.devmesh.schema.JsonSchema;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An argument that clients repeat in an HTTP header, {@code Mcp-Param-<name>}, so that proxies can route by it: the
 * {@code x-mcp-header} annotation of MCP 2026-07-28.
 *
 * @param name what stands behind {@code Mcp-Param-}
 * @param path where the argument is, from the root of the arguments
 */
public record HeaderParameter(String name, List<String> path) {

    private static final String ANNOTATION = "x-mcp-header";
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
    private static final Set<String> TYPES = Set.of("string", "integer", "boolean");

    /** Copies the path. */
    public HeaderParameter {
        path = List.copyOf(path);
    }

    /** The header that carries the argument. */
    public String header() {
        return "Mcp-Param-" + name;
    }

    /**
     * The annotated arguments of a schema, in its order.
     *
     * @throws IllegalArgumentException if an annotation breaks a rule of the protocol, naming it
     */
    static List<HeaderParameter> of(JsonSchema schema) {
        ObjectNode json = schema.json();
        List<HeaderParameter> found = new ArrayList<>();
        collect(json, List.of(), found);
        if (count(json) != found.size()) {
            throw new IllegalArgumentException("x-mcp-header may stand only on members reached through 'properties'"
                    + " alone, not under items, oneOf, anyOf, allOf, not, if, $defs or $ref");
        }
        Set<String> names = new HashSet<>();
        for (HeaderParameter parameter : found) {
            if (!names.add(parameter.name.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException("x-mcp-header '" + parameter.name + "' is used twice");
            }
        }
        return List.copyOf(found);
    }

    private static void collect(JsonNode schema, List<String> path, List<HeaderParameter> found) {
        JsonNode properties = schema.path("properties");
        for (Map.Entry<String, JsonNode> property : properties.properties()) {
            List<String> here = new ArrayList<>(path);
            here.add(property.getKey());
            JsonNode annotation = property.getValue().path(ANNOTATION);
            if (!annotation.isMissingNode()) {
                String type = property.getValue().path("type").asString("");
                if (!annotation.isString()
                        || !TOKEN.matcher(annotation.stringValue()).matches()) {
                    throw new IllegalArgumentException("x-mcp-header of '" + String.join(".", here)
                            + "' must be a header token (letters, digits and !#$%&'*+-.^_`|~)");
                }
                if (!TYPES.contains(type)) {
                    throw new IllegalArgumentException("x-mcp-header of '" + String.join(".", here)
                            + "' needs a string, an integer or a boolean, not '" + type + "'");
                }
                found.add(new HeaderParameter(annotation.stringValue(), here));
            }
            collect(property.getValue(), here, found);
        }
    }

    private static int count(JsonNode schema) {
        int here = 0;
        for (Map.Entry<String, JsonNode> member : schema.properties()) {
            if (member.getKey().equals("properties")) {
                // the names of properties are the tool's own: one may be called x-mcp-header
                for (JsonNode property : member.getValue()) {
                    here += count(property);
                }
            } else if (member.getKey().equals(ANNOTATION)) {
                here++;
            } else {
                here += count(member.getValue());
            }
        }
        if (schema.isArray()) {
            for (JsonNode element : schema) {
                here += count(element);
            }
        }
        return here;
    }
}
