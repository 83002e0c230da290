package dev.devmesh.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * Hostile schemas and values end soon, honest large ones are checked to their end. The bounds are five times and more
 * of what a slow, busy machine took when warm.
 */
class SchemaBoundsTest {

    private static final Violation TOO_LARGE =
            new Violation("", "the value is too large or too deep to be checked against its schema; send less");

    private static final Duration SOON = Duration.ofMillis(500);

    /** A schema and a value, written by {@link #json} or by hand. */
    private record Case(String name, String schema, String value, Duration within) {

        Case(String name, String schema, String value) {
            this(name, schema, value, SOON);
        }

        @Override
        public String toString() {
            return name;
        }

        /** What is found, in the best time of a few: the first runs are interpreted, and the machine has other work. */
        List<Violation> validate() {
            JsonSchema compiled = JsonSchema.parse(schema);
            JsonNode tree = Json.parse(value);
            long best = Long.MAX_VALUE;
            List<Violation> found = List.of();
            for (int i = 0; i < 10 && best > within.toNanos(); i++) {
                long start = System.nanoTime();
                found = compiled.validate(tree);
                best = Math.min(best, System.nanoTime() - start);
            }
            assertThat(Duration.ofNanos(best)).isLessThan(within);
            return found;
        }
    }

    private static String each(int count, IntFunction<String> one) {
        return IntStream.range(0, count).mapToObj(one).collect(Collectors.joining(","));
    }

    /** One of 2^17 texts that have the same hash. */
    private static String colliding(int i) {
        StringBuilder text = new StringBuilder();
        for (int bit = 0; bit < 17; bit++) {
            text.append((i >> bit & 1) == 0 ? "Aa" : "BB");
        }
        return text.toString();
    }

    private static String diamonds(String keyword, String end) {
        return json("{'$defs':{"
                + each(
                        40,
                        i -> "'d" + i + "':{'" + keyword + "':[{'$ref':'#/$defs/d" + (i + 1) + "'},{'$ref':'#/$defs/d"
                                + (i + 1) + "'}]}")
                + ",'d40':{'type':'" + end + "'}},'$ref':'#/$defs/d0'}");
    }

    private static String json(String quoted) {
        return quoted.replace('\'', '"');
    }

