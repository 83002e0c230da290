package dev.devmesh.schema;

import dev.devmesh.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.ObjectNode;

/** Reads the official suite; where it comes from is said in {@code json-schema-test-suite/README.md}. */
final class JsonSchemaTestSuite {

    private JsonSchemaTestSuite() {}

    /** A schema of the suite with a value and whether it fits. */
    record Case(String file, String schemaName, JsonNode schema, String name, JsonNode value, boolean valid) {

        /** What {@link #differences()} names it by. */
        String id() {
            return file + "\t" + schemaName;
        }
    }

    /** Every case, in the order of the files. */
    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        try (Stream<Path> files = Files.list(resource("tests"))) {
            for (Path file : files.sorted().toList()) {
                for (JsonNode group : Json.parse(Files.readAllBytes(file))) {
                    for (JsonNode test : group.get("tests")) {
                        cases.add(new Case(
                                file.getFileName().toString(),
                                group.get("description").stringValue(),
                                asObject(group.get("schema")),
                                test.get("description").stringValue(),
                                test.get("data"),
                                test.get("valid").booleanValue()));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return cases;
    }

    /** Each schema once. */
    static Set<JsonNode> schemas() {
        return cases().stream().map(Case::schema).collect(Collectors.toSet());
    }

    /** A tool's schema is an object; true and false are tried as what a reference leads to. */
    private static JsonNode asObject(JsonNode schema) {
        if (schema instanceof BooleanNode) {
            ObjectNode object = Json.object().put("$ref", "#/$defs/it");
            object.putObject("$defs").set("it", schema);
            return object;
        }
        return schema;
    }

    /** Why DevMesh refuses a schema, by {@link Case#id()}. */
    static Map<String, String> differences() {
        Map<String, String> reasons = new LinkedHashMap<>();
        try {
            for (String line : Files.readAllLines(resource("differences.tsv"))) {
                if (!line.startsWith("#")) {
                    int last = line.lastIndexOf('\t');
                    reasons.put(line.substring(0, last), line.substring(last + 1));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return reasons;
    }

    private static Path resource(String name) {
        try {
            return Path.of(
                    Objects.requireNonNull(JsonSchemaTestSuiteTest.class.getResource("/json-schema-test-suite/" + name))
                            .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
