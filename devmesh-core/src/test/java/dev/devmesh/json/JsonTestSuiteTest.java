package dev.devmesh.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The reader against JSONTestSuite; its source and licence are named in the data. */
class JsonTestSuiteTest {

    /** Valid JSON that is refused on purpose: a member twice is two answers to one question. */
    private static final Set<String> REFUSED_ON_PURPOSE =
            Set.of("y_object_duplicated_key", "y_object_duplicated_key_and_value");

    private record Case(String name, byte[] json) {
        @Override
        public String toString() {
            return name;
        }
    }

    @ParameterizedTest
    @MethodSource("accepted")
    void validJsonIsAccepted(Case valid) {
        assertThatCode(() -> Json.parse(valid.json())).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @MethodSource("refused")
    void anythingElseIsRefused(Case invalid) {
        assertThatThrownBy(() -> Json.parse(invalid.json())).isInstanceOf(MalformedJson.class);
    }

    @ParameterizedTest
    @MethodSource("undecided")
    void whatJsonLeavesOpenIsReadOrRefusedAndNeverAFault(Case open) {
        try {
            byte[] written = Json.bytes(Json.parse(open.json()));
            assertThat(Json.parse(written)).isEqualTo(Json.parse(open.json()));
        } catch (MalformedJson refused) {
            assertThat(refused).hasNoCause();
        }
    }

    @Test
    void allOfTheSuiteIsHere() {
        assertThat(cases("y_")).hasSize(95);
        assertThat(cases("n_")).hasSize(188);
        assertThat(cases("i_")).hasSize(35);
    }

    static Stream<Case> accepted() {
        return cases("y_").stream().filter(one -> !REFUSED_ON_PURPOSE.contains(one.name()));
    }

    static Stream<Case> refused() {
        return Stream.concat(
                cases("n_").stream(), cases("y_").stream().filter(one -> REFUSED_ON_PURPOSE.contains(one.name())));
    }

    static Stream<Case> undecided() {
        return cases("i_").stream();
    }

    private static List<Case> cases(String kind) {
        try (InputStream in = JsonTestSuiteTest.class.getResourceAsStream("JSONTestSuite.txt")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> line.startsWith(kind))
                    .map(JsonTestSuiteTest::read)
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Case read(String line) {
        int space = line.indexOf(' ');
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String piece :
                space < 0 ? new String[0] : line.substring(space + 1).split(",")) {
            String[] parts = piece.split("\\*");
            byte[] once = Base64.getDecoder().decode(parts[0]);
            for (int n = parts.length > 1 ? Integer.parseInt(parts[1]) : 1; n > 0; n--) {
                bytes.writeBytes(once);
            }
        }
        return new Case(space < 0 ? line : line.substring(0, space), bytes.toByteArray());
    }
}
