package dev.devmesh.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class RecordBindingTest {

    enum Unit {
        CELSIUS,
        @JsonProperty("f")
        FAHRENHEIT
    }

    record Weather(
            String city,
            Optional<Unit> unit,
            @Default("3") int days,
            OptionalInt hours,
            @Nullable String note,
            @Default("[]") List<String> tags) {}

    record Numbers(int i, long l, BigInteger big, double d, BigDecimal exact) {}

    record Checked(@JsonProperty("first_name") String name) {
        Checked {
            if (name.isBlank()) {
                throw new IllegalArgumentException("first_name must not be blank");
            }
        }
    }

    sealed interface Shape permits Circle, RedSquare {}

    record Circle(double r) implements Shape {}

    record RedSquare(int side, Optional<Shape> inner) implements Shape {}

    record Drawing(Shape first, List<Shape> more) {}

    record Moment(Instant at) {}

    sealed interface Open permits Case, Other {}

    record Case(int n) implements Open {}

    static final class Other implements Open {}

    private static <T> T read(String json, Class<T> type) {
        return Json.read(Json.parse(json), type);
    }

    @Test
    void absentMembersAreEmptyNullOrTheirDefault() {
        assertThat(read("{\"city\":\"Oslo\"}", Weather.class))
                .isEqualTo(new Weather("Oslo", Optional.empty(), 3, OptionalInt.empty(), null, List.of()));
    }

    private record Twice(
            Optional<String> a,
            Optional<Integer> b,
            @Default("1") int c,
            @Default("1") int d) {}

    @Test
    void severalMembersMayBeOptionalOrHaveTheSameDefault() {
        assertThat(read("{}", Twice.class)).isEqualTo(new Twice(Optional.empty(), Optional.empty(), 1, 1));
        assertThat(read("{\"b\":2,\"d\":4}", Twice.class)).isEqualTo(new Twice(Optional.empty(), Optional.of(2), 1, 4));
    }

    @Test
    void emptyOptionalsAndNullsAreNotWritten() {
        Weather weather = new Weather("Oslo", Optional.empty(), 3, OptionalInt.empty(), null, List.of());

        assertThat(Json.tree(weather)).isEqualTo(Json.parse("{\"city\":\"Oslo\",\"days\":3,\"tags\":[]}"));
    }

    @Test
    void givenMembersWinOverDefaults() {
        assertThat(read("{\"city\":\"Oslo\",\"unit\":\"f\",\"days\":5,\"hours\":2,\"note\":\"n\"}", Weather.class))
                .isEqualTo(new Weather("Oslo", Optional.of(Unit.FAHRENHEIT), 5, OptionalInt.of(2), "n", List.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                    | /city     | city is required",
                "{\"city\":null}                         | /city     | city must not be null",
                "{\"city\":\"a\",\"days\":null}              | /days     | days must not be null",
                "{\"city\":\"a\",\"days\":\"5\"}               | /days     | days must be an integer of 32 bits, is \"5\"",
                "{\"city\":\"a\",\"days\":1.5}               | /days     | days must be an integer of 32 bits, is 1.5",
                "{\"city\":\"a\",\"days\":3000000000}        | /days     | days must be an integer of 32 bits, is 3000000000",
                "{\"city\":\"a\",\"unit\":\"\"}                | /unit     | unit must be one of CELSIUS, f, is \"\"",
                "{\"city\":true}                         | /city     | city must be a string, is true",
                "{\"city\":1}                            | /city     | city must be a string, is 1",
                "{\"city\":\"a\",\"dayz\":5}                 | /dayz     | unknown member \"dayz\"; did you mean days?",
                "{\"city\":\"a\",\"unit\":\"kelvin\"}          | /unit     | unit must be one of CELSIUS, f, is \"kelvin\"",
                "{\"city\":\"a\",\"tags\":[\"b\",null]}        | /tags/1   | tags[1] must not be null",
                "{\"city\":\"a\",\"tags\":\"b\"}               | /tags     | tags must be an array, is \"b\"",
                "[]                                    |           | the value must be an object, is an array",
                "null                                  |           | the value must not be null"
            })
    void whatDoesNotFitIsToldWithItsPlace(String json, @Nullable String pointer, String message) {
        assertThatThrownBy(() -> read(json, Weather.class))
                .isInstanceOfSatisfying(
                        MismatchedJson.class, e -> assertThat(e.pointer()).isEqualTo(pointer == null ? "" : pointer))
                .hasMessage(message);
    }

    @Test
    void aNumberWithoutFractionIsAnIntegerAndKeepsItsDigitsWhereTheyMatter() {
        assertThat(read("{\"i\":1.0,\"l\":1e3,\"big\":12345678901234567890.0,\"d\":2,\"exact\":1.50}", Numbers.class))
                .isEqualTo(new Numbers(1, 1000, new BigInteger("12345678901234567890"), 2.0, new BigDecimal("1.50")));
    }

    @Test
    void theTreeThatIsReadIsNotChanged() {
        var tree = Json.parse("{\"i\":1.0,\"l\":1e3,\"big\":1,\"d\":2,\"exact\":1.50}");
        String before = tree.toString();

        Json.read(tree, Numbers.class);

        assertThat(tree).hasToString(before);
    }

    @Test
    void aNumberTooLargeForADoubleIsRefusedInsteadOfBecomingInfinite() {
        assertThatThrownBy(() -> read("{\"i\":1,\"l\":1,\"big\":1,\"d\":1e400,\"exact\":1}", Numbers.class))
                .isInstanceOf(MismatchedJson.class)
                .hasMessageStartingWith("d is out of range");
    }

    @Test
    void theSentenceOfARecordsOwnCheckIsKept() {
        assertThatThrownBy(() -> read("{\"first_name\":\" \"}", Checked.class))
                .isInstanceOf(MismatchedJson.class)
                .hasMessage("the value is refused: first_name must not be blank");
    }

    @Test
    void instantsAreIsoText() {
        Moment moment = new Moment(Instant.parse("2026-01-31T12:00:00.123456789Z"));

        assertThat(Json.tree(moment).get("at").stringValue()).isEqualTo("2026-01-31T12:00:00.123456789Z");
        assertThat(Json.read(Json.tree(moment), Moment.class)).isEqualTo(moment);
        assertThatThrownBy(() -> read("{\"at\":\"noon\"}", Moment.class))
                .hasMessage("at must be a date and time such as 2026-01-31T12:00:00Z, is \"noon\"");
        assertThatThrownBy(() -> read("{\"at\":\"\"}", Moment.class)).isInstanceOf(MismatchedJson.class);
    }

    record Tree(JsonNode any, Optional<JsonNode> maybe) {}

    record Trees(List<Tree> trees) {}

    @Test
    void aTreeMayBeNullButNotMissing() {
        assertThat(read("{\"any\":null}", Tree.class))
                .isEqualTo(new Tree(Json.mapper().nullNode(), Optional.empty()));
        assertThatThrownBy(() -> read("{}", Tree.class)).hasMessage("any is required");
        assertThatThrownBy(() -> read("{\"trees\":[{}]}", Trees.class))
                .isInstanceOf(MismatchedJson.class)
                .hasMessage("trees[0].any is required");
    }

    @Test
    void alternativesOfASealedTypeCarryTheirNameEvenWhereTheDeclaredTypeIsErased() {
        List<Object> shapes = List.of(new Circle(1.5), new RedSquare(2, Optional.of(new Circle(1))));

        assertThat(Json.tree(shapes))
                .hasToString("[{\"type\":\"circle\",\"r\":1.5},"
                        + "{\"type\":\"red_square\",\"side\":2,\"inner\":{\"type\":\"circle\",\"r\":1.0}}]");
        assertThat(Json.tree(Map.of("only", new Circle(2)))).hasToString("{\"only\":{\"type\":\"circle\",\"r\":2.0}}");
    }

    @Test
    void sealedTypesAreReadByTheirName() {
        Drawing drawing = new Drawing(new RedSquare(1, Optional.empty()), List.of(new Circle(1), new Circle(2)));

        assertThat(Json.read(Json.tree(drawing), Drawing.class)).isEqualTo(drawing);
        assertThat(read("{\"type\":\"circle\",\"r\":1}", Circle.class)).isEqualTo(new Circle(1));
    }

    @Test
    void anUnknownAlternativeIsToldWithTheKnownOnes() {
        assertThatThrownBy(() -> read("{\"first\":{\"type\":\"cirle\"},\"more\":[]}", Drawing.class))
                .isInstanceOf(MismatchedJson.class)
                .hasMessage("first must have a member type that is one of circle, red_square");
    }

    @Test
    void aSealedTypeThatIsNotMadeOfRecordsAloneHasNoDiscriminator() {
        assertThat(JsonForm.alternatives(Open.class)).isEmpty();
        assertThat(Json.tree(new Case(1))).hasToString("{\"n\":1}");
    }
}
