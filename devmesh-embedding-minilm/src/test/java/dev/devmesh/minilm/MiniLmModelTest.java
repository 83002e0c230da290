package dev.devmesh.minilm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.devmesh.context.SearchMode;
import dev.devmesh.contract.SearchQuality;
import dev.devmesh.inmemory.InMemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MiniLmModelTest {

    @Test
    void itKnowsWhatTextsMean() {
        try (MiniLmModel model = new MiniLmModel()) {
            List<float[]> vectors = model.embed(
                    List.of("The shop could not be reached.", "Our store was offline.", "Cats sleep a lot."));

            assertThat(vectors).allSatisfy(vector -> {
                assertThat(vector).hasSize(model.dimensions());
                assertThat(cosine(vector, vector)).isCloseTo(1, within(1e-4));
            });
            assertThat(cosine(vectors.get(0), vectors.get(1))).isGreaterThan(0.4);
            assertThat(cosine(vectors.get(0), vectors.get(2))).isLessThan(model.leastSimilarity());
        }
    }

    @Test
    void aLongTextIsEmbeddedByItsBeginning() {
        try (MiniLmModel model = new MiniLmModel()) {
            String beginning =
                    "red build ".repeat(MiniLmModel.CHARACTERS / 10 + 1).substring(0, MiniLmModel.CHARACTERS);

            List<float[]> vectors = model.embed(List.of(beginning, beginning + " and what follows"));

            assertThat(vectors.get(0)).isEqualTo(vectors.get(1));
        }
    }

    @Test
    void aClosedModelEndsItsThreadsAndFails() {
        MiniLmModel model = new MiniLmModel();
        model.close();
        model.close();

        assertThatThrownBy(() -> model.embed(List.of("one", "two"))).isInstanceOf(RuntimeException.class);
    }

    @Test
    void hybridIsAtMostOneQuestionBehindTheBestSingleOnTheHeldBackHalf() {
        try (MiniLmModel model = new MiniLmModel();
                InMemoryStore store = InMemoryStore.create()) {
            SearchQuality quality = new SearchQuality(store, model);
            String table = quality.table();
            System.out.println(table);

            int words = quality.hits(SearchMode.WORDS, true);
            int meaning = quality.hits(SearchMode.MEANING, true);
            int hybrid = quality.hits(SearchMode.HYBRID, true);

            assertThat(hybrid).as(table).isGreaterThanOrEqualTo(Math.max(words, meaning) - 1);
            assertThat(meaning).as(table).isGreaterThan(words);
        }
    }

    private static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
