package dev.devmesh.mcp;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import dev.devmesh.Revision;
import dev.devmesh.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The official schema of a revision with sessions, held to strictly: members that it does not name are violations. Where the
 * files come from is said in {@code mcp-schema/README.md}. That of 2025-03-26 is the next one without what came with that.
 */
final class OfficialSchema {

    private static final Map<String, List<String>> NEW_IN_2025_06_18 = Map.ofEntries(
            Map.entry("Annotations", List.of("lastModified")),
            Map.entry("Tool", List.of("title", "outputSchema", "_meta")),
            Map.entry("Resource", List.of("title", "_meta")),
            Map.entry("ResourceTemplate", List.of("title", "_meta")),
            Map.entry("Prompt", List.of("title", "_meta")),
            Map.entry("PromptArgument", List.of("title")),
            Map.entry("Implementation", List.of("title")),
            Map.entry("TextContent", List.of("_meta")),
            Map.entry("ImageContent", List.of("_meta")),
            Map.entry("AudioContent", List.of("_meta")),
            Map.entry("EmbeddedResource", List.of("_meta")),
            Map.entry("TextResourceContents", List.of("_meta")),
            Map.entry("BlobResourceContents", List.of("_meta")),
            Map.entry("CallToolResult", List.of("structuredContent")));

    private static final Map<Revision, OfficialSchema> KNOWN = new ConcurrentHashMap<>();

    private final Map<String, Schema> compiled = new ConcurrentHashMap<>();
    private final ObjectNode document;
    private final String definitions;
    private final Dialect dialect;

    private OfficialSchema(ObjectNode document, String definitions, Dialect dialect) {
        this.document = document;
        this.definitions = definitions;
        this.dialect = dialect;
    }

    static OfficialSchema of(Revision revision) {
        return KNOWN.computeIfAbsent(revision, OfficialSchema::load);
    }

    private static OfficialSchema load(Revision revision) {
        boolean newest = revision == Revision.V2025_11_25;
        String definitions = newest ? "$defs" : "definitions";
        ObjectNode document = read(newest ? revision : Revision.V2025_06_18);
        if (revision == Revision.V2025_03_26) {
            NEW_IN_2025_06_18.forEach((name, members) ->
                    ((ObjectNode) document.path(definitions).path(name).path("properties")).remove(members));
            withoutLinks(
                    (ArrayNode) document.path(definitions).path("ContentBlock").path("anyOf"));
        }
        document.path(definitions).forEach(OfficialSchema::close);
        return new OfficialSchema(document, definitions, newest ? Dialects.getDraft202012() : Dialects.getDraft7());
    }

    /** What is wrong with a value that should be one of these. */
    List<Error> violations(String definition, JsonNode value) {
        return compiled.computeIfAbsent(definition, this::compile).validate(value);
    }

    private Schema compile(String definition) {
        if (!document.path(definitions).has(definition)) {
            throw new IllegalArgumentException("there is no definition of " + definition);
        }
        ObjectNode root = document.deepCopy();
        root.put("$ref", "#/" + definitions + "/" + definition);
        return SchemaRegistry.withDefaultDialect(dialect).getSchema(root);
    }

    private static ObjectNode read(Revision revision) {
        try (InputStream in = OfficialSchema.class.getResourceAsStream("/mcp-schema/" + revision + ".json")) {
            return (ObjectNode) Json.parse(Objects.requireNonNull(in).readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void withoutLinks(ArrayNode blocks) {
        for (int i = blocks.size() - 1; i >= 0; i--) {
            if (blocks.get(i).path("$ref").asString().endsWith("ResourceLink")) {
                blocks.remove(i);
            }
        }
    }

    private static void close(JsonNode definition) {
        JsonNode properties = definition.path("properties");
        if (properties.isEmpty() || definition.has("additionalProperties")) {
            return;
        }
        boolean isMessage = properties.has("method"); // its frame is described elsewhere
        if (isMessage) {
            close(properties.path("params"));
        } else {
            ((ObjectNode) definition).put("additionalProperties", false);
        }
    }
}
