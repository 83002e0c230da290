package dev.devmesh.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TermsTest {

    @ParameterizedTest
    @CsvSource({
        "Café, CAFE",
        "naïve, NAIVE",
        "Straße, STRASSE",
        "ΟΔΟΣ, οδός",
        "İstanbul, istanbul",
        "Ёлка, елка",
        "ｆｕｌｌ, full",
        "ﬁle, file",
        "한국어, 한국어"
    })
    void caseAccentsAndWidthMakeNoDifference(String one, String other) {
        assertThat(Terms.question(one, 9)).hasSize(1).isEqualTo(Terms.question(other, 9));
    }

    @ParameterizedTest
    @CsvSource({"resume, resumes", "か, が", "नि, नी", "a1, a2", "東, 京"})
    void otherWordsAreOtherWords(String one, String other) {
        assertThat(Terms.question(one, 9)).isNotEqualTo(Terms.question(other, 9));
    }

    @ParameterizedTest
    @CsvSource({
        "'', 0",
        "'?! -- …', 0",
        "one, 1",
        "'one, two;three', 3",
        "don't, 2",
        "東京 tower, 3",
        "x東y, 3",
        "2026-11-22, 3"
    })
    void wordsAreRunsOfLettersAndDigits(String text, int words) {
        assertThat(Terms.of(text).length()).isEqualTo(words);
    }

    @Test
    void repetitionsAreCounted() {
        Terms terms = Terms.of("To be or not to be");

        assertThat(terms.count(Terms.question("TO", 1)[0])).isEqualTo(2);
        assertThat(terms.count(Terms.question("or", 1)[0])).isEqualTo(1);
        assertThat(terms.count(Terms.question("question", 1)[0])).isZero();
        assertThat(terms.length()).isEqualTo(6);
    }

    @Test
    void aQuestionHasEachWordOnceUpToTheBound() {
        assertThat(Terms.question("a b a c a d", 3)).hasSize(3).isEqualTo(Terms.question("a b c", 3));
    }

    @Property(tries = 1_000)
    void anyTextFindsItself(@ForAll String text) {
        Terms terms = Terms.of(text);

        assertThat(Arrays.stream(Terms.question(text, Integer.MAX_VALUE))).allMatch(word -> terms.count(word) > 0);
    }
}
