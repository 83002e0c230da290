package dev.devmesh.schema;

import com.networknt.schema.dialect.DialectId;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonForm;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What DevMesh asks of a schema beyond being valid: it is bounded, speaks 2020-12, stays within itself, has only
 * patterns that run in linear time, and marks headers where MCP allows it.
 *
 * <p>One instance walks one schema.
 */
final class SchemaRules {

    static final String HEADER = "x-mcp-header";

    private static final Set<String> ONE_SCHEMA = Set.of(
            "items",
            "additionalProperties",
            "contains",
            "not",
            "if",
            "then",
            "else",
            "propertyNames",
            "unevaluatedItems",
            "unevaluatedProperties",
            "contentSchema");
    private static final Set<String> SCHEMAS_BY_NAME =
            Set.of("properties", "patternProperties", "$defs", "definitions", "dependentSchemas");
    private static final Set<String> SCHEMAS_IN_ORDER = Set.of("allOf", "anyOf", "oneOf", "prefixItems");
    private static final Set<String> HEADER_TYPES = Set.of("string", "integer", "boolean");

    private final JsonNode root;
    private final Set<String> anchors = new HashSet<>();
    private final Map<String, JsonNode> resources = new HashMap<>();
    private final Set<JsonNode> visited = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Target> targets = new ArrayDeque<>();
    private final Set<String> references = new HashSet<>();
    private final Set<String> headerNames = new HashSet<>();
    private final List<HeaderMember> headers = new ArrayList<>();
    private int subschemas;
    private long copied;

    /** Where a reference leads. */
    private record Target(JsonNode schema, String pointer, URI base) {}

    private final boolean onlyHeaders;

    private SchemaRules(JsonNode root, boolean onlyHeaders) {
        this.root = root;
        this.onlyHeaders = onlyHeaders;
    }

    /**
     * Checks nothing but the annotations of members that are repeated as headers.
     *
     * @return these members
     * @throws InvalidSchema naming the pointer of what breaks a rule
     */
    static List<HeaderMember> headers(ObjectNode schema) {
        checkDepth(schema, 1);
        SchemaRules rules = new SchemaRules(schema, true);
        rules.visit(schema, "", URI.create(""), List.of(), true);
        return List.copyOf(rules.headers);
    }

    /**
     * Checks a schema.
     *
     * @return the members that are repeated as headers
     * @throws InvalidSchema naming the pointer of what breaks a rule
     */
    static List<HeaderMember> check(ObjectNode schema) {
        checkDepth(schema, 1);
        int bytes = Json.bytes(schema).length;
        if (bytes > JsonSchema.MAX_BYTES) {
            throw new InvalidSchema(
                    "The schema has " + bytes + " bytes; at most " + JsonSchema.MAX_BYTES + " are taken.");
        }
        SchemaRules rules = new SchemaRules(schema, false);
        rules.resources.put("", schema);
        rules.collectIds(schema, URI.create(""));
        rules.visit(schema, "", URI.create(""), List.of(), true);
        // What only a reference leads to, such as the value of an unknown keyword, is a schema too.
        for (Target target; (target = rules.targets.poll()) != null; ) {
            if (!rules.visited.contains(target.schema())) {
                rules.visit(target.schema(), target.pointer(), target.base(), List.of(), false);
            }
        }
        return List.copyOf(rules.headers);
    }

    private static void checkDepth(JsonNode node, int depth) {
        if (depth > JsonSchema.MAX_DEPTH) {
            throw new InvalidSchema("The schema is nested more than " + JsonSchema.MAX_DEPTH + " deep.");
        }
        for (JsonNode child : node) {
            if (child.isContainer()) {
                checkDepth(child, depth + 1);
            }
        }
    }

    private void collectIds(JsonNode schema, URI base) {
        URI own = base(schema, base, "");
        if (schema.path("$id").isString()) {
            resources.put(withoutFragment(own), schema);
        }
        for (String keyword : List.of("$anchor", "$dynamicAnchor")) {
            if (schema.path(keyword).isString()) {
                anchors.add(schema.get(keyword).stringValue());
            }
        }
        subschemas(schema, "", (child, pointer, name) -> collectIds(child, own));
    }

    private static URI base(JsonNode schema, URI base, String pointer) {
        return schema.path("$id").isString() ? resolve(base, schema.get("$id").stringValue(), pointer + "/$id") : base;
    }

    private static URI resolve(URI base, String reference, String pointer) {
        try {
            return base.resolve(new URI(reference));
        } catch (URISyntaxException e) {
            throw new InvalidSchema(at(pointer) + " is not a URI reference.");
        }
    }

    private static String withoutFragment(URI uri) {
        String text = uri.toString();
        int fragment = text.indexOf('#');
        return fragment < 0 ? text : text.substring(0, fragment);
    }

    private interface Visitor {
        /** @param property the member this subschema describes, or null if it is not under {@code properties} */
        void visit(JsonNode child, String pointer, @Nullable String property);
    }

    private static void subschemas(JsonNode schema, String pointer, Visitor visitor) {
        for (var keyword : schema.properties()) {
            String name = keyword.getKey();
            JsonNode value = keyword.getValue();
            String here = pointer + "/" + escape(name);
            if (ONE_SCHEMA.contains(name)) {
                visitor.visit(value, here, null);
            } else if (SCHEMAS_BY_NAME.contains(name)) {
                for (var child : value.properties()) {
                    visitor.visit(
                            child.getValue(),
                            here + "/" + escape(child.getKey()),
                            name.equals("properties") ? child.getKey() : null);
                }
            } else if (SCHEMAS_IN_ORDER.contains(name)) {
                for (int i = 0; i < value.size(); i++) {
                    visitor.visit(value.get(i), here + "/" + i, null);
                }
            }
        }
    }

