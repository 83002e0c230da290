package dev.devmesh.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.devmesh.json.Default;
import dev.devmesh.json.Json;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class SchemaOfTypesTest {

    @Description("Unit of temperature")
    enum Unit {
        @Description("metric")
        CELSIUS,
        FAHRENHEIT
    }

    @Description("A question about the weather")
    record Weather(
            @Description("City, for example Oslo") String city,
            Optional<Unit> unit,
            @Nullable Integer days) {}

    record Address(String street, Optional<String> zip) {}

    record Person(String name, Address home, List<Address> others, Map<String, Address> named) {}

    record Bounds(
            @Range(min = 1, max = 14) int days,
            @Range(min = 0.5) double ratio,
            @Length(min = 1, max = 80) String name,
            @Size(max = 3) List<@Length(max = 5) String> tags,
            @Size(min = 1) Map<String, Integer> counts,
            @Size(max = 2) @Length(max = 9) String[] parts,
            @Pattern("^[a-z]+$") Optional<String> slug,
            Optional<@Format("email") String> mail,
            @Default("10") int limit) {}

    record Scalars(
            byte b,
            short s,
            int i,
            Long l,
            BigInteger big,
            float f,
            Double d,
            BigDecimal exact,
            boolean flag,
            char c,
            String text,
            Instant at,
            LocalDate day,
            Duration duration,
            UUID id,
            URI uri,
            Set<String> set,
            int[] ints,
            byte[] bytes,
            OptionalInt oi,
            OptionalDouble od,
            JsonNode any,
            Object object,
            Map<Unit, String> byUnit,
            List<@Nullable String> gaps) {}

    record Node(String name, List<Node> children) {}

    record Forest(Node left, Node right) {}

    sealed interface Shape permits Circle, RedSquare {}

    record Circle(double r) implements Shape {}

    record RedSquare(int side, Optional<Shape> inner) implements Shape {}

    record Page<T>(List<T> items, Optional<String> next) {}

    record Pages(Page<Address> addresses, Page<String> words) {}

    record Nothing() {}

    record Renamed(@JsonProperty("first_name") String name) {}

    record Routed(@Header("Region") String region, Inner inner) {
        record Inner(@Header("Shard") int shard) {}
    }

    private static void assertSchema(Type type, String json) {
        assertThat(JsonSchema.of(type)).hasToString(json);
        assertThat(JsonSchema.parse(JsonSchema.of(type).json()).json())
                .isEqualTo(JsonSchema.of(type).json());
    }

    @Test
    void aRecordIsAnObjectOfItsComponentsInOrderAndOnlyOptionalOnesMayBeAbsent() {
        assertSchema(Weather.class, """
                {"type":"object","description":"A question about the weather","properties":{\
                "city":{"type":"string","description":"City, for example Oslo"},\
                "unit":{"type":"string","description":"Unit of temperature. CELSIUS: metric","enum":["CELSIUS","FAHRENHEIT"]},\
                "days":{"type":"integer"}},"required":["city"],"additionalProperties":false}""");
    }

    @Test
    void nestedRecordsListsAndMapsAreWrittenInPlace() {
        String address =
                "{\"type\":\"object\",\"properties\":{\"street\":{\"type\":\"string\"},\"zip\":{\"type\":\"string\"}},"
                        + "\"required\":[\"street\"],\"additionalProperties\":false}";
        assertSchema(
                Person.class,
                "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"home\":" + address
                        + ",\"others\":{\"type\":\"array\",\"items\":" + address
                        + "},\"named\":{\"type\":\"object\",\"additionalProperties\":" + address
                        + "}},\"required\":[\"name\",\"home\",\"others\",\"named\"],\"additionalProperties\":false}");
    }

    @Test
    void boundsFollowTheAnnotations() {
        JsonNode members = JsonSchema.of(Bounds.class).json().get("properties");

        assertThat(members.get("days")).hasToString("{\"type\":\"integer\",\"minimum\":1,\"maximum\":14}");
        assertThat(members.get("ratio")).hasToString("{\"type\":\"number\",\"minimum\":0.5}");
        assertThat(members.get("name")).hasToString("{\"type\":\"string\",\"minLength\":1,\"maxLength\":80}");
        assertThat(members.get("tags"))
                .hasToString("{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":5},\"maxItems\":3}");
        assertThat(members.get("counts"))
                .hasToString(
                        "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"},\"minProperties\":1}");
        assertThat(members.get("parts"))
                .hasToString("{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":9},\"maxItems\":2}");
        assertThat(members.get("slug")).hasToString("{\"type\":\"string\",\"pattern\":\"^[a-z]+$\"}");
        assertThat(members.get("mail")).hasToString("{\"type\":\"string\",\"format\":\"email\"}");
        assertThat(members.get("limit")).hasToString("{\"type\":\"integer\",\"default\":10}");
        assertThat(JsonSchema.of(Bounds.class).json().get("required").toString())
                .doesNotContain("limit", "slug", "mail");
    }

    @Test
    void scalarsHaveTheirTypesAndFormats() {
        JsonNode members = JsonSchema.of(Scalars.class).json().get("properties");

        assertThat(members).hasToString("""
                        {"b":{"type":"integer","minimum":-128,"maximum":127},"s":{"type":"integer","minimum":-32768,"maximum":32767},\
                        "i":{"type":"integer"},"l":{"type":"integer"},"big":{"type":"integer"},"f":{"type":"number"},\
                        "d":{"type":"number"},"exact":{"type":"number"},"flag":{"type":"boolean"},\
                        "c":{"type":"string","minLength":1,"maxLength":1},"text":{"type":"string"},\
                        "at":{"type":"string","format":"date-time"},"day":{"type":"string","format":"date"},\
                        "duration":{"type":"string","format":"duration"},"id":{"type":"string","format":"uuid"},\
                        "uri":{"type":"string","format":"uri-reference"},\
                        "set":{"type":"array","items":{"type":"string"},"uniqueItems":true},\
                        "ints":{"type":"array","items":{"type":"integer"}},\
                        "bytes":{"type":"string","contentEncoding":"base64"},"oi":{"type":"integer"},"od":{"type":"number"},\
                        "any":{},"object":{},"byUnit":{"type":"object","propertyNames":{"enum":["CELSIUS","FAHRENHEIT"]},\
                        "additionalProperties":{"type":"string"}},\
                        "gaps":{"type":"array","items":{"anyOf":[{"type":"string"},{"type":"null"}]}}}""");
    }

    @Test
    void aTypeThatContainsItselfIsDefinedOnceAndTheRootStaysAnObject() {
        String body =
                "\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"children\":{\"type\":\"array\","
                        + "\"items\":{\"$ref\":\"#/$defs/Node\"}}},\"required\":[\"name\",\"children\"],\"additionalProperties\":false";
        assertSchema(Node.class, "{" + body + ",\"$defs\":{\"Node\":{" + body + "}}}");
        assertSchema(
                Forest.class,
                "{\"type\":\"object\",\"properties\":{\"left\":{\"$ref\":\"#/$defs/Node\"},\"right\":{\"$ref\":\"#/$defs/Node\"}},"
                        + "\"required\":[\"left\",\"right\"],\"additionalProperties\":false,\"$defs\":{\"Node\":{"
                        + body + "}}}");
    }

    @Test
    void aSealedTypeIsOneOfItsRecordsToldApartByTheirType() {
        JsonNode schema = JsonSchema.of(Shape.class).json();

        assertThat(schema.get("type").stringValue()).isEqualTo("object");
        assertThat(schema.get("oneOf").get(0))
                .hasToString("{\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"string\",\"const\":\"circle\"},"
                        + "\"r\":{\"type\":\"number\"}},\"required\":[\"type\",\"r\"],\"additionalProperties\":false}");
        assertThat(schema.at("/oneOf/1/properties/inner")).hasToString("{\"$ref\":\"#/$defs/Shape\"}");
        assertThat(JsonSchema.of(Circle.class).json())
                .isEqualTo(schema.get("oneOf").get(0));
    }

    @Test
    void genericRecordsAreWrittenWithTheirArguments() {
        JsonNode members = JsonSchema.of(Pages.class).json().get("properties");

        assertThat(members.at("/words/properties/items/items")).hasToString("{\"type\":\"string\"}");
        assertThat(members.at("/addresses/properties/items/items/required")).hasToString("[\"street\"]");
    }

    @Test
    void anyTypeMayBeTheRoot() throws NoSuchMethodException {
        assertSchema(int.class, "{\"type\":\"integer\"}");
        assertSchema(String.class, "{\"type\":\"string\"}");
        assertSchema(
                SchemaOfTypesTest.class.getDeclaredMethod("words").getGenericReturnType(),
                "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}");
        assertSchema(Nothing.class, "{\"type\":\"object\",\"additionalProperties\":false}");
        assertThat(JsonSchema.empty()).hasToString(JsonSchema.of(Nothing.class).toString());
    }

    static List<String> words() {
        return List.of();
    }

    @Test
    void aGivenNameIsTheMembersName() {
        assertThat(JsonSchema.of(Renamed.class).json().get("required")).hasToString("[\"first_name\"]");
    }

    @Test
    void headersAreMarkedAndListedWithTheirPath() {
        JsonSchema schema = JsonSchema.of(Routed.class);

        assertThat(schema.json().at("/properties/region/x-mcp-header").stringValue())
                .isEqualTo("Region");
        assertThat(schema.headers())
                .containsExactly(
                        new HeaderMember("Region", List.of("region")),
                        new HeaderMember("Shard", List.of("inner", "shard")));
    }

    @Test
    void theSchemaCannotBeChangedFromOutside() {
        JsonSchema schema = JsonSchema.of(Weather.class);
        String before = schema.toString();

        schema.json().removeAll();

        assertThat(schema).hasToString(before);
        assertThat(new String(Json.bytes(schema), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo(before);
    }

    record Threads(Map<String, List<Thread>> byName) {}

    record IntKeys(Map<Integer, String> names) {}

    record Nested(List<Optional<String>> values) {}

    record BadRange(@Range(min = 1) String text) {}

    record BadLength(@Length(max = 1) List<String> words) {}

    record BadSize(@Size(max = 1) String text) {}

    record BadPattern(@Pattern("(?=a)") String text) {}

    record BadDefault(@Range(max = 5) @Default("7") int few) {}

    record NoJson(@Default("main") String branch) {}

    record BadHeader(@Header("Region") double region) {}

    record DeepHeader(List<Routed> routes) {}

    record TwoHeaders(
            @Header("Region") String a, @Header("REGION") String b) {}

    sealed interface Clash permits Typed {}

    record Typed(String type) implements Clash {}

    @Test
    void whatHasNoFormIsRefusedWithThePathToIt() {
        assertRefused(Threads.class, "Threads.byName{}[]: java.lang.Thread has no JSON form; use a record, an enum");
        assertRefused(IntKeys.class, "IntKeys.names: the keys of a map must be text or an enum, not java.lang.Integer");
        assertRefused(Nested.class, "Nested.values[]: java.util.Optional<java.lang.String> has no JSON form");
        assertRefused(void.class, "void: void has no JSON form");
        assertRefused(Page.class, "Page.items[]: the type variable T has no value here");
        assertRefused(Typed.class, "Typed.type: two members have this name");
    }

    @Test
    void annotationsThatCannotApplyAreRefusedWithThePath() {
        assertRefused(BadRange.class, "BadRange.text: @Range belongs on numbers");
        assertRefused(BadLength.class, "BadLength.words: @Length belongs on text");
        assertRefused(BadSize.class, "BadSize.text: @Size belongs on lists");
        assertRefused(BadPattern.class, "/properties/text/pattern has a pattern that cannot run in linear time");
        assertRefused(BadDefault.class, "BadDefault.few: its @Default does not fit: the value must be at most 5, is 7");
        assertRefused(NoJson.class, "NoJson.branch: its @Default is not JSON");
        assertRefused(BadHeader.class, "/properties/region/x-mcp-header is allowed only on members of type");
        assertRefused(DeepHeader.class, "x-mcp-header is allowed only on members that properties alone lead to");
        assertRefused(TwoHeaders.class, "repeats the header REGION");
    }

    private static void assertRefused(Class<?> type, String message) {
        assertThatThrownBy(() -> JsonSchema.of(type))
                .isInstanceOf(InvalidSchema.class)
                .hasMessageContaining(message);
    }
}
