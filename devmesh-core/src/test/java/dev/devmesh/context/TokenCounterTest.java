package dev.devmesh.context;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TokenCounterTest {

    @ParameterizedTest
    @CsvSource({"'', 0", "a, 1", "abcd, 1", "abcde, 2", "привет, 3", "東京タワー, 4"})
    void fourBytesOfUtf8AreAToken(String text, int tokens) {
        assertThat(TokenCounter.approximate().count(text)).isEqualTo(tokens);
    }
}