    static Stream<Case> hostile() {
        String ones = "[1" + ",1".repeat(99_999) + "]";
        String empties = "[{}" + ",{}".repeat(99_999) + "]";
        return Stream.of(
                new Case("2^40 paths by allOf", diamonds("allOf", "integer"), "1"),
                new Case("2^40 paths by anyOf that fail", diamonds("anyOf", "string"), "1"),
                new Case("a schema that is only itself", json("{'$ref':'#'}"), "1"),
                new Case(
                        "dynamic references in a circle",
                        json("{'$dynamicAnchor':'x','anyOf':[{'$dynamicRef':'#x'},{'$dynamicRef':'#x'}]}"),
                        "1"),
                new Case(
                        "two ways at each level of a deep value",
                        json("{'$defs':{'a':{'anyOf':[{'items':{'$ref':'#/$defs/a'},'minItems':1},"
                                + "{'items':{'$ref':'#/$defs/a'},'minItems':2}]}},'$ref':'#/$defs/a'}"),
                        "[".repeat(40) + "]".repeat(40)),
                new Case(
                        "the same with 10,000 unknown keywords",
                        json("{'$defs':{'a':{" + each(10_000, i -> "'u" + i + "':1")
                                + ",'anyOf':[{'items':{'$ref':'#/$defs/a'},'minItems':1},"
                                + "{'items':{'$ref':'#/$defs/a'},'minItems':2}]}},'$ref':'#/$defs/a'}"),
                        "[".repeat(40) + "]".repeat(40)),
                new Case(
                        "2,000 times uniqueItems",
                        json("{'allOf':[" + each(2_000, i -> "{'uniqueItems':true}") + "]}"),
                        "[" + each(10_000, String::valueOf) + "]",
                        Duration.ofSeconds(2)),
                new Case(
                        "2,000 enums of a large value",
                        json("{'allOf':[" + each(2_000, i -> "{'enum':[" + ones.substring(1, 40) + "1]}") + "]}"),
                        "[" + each(10_000, String::valueOf) + "]",
                        Duration.ofSeconds(2)),
                new Case(
                        "1,000 patterns for 20,000 members",
                        json("{'patternProperties':{" + each(1_000, i -> "'x" + i + "':{}") + "}}"),
                        json("{" + each(20_000, i -> "'y" + i + "':1") + "}")),
                new Case(
                        "1,000 patterns that excuse additional members",
                        json("{'not':{'additionalProperties':false,'patternProperties':{"
                                + each(1_000, i -> "'x" + i + "':{}") + "}}}"),
                        json("{" + each(20_000, i -> "'y" + i + "':1") + "}")),
                new Case(
                        "4,900 properties of 100,000 empty objects",
                        json("{'items':{'properties':{" + each(4_900, i -> "'x" + i + "':{}") + "}}}"),
                        empties,
                        Duration.ofSeconds(2)),
                new Case(
                        "10,000 required members of 100,000 empty objects, negated",
                        json("{'not':{'items':{'required':[" + each(10_000, i -> "'x" + i + "'") + "]}}}"),
                        empties,
                        Duration.ofSeconds(2)),
                new Case(
                        "2,000 dependent schemas with a large schema each",
                        json("{'$defs':{'r':{'properties':{" + each(1_000, i -> "'q" + i + "':{}")
                                + "}}},'dependentSchemas':{" + each(2_000, i -> "'x" + i + "':{'$ref':'#/$defs/r'}")
                                + "}}"),
                        json("{" + each(2_000, i -> "'x" + i + "':1") + "}")),
                new Case(
                        "1,000 counts of 10,000 elements",
                        json("{'allOf':[" + each(1_000, i -> "{'contains':{'type':'string'},'minContains':" + i + "}")
                                + "]}"),
                        "[" + each(10_000, String::valueOf) + "]"),
                new Case(
                        "a pattern of thousands of places and a long text",
                        json("{'pattern':'(?:(?:a?){40}){20}b'}"),
                        '"' + "a".repeat(1_000_000) + '"'),
                new Case(
                        "1,000 such patterns and a short text",
                        json("{'allOf':[" + each(1_000, i -> "{'pattern':'(?:(?:a?){40}){20}b'}") + "]}"),
                        '"' + "a".repeat(300) + '"'),
                new Case(
                        "4,000 lengths of a long text",
                        json("{'allOf':[" + each(4_000, i -> "{'minLength':1}") + "]}"),
                        '"' + "a".repeat(5_000_000) + '"'),
                new Case(
                        "a rule of 200 KB that each error would repeat",
                        json("{'anyOf':[{'items':{'not':{'$comment':'" + "x".repeat(200_000) + "'}}}]}"),
                        ones,
                        Duration.ofSeconds(2)),
                new Case(
                        "2,400 notes on which members are evaluated",
                        json("{'allOf':[" + each(2_400, i -> "{'additionalProperties':true}")
                                + "],'unevaluatedProperties':false}"),
                        json("{" + each(10_000, i -> "'x" + i + "':1") + "}")),
                new Case(
                        "failed alternatives whose notes are searched again and again",
                        json("{'anyOf':[" + each(2_400, i -> "{'properties':{'a':true},'required':['z']}")
                                + "],'unevaluatedProperties':false}"),
                        json("{'a':1}")));
    }

    @ParameterizedTest
    @MethodSource
    void hostile(Case one) {
        assertThat(one.validate()).containsExactly(TOO_LARGE);
    }

