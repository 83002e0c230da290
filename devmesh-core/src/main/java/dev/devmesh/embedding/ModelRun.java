package dev.devmesh.embedding;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a model made of some texts: a vector, a refusal, or nothing because it failed before. It is asked in portions that it can take; a portion
 * with a text that it refuses is halved until that text is alone. A refusal counts only from a model that takes something: one that
 * refuses every text is set up wrongly, and that is no fault of the texts.
 *
 * <p>Confined to its caller.
 */
final class ModelRun {

    /** So much text goes into one call of the model, unless it is one text. */
    private static final int MOST_CHARACTERS = 256 << 10;

    /** What every model takes. */
    private static final String HARMLESS = "hello";

    private final EmbeddingModel model;
    private final Map<String, float[]> vectors = new HashMap<>();
    private final Map<String, String> refused = new HashMap<>();
    private @Nullable RuntimeException failure;

    /**
     * Asks the model, and returns when it has answered or failed.
     *
     * @param together different texts, none of them blank
     * @param alone texts that go into a call of their own, after all others
     */
    ModelRun(EmbeddingModel model, Set<String> together, Set<String> alone) {
        this.model = model;
        try {
            for (List<String> portion : portions(together)) {
                ask(portion);
            }
            for (String text : alone) {
                ask(List.of(text));
            }
            if (!refused.isEmpty() && vectors.isEmpty()) {
                requireThatItTakesAnything();
            }
        } catch (RuntimeException failed) {
            failure = failed;
        }
        if (vectors.isEmpty() && failure != null) {
            refused.clear();
        }
    }

    /** The vectors, by text. */
    Map<String, float[]> vectors() {
        return vectors;
    }

    /** Why texts were refused, by text. */
    Map<String, String> refused() {
        return refused;
    }

    /** Why the model was not asked for the rest. */
    Optional<RuntimeException> failure() {
        return Optional.ofNullable(failure);
    }

    private List<List<String>> portions(Set<String> texts) {
        List<List<String>> portions = new ArrayList<>();
        List<String> portion = new ArrayList<>();
        int characters = 0;
        for (String text : texts) {
            boolean full = portion.size() >= model.maxBatch() || characters + text.length() > MOST_CHARACTERS;
            if (full && !portion.isEmpty()) {
                portions.add(portion);
                portion = new ArrayList<>();
                characters = 0;
            }
            portion.add(text);
            characters += text.length();
        }
        if (!portion.isEmpty()) {
            portions.add(portion);
        }
        return portions;
    }

    private void ask(List<String> texts) {
        try {
            List<float[]> answer = checked(model, texts);
            for (int i = 0; i < texts.size(); i++) {
                vectors.put(texts.get(i), answer.get(i));
            }
        } catch (TextRefusedException refusal) {
            if (texts.size() == 1) {
                refused.put(texts.get(0), String.valueOf(refusal.getMessage()));
            } else {
                ask(texts.subList(0, texts.size() / 2));
                ask(texts.subList(texts.size() / 2, texts.size()));
            }
        }
    }

    private void requireThatItTakesAnything() {
        try {
            checked(model, List.of(HARMLESS));
        } catch (TextRefusedException everything) {
            throw new EmbeddingUnavailableException(
                    "The embedding model refuses every text: " + everything.getMessage(),
                    "Check the name of the model and its dimensions.",
                    null,
                    everything);
        }
    }

    /**
     * The model's vectors of these texts.
     *
     * @throws EmbeddingUnavailableException if it did not give as many as it should, of as many numbers as it says
     */
    static List<float[]> checked(EmbeddingModel model, List<String> texts) {
        List<float[]> vectors = model.embed(List.copyOf(texts));
        if (vectors.size() != texts.size()) {
            throw unusable(model, vectors.size() + " vectors for " + texts.size() + " texts", "");
        }
        for (float[] vector : vectors) {
            if (vector.length != model.dimensions()) {
                throw unusable(
                        model,
                        "vectors of " + vector.length + " dimensions where " + model.dimensions() + " were expected",
                        "Set the dimensions to " + vector.length + ", or choose the model that was meant.");
            }
            if (!isDirection(vector)) {
                throw unusable(model, "a vector that points nowhere", "");
            }
        }
        return vectors;
    }

    private static boolean isDirection(float[] vector) {
        boolean zero = true;
        for (float value : vector) {
            if (!Float.isFinite(value)) {
                return false;
            }
            zero &= value == 0;
        }
        return !zero;
    }

    private static EmbeddingUnavailableException unusable(EmbeddingModel model, String what, String fix) {
        return new EmbeddingUnavailableException(
                "The embedding model '" + model.name() + "' gave " + what + ".", fix, null, null);
    }
}
