package dev.devmesh.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.json.Json;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class SentencesTest {

    enum Unit {
        CELSIUS,
        FAHRENHEIT
    }

    record Address(String street) {}

    record Weather(
            String city,
            Optional<Unit> unit,
            @Range(min = 1, max = 14) int days,
            Optional<Address> address,
            Optional<List<@Length(max = 3) String>> tags) {}

    sealed interface Shape permits Circle, Square {}

    record Circle(double r) implements Shape {}

    record Square(int side) implements Shape {}

    record Drawing(List<Shape> shapes) {}

    private static List<Violation> violations(Class<?> type, String value) {
        return JsonSchema.of(type).validate(Json.parse(value));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"days\":1}                                            |                 | city is required",
                "{\"city\":\"a\",\"days\":1,\"unit\":\"kelvin\"}             | /unit           | unit must be one of CELSIUS, FAHRENHEIT, is \"kelvin\"",
                "{\"city\":\"a\",\"days\":20}                            | /days           | days must be at most 14, is 20",
                "{\"city\":\"a\",\"days\":1.5}                           | /days           | days must be an integer, is 1.5",
                "{\"city\":\"a\",\"days\":\"1\"}                           | /days           | days must be an integer, is a string",
                "{\"city\":\"a\",\"days\":1,\"unit\":null}                 | /unit           | unit must be a string, is null",
                "{\"city\":\"a\",\"days\":1,\"unti\":\"CELSIUS\"}            |                 | unknown member \"unti\"; did you mean unit?",
                "{\"city\":\"a\",\"days\":1,\"zzzzzz\":1}                  |                 | unknown member \"zzzzzz\"",
                "{\"city\":\"a\",\"days\":1,\"address\":{\"street\":5}}      | /address/street | address.street must be a string, is a number",
                "{\"city\":\"a\",\"days\":1,\"address\":{}}                | /address        | address.street is required",
                "{\"city\":\"a\",\"days\":1,\"tags\":[\"ab\",\"abcd\"]}      | /tags/1         | tags[1] must have at most 3 characters, has 4",
                "[]                                                    |                 | the value must be an object, is an array"
            })
    void eachViolationNamesTheMemberTheRuleAndTheValue(String value, String pointer, String message) {
        assertThat(violations(Weather.class, value))
                .containsExactly(new Violation(pointer == null ? "" : pointer, message));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"type\":\"circle\",\"r\":\"x\"}    | /shapes/0/r    | shapes[0].r must be a number, is a string",
                "{\"type\":\"cirle\",\"r\":1}       | /shapes/0/type | shapes[0].type must be one of circle, square, is \"cirle\"",
                "{\"r\":1}                        | /shapes/0      | shapes[0].type is required, one of circle, square",
                "3                                | /shapes/0      | shapes[0] must be an object, is a number",
                "{\"type\":\"square\",\"r\":1,\"side\":1} | /shapes/0  | unknown member \"r\" in shapes[0]"
            })
    void onlyTheAlternativeThatWasMeantIsTold(String shape, String pointer, String message) {
        assertThat(violations(Drawing.class, "{\"shapes\":[" + shape + "]}"))
                .containsExactly(new Violation(pointer, message));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"type\":[\"string\",\"null\"]}                     | 1          | the value must be a string or null, is a number",
                "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}  | 1          | the value must be a string or null, is 1",
                "{\"oneOf\":[{\"minimum\":1},{\"maximum\":9}]}        | 5          | the value fits more than one of its alternatives and must fit exactly one",
                "{\"anyOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]} | {}     | a is required, or b is required",
                "{\"const\":\"x\"}                                  | \"y\"        | the value must be \"x\", is \"y\"",
                "{\"exclusiveMinimum\":0}                         | 0          | the value must be above 0, is 0",
                "{\"exclusiveMaximum\":0}                         | 0.5        | the value must be below 0, is 0.5",
                "{\"multipleOf\":0.5}                             | 0.3        | the value must be a multiple of 0.5, is 0.3",
                "{\"minLength\":1}                                | \"\"         | the value must have at least 1 character, has 0",
                "{\"minItems\":2}                                 | [1]        | the value must have at least 2 elements, has 1",
                "{\"maxItems\":1}                                 | [1,2]      | the value must have at most 1 element, has 2",
                "{\"minProperties\":1}                            | {}         | the value must have at least 1 member, has 0",
                "{\"maxProperties\":0}                            | {\"a\":1}    | the value must have at most 0 members, has 1",
                "{\"uniqueItems\":true}                           | [1,1.0]    | the value must not have the same element twice",
                "{\"pattern\":\"^a\"}                               | \"b\"        | the value must match ^a, is \"b\"",
                "{\"not\":{\"type\":\"string\"}}                      | \"b\"        | the value has a form that is excluded",
                "{\"properties\":{\"f\":false}}                     | {\"f\":1}    | f is not allowed",
                "{\"contains\":{\"type\":\"integer\"}}                | []         | the value lacks an element of the form that it must contain"
            })
    void everyCommonKeywordHasItsSentence(String schema, String value, String message) {
        assertThat(JsonSchema.parse(schema).validate(Json.parse(value)))
                .extracting(Violation::message)
                .containsExactly(message);
    }

    @Test
    void whatIsMissingComesFirst() {
        assertThat(violations(Weather.class, "{\"unit\":\"kelvin\",\"days\":20}"))
                .extracting(Violation::message)
                .startsWith("city is required");
    }

    @Test
    void atMostTenViolationsAreTold() {
        StringBuilder value = new StringBuilder("{\"city\":\"a\",\"days\":1");
        for (int i = 0; i < 10_000; i++) {
            value.append(",\"x").append(i).append("\":1");
        }

        assertThat(violations(Weather.class, value + "}")).hasSize(JsonSchema.MAX_VIOLATIONS);
    }

    @Test
    void longValuesAndControlCharactersAreNotEchoed() {
        String message = violations(
                        Weather.class, "{\"city\":\"a\",\"days\":1,\"unit\":\"a\\n\\u0000" + "b".repeat(500) + "\"}")
                .get(0)
                .message();

        assertThat(message)
                .isEqualTo("unit must be one of CELSIUS, FAHRENHEIT, is \"a  " + "b".repeat(37) + "\u2026\"");
    }

    @Test
    void pointersEscapeWhatTheyMust() {
        assertThat(JsonSchema.parse("{\"additionalProperties\":{\"type\":\"string\"}}")
                        .validate(Json.parse("{\"a/b~c\":1}")))
                .containsExactly(new Violation("/a~1b~0c", "a/b~c must be a string, is a number"));
    }

    @Test
    void pointersReachMembersWhoseNamesHoldControlCharacters() {
        JsonSchema numbers = JsonSchema.parse("{\"additionalProperties\":{\"type\":\"integer\"}}");
        JsonNode value = Json.parse("{\"a\\b~/\":true}");

        assertThat(numbers.validate(value))
                .singleElement()
                .satisfies(violation ->
                        assertThat(value.at(violation.pointer()).isBoolean()).isTrue());
    }
}
