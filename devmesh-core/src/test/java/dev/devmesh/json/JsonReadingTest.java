package dev.devmesh.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class JsonReadingTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"b\":1,\"a\":[true,false,null]}",
                "12345678901234567890123456789012345678901234567890",
                "1.50",
                "0.1000000000000000055511151231257827",
                "1E+9999",
                "\"\u00e4\ud83d\ude00\""
            })
    void whatIsReadIsWrittenAsItWas(String json) {
        assertThat(new String(Json.bytes(Json.parse(json)), UTF_8)).isEqualTo(json);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\":1,\"a\":2}                | 1 | 8  | an object has the same member twice",
                "[1,2] 3                        | 1 | 7  | there is more after the end of the value",
                "{                              | 1 | 2  | the text ends within a value",
                "[1,]                           | 1 | 4  | this is not JSON",
                "// comment                     | 1 | 1  | this is not JSON",
                "NaN                            | 1 | 4  | this is not JSON",
                "01                             | 1 | 2  | this is not JSON",
                "{'a':1}                        | 1 | 2  | this is not JSON",
                "1e10000                        | 1 | 1  | a number has an exponent above 9999",
                "2E566666666666666666666666666  | 1 | 1  | a number has an exponent above 9999",
                "1E-99999999999                 | 1 | 1  | a number has an exponent above 9999",
                "0e2147483648                   | 1 | 1  | a number has an exponent above 9999",
                "0.5e-2147483648                | 1 | 1  | a number has an exponent above 9999",
                "\"\\ud800\"                     | 1 | 2  | an escape stands for half a character",
                "\"\\udc00\\ud800\"              | 1 | 2  | an escape stands for half a character"
            })
    void textThatIsNotOneStrictValueIsRefusedWithItsPlace(String json, int line, int column, String reason) {
        assertThatThrownBy(() -> Json.parse(json))
                .isInstanceOfSatisfying(MalformedJson.class, e -> {
                    assertThat(e.line()).isEqualTo(line);
                    assertThat(e.column()).isBetween(column, column + 8);
                })
                .hasMessageEndingWith(": " + reason + ".");
    }

    @Test
    void thePlaceCountsLines() {
        assertThatThrownBy(() -> Json.parse("{\n  \"a\": x\n}")).hasMessageContaining("line 2, column 8");
        assertThatThrownBy(() -> Json.parse("[\n\"\\ud800\"]")).hasMessageContaining("line 2, column 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n"})
    void nothingIsNotAValue(String json) {
        assertThatThrownBy(() -> Json.parse(json))
                .isInstanceOf(MalformedJson.class)
                .hasMessageContaining("no value");
    }

    @Test
    void onlyUtf8IsRead() {
        byte[][] faults = {
            {'"', (byte) 0xC0, (byte) 0x80, '"'},
            {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'},
            {'"', (byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80, '"'},
            {'"', (byte) 0xE2, (byte) 0x82, '"'},
            {'"', (byte) 0x80, '"'},
            {'"', (byte) 0xF0, (byte) 0x9F},
            "\"12345678\u00e4\"".getBytes(ISO_8859_1),
            "1".getBytes(UTF_16LE),
            "\uFEFF1".getBytes(UTF_8),
        };
        for (byte[] fault : faults) {
            assertThatThrownBy(() -> Json.parse(fault)).isInstanceOf(MalformedJson.class);
        }
    }

    @Test
    void aPartOfAnArrayIsRead() {
        assertThat(Json.parse("xx[1]xx".getBytes(UTF_8), 2, 3)).isEqualTo(Json.parse("[1]"));
    }

    @Test
    void escapedBackslashesBeforeUAreNoSurrogates() {
        assertThat(Json.parse("\"\\\\ud800\"").stringValue()).isEqualTo("\\ud800");
    }

    @Test
    void limitsAreKeptOnBothSides() {
        assertThat(Json.parse("[".repeat(100) + "]".repeat(100)).isArray()).isTrue();
        assertThatThrownBy(() -> Json.parse("[".repeat(101) + "]".repeat(101))).hasMessageContaining("100 deep");
        assertThat(Json.parse("9".repeat(100)).bigIntegerValue().bitLength()).isEqualTo(333);
        assertThatThrownBy(() -> Json.parse("9".repeat(101))).hasMessageContaining("more than 100 characters");
        assertThat(Json.parse('"' + "a".repeat(Json.MAX_STRING_LENGTH) + '"').isString())
                .isTrue();
        assertThatThrownBy(() -> Json.parse('"' + "a".repeat(Json.MAX_STRING_LENGTH + 1) + '"'))
                .isInstanceOf(MalformedJson.class)
                .hasMessageContaining("a string has more than 5242880 characters");
        assertThatThrownBy(() -> Json.parse("{\"" + "a".repeat(Json.MAX_NAME_LENGTH + 1) + "\":1}"))
                .hasMessageContaining("a member name has more than 50000 characters");
    }

    /** What is passed on in another message, sealed or stored, must be readable there: it may take more characters then. */
    @Test
    void aNumberThatIsReadCanBeWrittenAndReadAgain() {
        for (String end : new String[] {"", "e9", "E+99", "e-999", "e9999", ".5", ".5e9", ".5e-12"}) {
            for (int digits = 80; digits + end.length() <= 100; digits++) {
                String number = "7".repeat(digits) + end;
                JsonNode value;
                try {
                    value = Json.parse(number);
                } catch (MalformedJson refused) {
                    assertThat(digits).isGreaterThan(90);
                    assertThat(refused).hasMessageContaining("more than 100 characters when it is written");
                    continue;
                }
                assertThat(Json.parse(Json.bytes(value)).decimalValue()).isEqualByComparingTo(value.decimalValue());
            }
        }
        assertThatThrownBy(() -> Json.parse("7".repeat(98) + "e9")).isInstanceOf(MalformedJson.class);
    }

    @Test
    void theMessageNeitherRepeatsTheInputNorNamesALibrary() {
        for (String json :
                new String[] {"{\"secret\":hunter2}", "[hunter2]", "{\"hunter2\":1,\"hunter2\":2}", "hunter2"}) {
            assertThatThrownBy(() -> Json.parse(json))
                    .isInstanceOf(MalformedJson.class)
                    .hasNoCause()
                    .message()
                    .doesNotContain("hunter2", "jackson", "Parser", "Exception");
        }
    }

    @Test
    void aValueThatWritesItselfMayStandWithinOthers() {
        JsonWritable pair =
                out -> out.writeStartArray().writeNumber(1).writeNumber(2).writeEndArray();

        assertThat(Json.tree(Map.of("pair", pair))).isEqualTo(Json.parse("{\"pair\":[1,2]}"));
        assertThat(Json.tree(pair)).isEqualTo(Json.parse("[1,2]"));
    }

    @Test
    void aRangeOutsideOfTheArrayIsTheCallersMistake() {
        assertThatThrownBy(() -> Json.parse(new byte[4], 2, 3)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void writingNeitherFlushesNorClosesTheStream() {
        AtomicInteger touched = new AtomicInteger();
        ByteArrayOutputStream out = new ByteArrayOutputStream() {
            @Override
            public void flush() {
                touched.incrementAndGet();
            }

            @Override
            public void close() {
                touched.incrementAndGet();
            }
        };

        Json.write(Json.object().put("a", 1), out);
        Json.write((JsonWritable) generator -> generator.writeString("direct"), out);

        assertThat(out.toString(UTF_8)).isEqualTo("{\"a\":1}\"direct\"");
        assertThat(touched).hasValue(0);
    }
}