    /** @param reachable whether only {@code properties} lead from the root to here, along {@code path} */
    private void visit(JsonNode schema, String pointer, URI base, List<String> path, boolean reachable) {
        if (++subschemas > JsonSchema.MAX_SUBSCHEMAS) {
            throw new InvalidSchema(
                    "The schema has more than " + JsonSchema.MAX_SUBSCHEMAS + " subschemas; split it or simplify it.");
        }
        visited.add(schema);
        URI own = onlyHeaders ? base : base(schema, base, pointer);
        if (!onlyHeaders) {
            checkDialect(schema, pointer);
            checkReference(schema, "$ref", pointer, own);
            checkReference(schema, "$dynamicRef", pointer, own);
            checkPatterns(schema, pointer);
        }
        checkHeader(schema, pointer, path, reachable);
        subschemas(schema, pointer, (child, where, property) -> {
            List<String> below = path;
            if (property != null && reachable) {
                below = new ArrayList<>(path);
                below.add(property);
            }
            visit(child, where, own, below, reachable && property != null);
        });
    }

    private static void checkDialect(JsonNode schema, String pointer) {
        JsonNode dialect = schema.path("$schema");
        if (dialect.isString() && !withoutEmptyFragment(dialect.stringValue()).equals(DialectId.DRAFT_2020_12)) {
            throw new InvalidSchema(at(pointer + "/$schema") + " names the dialect " + JsonForm.brief(dialect)
                    + "; only " + DialectId.DRAFT_2020_12 + " is supported, or no $schema.");
        }
    }

    private static String withoutEmptyFragment(String uri) {
        return uri.endsWith("#") ? uri.substring(0, uri.length() - 1) : uri;
    }

    private void checkReference(JsonNode schema, String keyword, String pointer, URI base) {
        JsonNode reference = schema.path(keyword);
        if (!reference.isString()) {
            return;
        }
        String text = reference.stringValue();
        String where = pointer + "/" + keyword;
        String document = withoutFragment(text.startsWith("#") ? base : resolve(base, text, where));
        if (!text.startsWith("#") && !resources.containsKey(document)) {
            if (!JsonSchema.KNOWN.contains(document)) {
                throw new InvalidSchema(at(where) + " refers to " + JsonForm.brief(reference)
                        + ", which is outside of the schema and is not fetched; put it under $defs and refer to that.");
            }
            return;
        }
        int start = text.indexOf('#');
        String fragment = start < 0
                ? ""
                : resolve(URI.create(""), text.substring(start), where).getFragment();
        if (fragment.startsWith("/")) {
            checkPointer(reference, document, fragment, where, base);
        } else if (!fragment.isEmpty() && !anchors.contains(fragment)) {
            throw missing(reference, where);
        }
    }

    private void checkPointer(JsonNode reference, String document, String fragment, String where, URI base) {
        JsonNode target = resources.getOrDefault(document, root).at(fragment);
        if (target.isMissingNode()) {
            throw missing(reference, where);
        }
        // The validator compiles what a pointer leads to once for each spelling of the pointer.
        if (references.add(document + ' ' + reference.stringValue())) {
            copied += nodes(target);
        }
        if (copied > JsonSchema.MAX_REFERRED) {
            throw new InvalidSchema("The references of the schema lead to more than " + JsonSchema.MAX_REFERRED
                    + " values in all; refer to smaller parts, always by the same pointer.");
        }
        URI resource = document.equals(withoutFragment(base)) ? base : URI.create(document);
        targets.add(new Target(target, fragment, resource));
    }

    private static InvalidSchema missing(JsonNode reference, String where) {
        return new InvalidSchema(at(where) + " refers to " + JsonForm.brief(reference)
                + ", which is not in the schema; define it under $defs or correct the reference.");
    }

    private static long nodes(JsonNode value) {
        long sum = 1;
        for (JsonNode child : value) {
            sum += nodes(child);
        }
        return sum;
    }

    private static void checkPatterns(JsonNode schema, String pointer) {
        if (schema.path("pattern").isString()) {
            checkPattern(schema.get("pattern").stringValue(), pointer + "/pattern");
        }
        for (String expression : schema.path("patternProperties").propertyNames()) {
            checkPattern(expression, pointer + "/patternProperties/" + escape(expression));
        }
    }

    private static void checkPattern(String expression, String pointer) {
        try {
            LinearPattern.compile(expression);
        } catch (InvalidSchema e) {
            throw new InvalidSchema(at(pointer) + " " + e.getMessage() + ".");
        }
    }

    private void checkHeader(JsonNode schema, String pointer, List<String> path, boolean reachable) {
        if (!schema.has(HEADER)) {
            return;
        }
        String where = at(pointer + "/" + HEADER);
        String header = schema.get(HEADER).asString("");
        if (header.isEmpty() || !header.chars().allMatch(SchemaRules::isTokenChar)) {
            throw new InvalidSchema(where + " must be a header name of letters, digits and !#$%&'*+-.^_`|~ only.");
        }
        if (path.isEmpty() || !reachable) {
            throw new InvalidSchema(where + " is allowed only on members that properties alone lead to,"
                    + " not in lists, maps, alternatives or references.");
        }
        if (!HEADER_TYPES.contains(schema.path("type").asString(""))) {
            throw new InvalidSchema(where + " is allowed only on members of type string, integer or boolean.");
        }
        if (!headerNames.add(header.toLowerCase(Locale.ROOT))) {
            throw new InvalidSchema(where + " repeats the header " + header + "; each may occur once, in any case.");
        }
        headers.add(new HeaderMember(header, path));
    }

    private static boolean isTokenChar(int c) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }

    private static String at(String pointer) {
        return "The schema at " + pointer;
    }

    private static String escape(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}
