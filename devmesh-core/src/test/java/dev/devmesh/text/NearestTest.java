package dev.devmesh.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class NearestTest {

    private static final List<String> TOOLS =
            List.of("github_list_issues", "github_create_issue", "context_get", "context_append", "echo", "add");

    @Test
    void aMissingLetterASwapAndAnotherCaseAreNear() {
        assertThat(Nearest.nearest("github_list_isues", TOOLS)).contains("github_list_issues");
        assertThat(Nearest.nearest("ehco", TOOLS)).contains("echo");
        assertThat(Nearest.nearest("ADD", TOOLS)).contains("add");
        assertThat(Nearest.nearest("context-get", TOOLS)).contains("context_get");
    }

    @Test
    void whatHasNothingInCommonIsNotNear() {
        assertThat(Nearest.nearest("deploy", TOOLS)).isEmpty();
        assertThat(Nearest.nearest("a", List.of("b"))).isEmpty();
        assertThat(Nearest.nearest("", TOOLS)).isEmpty();
    }

    @Test
    void theNearestComesFirstAndTiesAreInOrder() {
        assertThat(Nearest.nearest("abcd", List.of("abce", "abcd", "abcc", "xyz"), 2))
                .containsExactly("abcd", "abcc");
        assertThatThrownBy(() -> Nearest.nearest("a", TOOLS, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void longNamesAndCrowdsCostLittle() {
        List<String> crowd = Collections.nCopies(1_000_000, "b".repeat(120));

        assertThat(Duration.ofNanos(nanos(() -> Nearest.nearest("a".repeat(120), crowd, 3))))
                .isLessThan(Duration.ofSeconds(1));
        assertThat(Nearest.nearest("a".repeat(100_000), List.of("a".repeat(100_000))))
                .isEmpty();
    }

    private static long nanos(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return System.nanoTime() - start;
    }

    @Property(tries = 300)
    void oneEditIsAlwaysNearForNamesOfThreeLettersAndMore(
            @ForAll @AlphaChars @StringLength(min = 3, max = 30) String name,
            @ForAll @Size(max = 20) List<String> others) {
        String shorter = name.substring(1);
        others.removeIf(other -> Math.abs(other.length() - shorter.length()) <= shorter.length());
        others.add(name);

        assertThat(Nearest.nearest(shorter, others)).contains(name);
    }
}
