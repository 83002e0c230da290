package dev.devmesh.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.json.Json;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Whatever the value, every schema of the official suite that DevMesh takes answers with violations and nothing else. */
class AnyValueTest {

    private static final List<JsonSchema> SCHEMAS = schemas();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static List<JsonSchema> schemas() {
        List<JsonSchema> schemas = new ArrayList<>();
        for (JsonNode schema : JsonSchemaTestSuite.schemas()) {
            try {
                schemas.add(JsonSchema.parse(schema));
            } catch (InvalidSchema e) {
                // Those are listed in differences.tsv, and JsonSchemaTestSuiteTest holds them to it.
            }
        }
        assertThat(schemas).hasSizeGreaterThan(300);
        return schemas;
    }

    @Property(tries = 300)
    void validationEndsWithSentencesAboutAnyValue(@ForAll("values") JsonNode value) {
        for (JsonSchema schema : SCHEMAS) {
            List<Violation> violations = schema.validate(value);

            assertThat(violations).hasSizeLessThanOrEqualTo(JsonSchema.MAX_VIOLATIONS);
            for (Violation violation : violations) {
                assertThat(value.at(violation.pointer()).isMissingNode())
                        .as("%s of %s by %s", violation, value, schema)
                        .isFalse();
                assertThat(violation.message()).isNotBlank();
            }
        }
    }

    @Provide
    Arbitrary<JsonNode> values() {
        return values(3);
    }

    private static Arbitrary<JsonNode> values(int depth) {
        return depth == 0
                ? scalars()
                : Arbitraries.oneOf(scalars(), arrays(values(depth - 1)), objects(values(depth - 1)));
    }

    private static Arbitrary<JsonNode> scalars() {
        return Arbitraries.oneOf(
                Arbitraries.of(true, false).map(NODES::booleanNode),
                Arbitraries.just(NODES.nullNode()),
                texts().map(NODES::stringNode),
                Arbitraries.integers().map(NODES::numberNode),
                Arbitraries.of("1e9999", "-1e9999", "1e-9999", "0.0", "-0", "1.0", "1E400", "9007199254740993")
                        .map(BigDecimal::new)
                        .map(NODES::numberNode),
                Arbitraries.bigDecimals().map(NODES::numberNode),
                Arbitraries.bigIntegers()
                        .between(BigInteger.ONE.shiftLeft(80).negate(), BigInteger.ONE.shiftLeft(80))
                        .map(NODES::numberNode));
    }

    private static Arbitrary<JsonNode> arrays(Arbitrary<JsonNode> elements) {
        return elements.list().ofMaxSize(5).map(all -> {
            ArrayNode array = NODES.arrayNode();
            all.forEach(array::add);
            return array;
        });
    }

    /** Members that the suite's schemas speak of, and others. */
    private static Arbitrary<JsonNode> objects(Arbitrary<JsonNode> values) {
        Arbitrary<String> names = Arbitraries.oneOf(
                Arbitraries.of("foo", "bar", "baz", "quux", "a", "b", "$ref", "$id", "type", "minLength", "", "a/b~c"),
                texts());
        return Combinators.combine(names, values)
                .as(List::of)
                .list()
                .ofMaxSize(6)
                .map(members -> {
                    ObjectNode object = Json.object();
                    members.forEach(member -> object.set((String) member.get(0), (JsonNode) member.get(1)));
                    return object;
                });
    }

    private static Arbitrary<String> texts() {
        return Arbitraries.strings().ofMaxLength(12);
    }
}
