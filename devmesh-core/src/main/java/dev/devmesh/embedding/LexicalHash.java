package dev.devmesh.embedding;

import dev.devmesh.text.Words;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The hashing trick over words and their parts. Each word, and each run of three to five characters of a word with a mark at either
 * end, adds its weight to one place of the vector or takes it away, as its hash says; so what collides cancels out in the mean.
 * A part weighs less the longer its word, so that a word counts about the same whatever its length, and what is repeated counts with
 * the logarithm of its number.
 *
 * <p>Only operations are used whose result Java prescribes to the last bit, in a fixed order: the vectors are the same on every
 * machine.
 */
final class LexicalHash implements EmbeddingModel {

    private static final int SHORTEST_PART = 3;
    private static final int LONGEST_PART = 5;
    private static final int LONGEST_WORD = 64;
    /** Beyond so many words a text is a document, of which the beginning has to stand for all. */
    private static final int MAX_WORDS = 20_000;

    private final int dimensions;

    LexicalHash(int dimensions) {
        if (dimensions < 16 || dimensions > 16_000) {
            throw new IllegalArgumentException(
                    "a lexical-hash model has 16 to 16,000 dimensions, not " + dimensions + "; 384 is a good number");
        }
        this.dimensions = dimensions;
    }

    @Override
    public String name() {
        return "lexical-hash-1-" + dimensions;
    }

    @Override
    public int dimensions() {
        return dimensions;
    }

    /** Three times as much as texts without anything in common come to by chance. */
    @Override
    public double leastSimilarity() {
        return Math.min(0.5, 3 / Math.sqrt(dimensions));
    }

    @Override
    public boolean blocking() {
        return false;
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        return texts.stream().map(this::vector).toList();
    }

    private float[] vector(String text) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        List<String> words = Words.in(text, MAX_WORDS);
        for (String word : words) {
            counts.merge(shortened(word), 1, Integer::sum);
        }
        double[] sum = new double[dimensions];
        counts.forEach((word, count) -> add(sum, word, 1 + StrictMath.log(count)));
        if (isZero(sum)) {
            // Nothing but signs: they stand for themselves.
            add(sum, shortened(text.strip()), 1);
        }
        return unit(sum);
    }

    private void add(double[] sum, String word, double weight) {
        put(sum, word, weight);
        int[] marked = ("^" + word + "$").codePoints().toArray();
        int parts = 0;
        for (int length = SHORTEST_PART; length <= LONGEST_PART; length++) {
            parts += Math.max(0, marked.length - length + 1);
        }
        if (parts > 0) {
            double partWeight = weight / Math.sqrt(parts);
            for (int length = SHORTEST_PART; length <= LONGEST_PART; length++) {
                for (int from = 0; from + length <= marked.length; from++) {
                    put(sum, "#" + new String(marked, from, length), partWeight);
                }
            }
        }
    }

    private void put(double[] sum, String feature, double weight) {
        long hash = hash(feature);
        int place = (int) Long.remainderUnsigned(hash >>> 1, dimensions);
        sum[place] += (hash & 1) == 0 ? weight : -weight;
    }

    /** FNV-1a over the characters, then the finish of MurmurHash3, without which the low bits of short texts are alike. */
    private static long hash(String feature) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < feature.length(); i++) {
            hash = (hash ^ feature.charAt(i)) * 0x100000001b3L;
        }
        hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return hash ^ (hash >>> 33);
    }

    private static String shortened(String word) {
        return word.length() <= LONGEST_WORD ? word : word.substring(0, LONGEST_WORD);
    }

    private static boolean isZero(double[] sum) {
        for (double value : sum) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    private static float[] unit(double[] sum) {
        double squares = 0;
        for (double value : sum) {
            squares += value * value;
        }
        float[] vector = new float[sum.length];
        if (squares == 0) {
            // Everything cancelled out, or the text was blank: one direction as good as any.
            vector[0] = 1;
            return vector;
        }
        double length = Math.sqrt(squares);
        for (int i = 0; i < sum.length; i++) {
            vector[i] = (float) (sum[i] / length);
        }
        return vector;
    }
}
