package dev.devmesh.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.DevMesh;
import dev.devmesh.json.Json;
import dev.devmesh.schema.JsonSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is written from the table of routes: {@code docs/rest.md} and {@code /openapi.json}. */
class RestManualTest {

    private static final Path PAGE = Path.of(System.getProperty("devmesh.root", ".."), "docs", "rest.md");
    private static final Pattern VARIABLE = Pattern.compile("\\{([a-z_]+)\\}");
    private static final Set<String> VERBS = Set.of("get", "put", "post", "delete", "patch");

    private final RestApi api =
            DevMesh.builder().name("farm").version("2.3").build().rest();

    @Test
    void theManualSaysWhatTheTableOfRoutesSays() throws IOException {
        String before = Files.exists(PAGE) ? Files.readString(PAGE) : RestManual.MARK;
        String page = RestManual.page(before, api.routes());
        if (Boolean.getBoolean("devmesh.write-manual")) {
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE).hasContent(page);
    }

    @Test
    void theDescriptionHasTheStructureOfOpenApi() {
        JsonNode document = document();

        assertThat(document.path("openapi").asString()).isEqualTo("3.1.0");
        assertThat(document.at("/info/title").asString()).isEqualTo("farm");
        assertThat(document.at("/info/version").asString()).isEqualTo("2.3");
        Set<String> operations = new HashSet<>();
        document.path("paths")
                .forEachEntry((path, place) -> place.forEachEntry((verb, operation) -> {
                    assertThat(VERBS).contains(verb);
                    assertThat(operations.add(operation.path("operationId").asString()))
                            .isTrue();
                    assertThat(operation.path("summary").asString()).isNotBlank();
                    List<String> inPath = new ArrayList<>();
                    operation.path("parameters").forEach(parameter -> {
                        assertThat(parameter.path("schema").isObject()).isTrue();
                        assertThat(parameter.path("in").asString()).isIn("path", "query", "header");
                        if (parameter.path("in").asString().equals("path")) {
                            assertThat(parameter.path("required").asBoolean()).isTrue();
                            inPath.add(parameter.path("name").asString());
                        }
                    });
                    Matcher variables = VARIABLE.matcher(path);
                    List<String> named = new ArrayList<>();
                    while (variables.find()) {
                        named.add(variables.group(1));
                    }
                    assertThat(inPath).isEqualTo(named);
                    assertThat(operation.path("responses").propertyNames())
                            .allMatch(status -> status.equals("default") || status.matches("2\\d\\d"));
                    operation
                            .path("responses")
                            .forEach(answer -> assertThat(
                                            answer.path("description").asString())
                                    .isNotBlank());
                }));
        assertThat(operations).contains("get_contexts_id_items", "post_tools_name_call", "get_openapi_json");
    }

    @Test
    void everyReferenceOfTheDescriptionLeadsSomewhere() {
        JsonNode document = document();
        List<String> references = new ArrayList<>();
        collect(document, references);

        assertThat(references).isNotEmpty().allSatisfy(reference -> {
            assertThat(reference).startsWith("#/components/schemas/");
            assertThat(document.at(reference.substring(1)).isObject())
                    .as(reference)
                    .isTrue();
        });
    }

    @Test
    void everySchemaOfTheDescriptionIsOne() {
        document().at("/components/schemas").forEachEntry((name, schema) -> {
            ObjectNode alone = schema.deepCopy().asObject();
            assertThat(JsonSchema.parse(
                            Json.parse(alone.toString().replace("#/components/schemas/" + name + "/", "#/"))))
                    .as(name)
                    .isNotNull();
        });
    }

    private JsonNode document() {
        return api.description();
    }

    private static void collect(JsonNode node, List<String> references) {
        if (node.path("$ref").isString()) {
            references.add(node.path("$ref").stringValue());
        }
        for (JsonNode child : node) {
            collect(child, references);
        }
    }
}
