package dev.devmesh.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class Utf8Test {

    @Property(tries = 1_000)
    void theLengthIsThatOfTheEncodedText(@ForAll String text) {
        if (Utf8.isStorable(text)) {
            assertThat(Utf8.length(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
        }
    }

    @Test
    void eachWidthIsCounted() {
        assertThat(Utf8.length("")).isZero();
        assertThat(Utf8.length("a\u00e9\u6771\ud83d\ude00")).isEqualTo(1 + 2 + 3 + 4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\0", "a\0b", "\ud83d", "\ude00", "\ude00\ud83d", "\ud83d\ud83d\ude00", "x\ud83dx"})
    void whatCannotBeEncodedOrKeptIsNotStorable(String text) {
        assertThat(Utf8.isStorable(text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "\ud83d\ude00", "tab\tand\u007f", "\ufffe"})
    void everythingElseIs(String text) {
        assertThat(Utf8.isStorable(text)).isTrue();
    }
}