    static Stream<Case> honest() {
        return Stream.of(
                new Case(
                        "100,000 small objects, 6 MB",
                        json("{'type':'array','items':{'type':'object','properties':{"
                                + "'id':{'type':'integer','minimum':0},"
                                + "'name':{'type':'string','maxLength':50,'pattern':'^[a-z][a-z0-9-]{0,49}$'},"
                                + "'tags':{'type':'array','items':{'enum':['a','b','c']}},"
                                + "'kind':{'oneOf':[{'const':'x'},{'const':'y'}]}},"
                                + "'required':['id','name'],'additionalProperties':false}}"),
                        json("["
                                + each(
                                        100_000,
                                        i -> "{'id':" + i + ",'name':'n-" + i + "','tags':['a','b'],'kind':'x'}")
                                + "]"),
                        Duration.ofSeconds(10)),
                new Case(
                        "five million numbers, 10 MiB",
                        json("{'type':'array','items':{'type':'integer','minimum':0,'maximum':9}}"),
                        "[1" + ",1".repeat(5_200_000) + "]",
                        Duration.ofSeconds(15)),
                new Case(
                        "a text of 5 MB with a pattern",
                        json("{'type':'string','pattern':'^[A-Za-z0-9+/]*={0,2}$'}"),
                        '"' + "a".repeat(5_000_000) + '"',
                        Duration.ofSeconds(5)),
                new Case(
                        "1,000 texts of 1,000 characters with a counted pattern",
                        json("{'items':{'pattern':'^.{1,1000}$'}}"),
                        json("[" + each(1_000, i -> "'" + "b".repeat(1_000) + "'") + "]"),
                        Duration.ofSeconds(2)),
                new Case(
                        "100,000 distinct numbers",
                        json("{'uniqueItems':true}"),
                        "[" + each(100_000, String::valueOf) + "]",
                        Duration.ofSeconds(2)),
                new Case(
                        "100,000 distinct texts of one hash",
                        json("{'uniqueItems':true}"),
                        json("[" + each(100_000, i -> "'" + colliding(i) + "'") + "]"),
                        Duration.ofSeconds(2)),
                new Case(
                        "100,000 distinct lists of one hash",
                        json("{'uniqueItems':true}"),
                        "[" + each(100_000, i -> "[" + i + "," + 31L * (200_000 - i) + "]") + "]",
                        Duration.ofSeconds(2)),
                new Case(
                        "100,000 values of an enum of 6,000 texts of one hash",
                        json("{'items':{'enum':[" + each(6_000, i -> "'" + colliding(i) + "'") + "]}}"),
                        json("[" + each(100_000, i -> "'" + colliding(i % 6_000) + "'") + "]"),
                        Duration.ofSeconds(2)),
                new Case(
                        "100,000 member names of one hash",
                        json("{'properties':{'a':{}},'additionalProperties':{'type':'integer'},"
                                + "'propertyNames':{'minLength':1}}"),
                        json("{" + each(100_000, i -> "'" + colliding(i) + "':1") + "}"),
                        Duration.ofSeconds(2)),
                new Case(
                        "numbers of ten thousand digits",
                        json("{'items':{'type':'integer','multipleOf':1e-9999,'maximum':1e9999,'minimum':3}}"),
                        "[1e9999" + ",1e9999".repeat(99_999) + "]",
                        Duration.ofSeconds(2)));
    }

    @ParameterizedTest
    @MethodSource
    void honest(Case one) {
        assertThat(one.validate()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource
    void wrongInMillionsOfPlaces(Case one) {
        assertThat(one.validate()).hasSize(JsonSchema.MAX_VIOLATIONS);
    }

    static Stream<Case> wrongInMillionsOfPlaces() {
        return Stream.of(
                new Case(
                        "elements",
                        json("{'items':{'type':'string'}}"),
                        "[1" + ",1".repeat(5_000_000) + "]",
                        Duration.ofSeconds(2)),
                new Case(
                        "members",
                        json("{'additionalProperties':false}"),
                        json("{" + each(900_000, i -> "'x" + i + "':1") + "}"),
                        Duration.ofSeconds(2)));
    }

    @Test
    void theBudgetGrowsWithTheValueUpToItsMost() {
        assertThat(Budget.of(Json.parse("1")).total()).isEqualTo(250_100);
        assertThat(Budget.of(Json.parse("{\"ab\":[\"xyz\",1]}")).total()).isEqualTo(250_000 + 4 * 100 + 5 * 4);
        assertThat(Budget.of(Json.parse("[1" + ",1".repeat(400_000) + "]")).total())
                .isEqualTo(JsonSchema.MAX_STEPS);
    }

    @Test
    void partsThatReferencesLeadToOverAndOverAreRefused() {
        StringBuilder nested = new StringBuilder("{'properties':{" + each(3_000, i -> "'p" + i + "':{}") + "}}");
        StringBuilder references = new StringBuilder();
        for (int i = 1; i <= 50; i++) {
            nested.insert(0, "{'not':").append('}');
            references
                    .append(i == 1 ? "" : ",")
                    .append("{'$ref':'#")
                    .append("/not".repeat(i))
                    .append("'}");
        }
        nested.setLength(nested.length() - 1);

        assertThatThrownBy(() -> JsonSchema.parse(json(nested + ",'allOf':[" + references + "]}")))
                .isInstanceOf(InvalidSchema.class)
                .hasMessageContaining("lead to more than 100000 values in all");
    }
}
