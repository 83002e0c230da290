package dev.devmesh.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.json.Json;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class ForeignSchemaTest {

    private static final String CONFORMANCE = """
            {"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
             "$defs":{"address":{"$anchor":"addressDef","type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},
             "properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},"contactMethod":{"type":"string","enum":["phone","email"]},
               "phone":{"type":"string"},"email":{"type":"string"}},
             "allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],
             "if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},
             "then":{"required":["phone"]},"else":{"required":["email"]},"additionalProperties":false}
            """;

    private static List<String> messages(String schema, String value) {
        return JsonSchema.parse(schema).validate(Json.parse(value)).stream()
                .map(Violation::message)
                .toList();
    }

    @Test
    void aSchemaOfSomeoneElseIsKeptAsItIs() {
        JsonSchema schema = JsonSchema.parse(CONFORMANCE);

        assertThat(schema.json()).isEqualTo(Json.parse(CONFORMANCE));
        assertThat(schema.json().propertyNames())
                .containsExactlyElementsOf(Json.parse(CONFORMANCE).propertyNames());
        assertThat(schema).hasToString(Json.parse(CONFORMANCE).toString());
    }

    @Test
    void whoeverGaveTheSchemaCannotChangeItLater() {
        ObjectNode given = (ObjectNode) Json.parse(CONFORMANCE);
        JsonSchema schema = JsonSchema.parse(given);

        given.removeAll();

        assertThat(schema.json()).isEqualTo(Json.parse(CONFORMANCE));
    }

    @Test
    void conditionsAnchorsAndCombinationsAreEnforced() {
        assertThat(messages(
                        CONFORMANCE, "{\"contactMethod\":\"phone\",\"phone\":\"1\",\"address\":{\"street\":\"a\"}}"))
                .isEmpty();
        assertThat(messages(CONFORMANCE, "{\"contactMethod\":\"phone\",\"email\":\"a@b\"}"))
                .containsExactly("phone is required");
        assertThat(messages(CONFORMANCE, "{\"phone\":\"1\"}")).containsExactly("email is required");
        assertThat(messages(CONFORMANCE, "{\"email\":\"a@b\",\"address\":{\"street\":1},\"phne\":\"1\"}"))
                .containsExactly(
                        "unknown member \"phne\"; did you mean phone?", "address.street must be a string, is a number");
        assertThat(messages("{\"$defs\":{\"a\":{\"$anchor\":\"there\",\"type\":\"string\"}},\"$ref\":\"#there\"}", "1"))
                .containsExactly("the value must be a string, is a number");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"$ref\":\"https://example.com/a\"} | /$ref refers to \"https://example.com/a\", which is outside",
                "{\"properties\":{\"a\":{\"$ref\":\"file:///etc/passwd\"}}} | /properties/a/$ref refers to \"file:///etc/passwd\"",
                "{\"items\":{\"$ref\":\"classpath:draft/2020-12/schema\"}} | /items/$ref refers to",
                "{\"$dynamicRef\":\"other.json#x\"} | /$dynamicRef refers to \"other.json#x\"",
                "{\"$ref\":\"#/x\",\"x\":{\"$ref\":\"https://example.com/a\"}} | /x/$ref refers to \"https://example.com/a\", which is outside",
                "{\"$ref\":\"#/$defs/none\"} | /$ref refers to \"#/$defs/none\", which is not in the schema",
                "{\"$ref\":\"#none\"} | /$ref refers to \"#none\", which is not in the schema",
                "{\"$schema\":\"http://json-schema.org/draft-07/schema#\"} | only https://json-schema.org/draft/2020-12/schema is supported",
                "{\"$defs\":{\"a\":{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}}} | /$defs/a/$schema names the dialect",
                "{\"type\":\"strin\"} | type must be one of array, boolean, integer",
                "{\"properties\":{\"a\":{\"minimum\":\"x\"}}} | properties.a.minimum must be a number, is a string",
                "{\"pattern\":\"(?=a)b\"} | /pattern has a pattern that cannot run in linear time",
                "{\"patternProperties\":{\"(a)\\\\1\":{}}} | cannot run in linear time",
                "{\"pattern\":\"((a{1,1000}){1,1000}){1,1000}\"} | more than 10000 steps",
                "{\"items\":{\"type\":\"string\",\"x-mcp-header\":\"A\"}} | /items/x-mcp-header is allowed only on members",
                "{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"a b\"}}} | must be a header name",
                "true | must be a JSON object, is true",
                "{ | A schema must be JSON."
            })
    void aSchemaThatCannotBeTrustedIsRefusedWhenItIsGiven(String schema, String reason) {
        assertThatThrownBy(() -> JsonSchema.parse(schema))
                .isInstanceOf(InvalidSchema.class)
                .hasMessageContaining(reason);
    }

    @Test
    void referencesToAnIdWithinTheSchemaResolve() {
        String schema = "{\"$id\":\"https://example.com/root\",\"$defs\":{\"b\":{\"$id\":\"b\",\"type\":\"string\"}},"
                + "\"properties\":{\"a\":{\"$ref\":\"b\"},\"c\":{\"$ref\":\"https://example.com/b\"}}}";

        assertThat(messages(schema, "{\"a\":1,\"c\":\"x\"}")).containsExactly("a must be a string, is a number");
    }

    @Test
    void theMetaSchemaIsKnownWithoutBeingFetched() {
        String schema = "{\"properties\":{\"schema\":{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}}}";

        assertThat(messages(schema, "{\"schema\":{\"minLength\":3}}")).isEmpty();
        assertThat(messages(schema, "{\"schema\":{\"minLength\":-3}}"))
                .containsExactly("schema.minLength must be at least 0, is -3");
        assertThatThrownBy(() -> JsonSchema.parse("{\"$ref\":\"https://json-schema.org/draft/2020-12/other\"}"))
                .hasMessageContaining("is outside of the schema and is not fetched");
    }

    @Test
    void aRelativeIdIsResolvedWithinTheSchema() {
        String schema =
                "{\"$id\":\"tools/weather.json\",\"$defs\":{\"a\":{\"$id\":\"place.json\",\"type\":\"string\"}},"
                        + "\"properties\":{\"a\":{\"$ref\":\"place.json\"}}}";

        assertThat(messages(schema, "{\"a\":1}")).containsExactly("a must be a string, is a number");
    }

    @Test
    void twoSchemasOfTheSameIdStayApart() {
        JsonSchema text = JsonSchema.parse("{\"$id\":\"https://example.com/x\",\"type\":\"string\"}");
        JsonSchema number = JsonSchema.parse("{\"$id\":\"https://example.com/x\",\"type\":\"number\"}");

        assertThat(text.validate(Json.parse("1"))).hasSize(1);
        assertThat(number.validate(Json.parse("1"))).isEmpty();
    }

    @Test
    void whatLooksLikeAReferenceInDataIsData() {
        assertThat(messages("{\"const\":{\"$ref\":\"https://example.com\"}}", "{\"$ref\":\"https://example.com\"}"))
                .isEmpty();
    }

    @Test
    void formatsOfSomeoneElseAreNotEnforced() {
        assertThat(messages("{\"format\":\"email\"}", "\"nobody\"")).isEmpty();
    }

    @Test
    void sizesBeyondTheBoundsAreRefused() {
        ObjectNode deep = Json.object();
        ObjectNode inner = deep;
        for (int i = 0; i < JsonSchema.MAX_DEPTH; i++) {
            inner = inner.putObject("not");
        }
        ObjectNode wide = Json.object();
        for (int i = 0; i <= JsonSchema.MAX_SUBSCHEMAS; i++) {
            wide.withObjectProperty("properties").putObject("p" + i);
        }
        ObjectNode large = Json.object().put("description", "x".repeat(JsonSchema.MAX_BYTES));

        assertThatThrownBy(() -> JsonSchema.parse(deep)).hasMessageContaining("nested more than 64 deep");
        assertThatThrownBy(() -> JsonSchema.parse(wide)).hasMessageContaining("more than 5000 subschemas");
        assertThatThrownBy(() -> JsonSchema.parse(large)).hasMessageContaining("at most 262144 are taken");
    }

    @Test
    void catastrophicPatternsAnswerInLinearTime() {
        JsonSchema schema = JsonSchema.parse("{\"pattern\":\"(a+)+$\"}");
        JsonNode value = Json.parse('"' + "a".repeat(50_000) + "!\"");
        // The best of a few: the first runs are interpreted, and the machine has other work.
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 10; i++) {
            long start = System.nanoTime();
            assertThat(schema.validate(value)).hasSize(1);
            best = Math.min(best, System.nanoTime() - start);
        }

        assertThat(Duration.ofNanos(best)).isLessThan(Duration.ofMillis(100));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"$ref\":\"#\"}",
                "{\"$defs\":{\"a\":{\"anyOf\":[{\"items\":{\"$ref\":\"#/$defs/a\"},\"minItems\":1},"
                        + "{\"items\":{\"$ref\":\"#/$defs/a\"},\"minItems\":2}]}},\"$ref\":\"#/$defs/a\"}"
            })
    void schemasThatWouldRunForeverEndWithASentence(String schema) {
        JsonNode value = Json.parse("[".repeat(40) + "]".repeat(40));

        long start = System.nanoTime();

        assertThat(JsonSchema.parse(schema).validate(value))
                .containsExactly(new Violation(
                        "", "the value is too large or too deep to be checked against its schema; send less"));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void aRecursiveSchemaReachesAsDeepAsJsonIsRead() {
        String schema =
                "{\"$defs\":{\"v\":{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/v\"}}]}},"
                        + "\"$ref\":\"#/$defs/v\"}";

        assertThat(messages(schema, "[".repeat(100) + "1" + "]".repeat(100))).isEmpty();
    }

    @Test
    void aLargeListIsCheckedToItsEnd() {
        StringBuilder numbers = new StringBuilder("[0");
        for (int i = 1; i < 100_000; i++) {
            numbers.append(",").append(i);
        }

        assertThat(messages("{\"items\":{\"type\":\"integer\",\"minimum\":0}}", numbers + "]"))
                .isEmpty();
        assertThat(messages("{\"items\":{\"type\":\"integer\",\"minimum\":0}}", numbers + ",-1]"))
                .containsExactly("[100000] must be at least 0, is -1");
    }

    @Test
    void aPatternThatOnlyAReferenceLeadsToIsRefusedToo() {
        assertThatThrownBy(() -> JsonSchema.parse("{\"$ref\":\"#/x\",\"x\":{\"pattern\":\"(?=a)\"}}"))
                .isInstanceOf(InvalidSchema.class)
                .hasMessageStartingWith("The schema at /x/pattern has a pattern that cannot run in linear time");
    }

    @Test
    void oneSchemaIsSharedByManyThreads() throws Exception {
        JsonSchema schema = JsonSchema.parse(CONFORMANCE);
        JsonNode good = Json.parse("{\"email\":\"a@b\",\"address\":{\"street\":\"a\"}}");
        JsonNode bad = Json.parse("{\"address\":{\"street\":1}}");
        List<Violation> expected = JsonSchema.parse(CONFORMANCE).validate(bad);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Boolean>> tasks = Collections.nCopies(
                    400,
                    () -> schema.validate(good).isEmpty()
                            && schema.validate(bad).equals(expected));
            for (Future<Boolean> right : threads.invokeAll(tasks)) {
                assertThat(right.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(expected).hasSize(3);
    }

    @Test
    void headersOfSomeoneElseAreListed() {
        JsonSchema schema =
                JsonSchema.parse("{\"properties\":{\"region\":{\"type\":\"string\",\"x-mcp-header\":\"Region\"}}}");

        assertThat(schema.headers()).containsExactly(new HeaderMember("Region", List.of("region")));
    }

    @ParameterizedTest
    @CsvSource({"\\u0041,A", "^\\/x$,/x", "^[\\w.-]+$,a.b-c", "^\\d{4}$,2026", "\\p{L},ä", "^[)(]{2}$,()"})
    void patternsWrittenForJavaScriptWork(String pattern, String text) {
        ObjectNode schema = Json.object().put("pattern", pattern);

        assertThat(JsonSchema.parse(schema).validate(Json.tree(text))).isEmpty();
        assertThat(JsonSchema.parse(schema).validate(Json.tree(""))).hasSize(1);
    }
}
