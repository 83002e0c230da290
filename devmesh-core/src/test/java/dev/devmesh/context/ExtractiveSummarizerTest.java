package dev.devmesh.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.json.Json;
import dev.devmesh.text.Utf8;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ExtractiveSummarizerTest {

    private static final TokenCounter COUNTER = TokenCounter.approximate();

    private final Summarizer summarizer = Summarizer.extractive(COUNTER);

    @Test
    void theFirstLineSaysWhatItIsAndWhatIsLeftOut() {
        String summary = summarizer.summarize(items("One thing happened here."), 100);

        assertThat(summary.lines())
                .containsExactly(
                        "[Extracted from 1 item of 6 tokens, without a model: 1 sentence, all else is left out]",
                        "user: One thing happened here.");
    }

    @Test
    void whatTheItemsAreAboutIsTakenAndInItsOrder() {
        List<String> texts = new ArrayList<>();
        IntStream.range(0, 20).forEach(i -> texts.add("Ok, number " + i + " is noted and then some."));
        texts.add(3, "The login tests fail since the certificate expired.");
        texts.add(9, "The certificate of the login server expired on Monday.");
        texts.add(15, "Renewing the certificate repaired the login tests.");

        List<String> lines = summarizer
                .summarize(items(texts.toArray(String[]::new)), 75)
                .lines()
                .toList();

        assertThat(lines.subList(1, lines.size()))
                .containsExactly(
                        "user: The login tests fail since the certificate expired.",
                        "user: The certificate of the login server expired on Monday.",
                        "user: Renewing the certificate repaired the login tests.");
    }

    @Test
    void theSameIsNotSaidTwice() {
        String summary = summarizer.summarize(items("The build is red.", "The build is red!", "the build is RED"), 500);

        assertThat(summary.lines()).hasSize(2);
    }

    @Test
    void itIsAsLongAsAllowedAndNoLonger() {
        List<ContextItem> items = items(IntStream.range(0, 200)
                .mapToObj(i -> "The a" + i + " met the b" + i + " and the c" + i + " at the d" + i + ".")
                .toArray(String[]::new));

        for (int budget : List.of(60, 100, 250, 1_000)) {
            int count = COUNTER.count(summarizer.summarize(items, budget));
            assertThat(count).isBetween(budget / 2, budget);
        }
    }

    @Test
    void anEarlierSummaryIsTakenUpWithoutItsFirstLine() {
        String earlier = summarizer.summarize(items("The login tests fail since Monday."), 100);
        List<ContextItem> items = new ArrayList<>();
        items.add(new ContextItem(
                "item_1",
                "ctx_1",
                1,
                Role.ASSISTANT,
                earlier,
                20,
                Json.object().set(ContextItem.COMPACTED, Json.object()),
                false,
                EmbeddingState.PENDING,
                Instant.EPOCH));
        items.addAll(items("Somebody went to have lunch."));

        assertThat(summarizer.summarize(items, 200).lines())
                .containsExactly(
                        "[Extracted from 2 items of 27 tokens, without a model: 2 sentences, all else is left out]",
                        "user: The login tests fail since Monday.",
                        "user: Somebody went to have lunch.");
    }

    @Test
    void longLinesAreCutAndNoCharacterIsHalved() {
        String summary = summarizer.summarize(items("x" + "\ud83d\ude00".repeat(5_000), "word ".repeat(50_000)), 500);

        assertThat(Utf8.isStorable(summary)).isTrue();
        assertThat(summary.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(320));
    }

    @Test
    void scriptsWithoutSpacesAreUnderstood() {
        List<String> lines = summarizer
                .summarize(items("今日は晴れです。", "証明書の期限が切れました。", "証明書を更新しました。"), 500)
                .lines()
                .toList();

        assertThat(lines).contains("user: 証明書の期限が切れました。");
    }

    @Test
    void itemsWithoutWordsLeaveOnlyTheFirstLine() {
        assertThat(summarizer.summarize(items("---", "!!", " "), 100).lines()).hasSize(1);
    }

    @Test
    void tenThousandItemsTakeLittleTime() {
        List<ContextItem> items = items(IntStream.range(0, 10_000)
                .mapToObj(i -> "Sentence " + i + " is short. Another one of item " + i + " follows it. ".repeat(10))
                .toArray(String[]::new));

        long began = System.nanoTime();
        String summary = summarizer.summarize(items, 1_000);

        assertThat(COUNTER.count(summary)).isLessThanOrEqualTo(1_000);
        assertThat(System.nanoTime() - began).isLessThan(20_000_000_000L);
    }

    private static List<ContextItem> items(String... texts) {
        List<ContextItem> items = new ArrayList<>();
        for (String text : texts) {
            items.add(new ContextItem(
                    "item_" + items.size(),
                    "ctx_1",
                    items.size() + 2,
                    Role.USER,
                    text,
                    COUNTER.count(text),
                    Json.object(),
                    false,
                    EmbeddingState.PENDING,
                    Instant.EPOCH));
        }
        return items;
    }
}
