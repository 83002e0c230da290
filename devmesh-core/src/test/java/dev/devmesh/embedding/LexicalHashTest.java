package dev.devmesh.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

final class LexicalHashTest {

    private static final float[] KNOWN = {
        -0.17642236f,
        -0.2626067f,
        -0.28062025f,
        0.2626067f,
        -0.5292671f,
        -0.39877802f,
        -0.01395987f,
        -0.086184345f,
        -0.10419789f,
        0.09023802f,
        0.09023802f,
        0.29863378f,
        0.37085828f,
        0.20839578f,
        0.09023802f,
        0.0f
    };

    private final EmbeddingModel model = EmbeddingModel.lexicalHash(384);

    @Test
    void vectorsAreOfLengthOneWhateverTheText() {
        for (String text : List.of("main is red", "a", "?!", "日本語のテキスト", "x".repeat(1 << 20), "e\u0301", "🙂")) {
            float[] vector = vector(text);
            assertThat(vector).hasSize(384);
            assertThat(cosine(vector, vector)).as(text.substring(0, 1)).isCloseTo(1, within(1e-5));
        }
    }

    @Test
    void aVectorIsTheSameOnEveryMachine() {
        // Written down once: if this fails, stored embeddings no longer fit, and the model needs another name.
        float[] vector = EmbeddingModel.lexicalHash(16)
                .embed(List.of("Café crème, café noir"))
                .get(0);

        assertThat(model.name()).isEqualTo("lexical-hash-1-384");
        assertThat(vector).containsExactly(KNOWN);
    }

    @Test
    void caseAccentsAndWidthDoNotMatter() {
        assertThat(vector("CAFÉ")).isEqualTo(vector("cafe")).isEqualTo(vector("ｃａｆｅ"));
    }

    @Test
    void aMisspeltWordIsNearerThanAnotherWord() {
        float[] right = vector("kubernetes cluster");

        double misspelt = cosine(right, vector("kuberentes clusters"));
        double other = cosine(right, vector("postgres database"));

        assertThat(misspelt).isGreaterThan(other + 0.2);
    }

    @Test
    void wordsThatShareNothingAreAboutAtRightAngles() {
        assertThat(cosine(vector("zebra crossing"), vector("fully molten iron")))
                .isCloseTo(0, within(0.2));
    }

    @Test
    void dimensionsOutOfRangeAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> EmbeddingModel.lexicalHash(15));
        assertThatIllegalArgumentException().isThrownBy(() -> EmbeddingModel.lexicalHash(16_001));
    }

    private float[] vector(String text) {
        return model.embed(List.of(text)).get(0);
    }

    private static double cosine(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
