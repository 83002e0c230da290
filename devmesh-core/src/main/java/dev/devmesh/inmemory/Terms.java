package dev.devmesh.inmemory;

import dev.devmesh.text.Words;
import java.util.Arrays;

/**
 * The words of a text, as {@link Words} finds them, and how often each occurs, without their spelling: a word is a
 * 64-bit hash.
 *
 * <p>Immutable.
 */
final class Terms {

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final long[] words;
    private final int[] counts;
    private final int length;

    private Terms(long[] words, int[] counts, int length) {
        this.words = words;
        this.counts = counts;
        this.length = length;
    }

    static Terms of(String text) {
        long[] all = hashes(text);
        int length = all.length;
        Arrays.sort(all);
        long[] words = new long[length];
        int[] counts = new int[length];
        int distinct = 0;
        for (long word : all) {
            if (distinct > 0 && words[distinct - 1] == word) {
                counts[distinct - 1]++;
            } else {
                words[distinct] = word;
                counts[distinct++] = 1;
            }
        }
        return new Terms(Arrays.copyOf(words, distinct), Arrays.copyOf(counts, distinct), length);
    }

    /** The different words of a text in the order in which they come first, at most {@code max}. */
    static long[] question(String text, int max) {
        return Arrays.stream(hashes(text)).distinct().limit(max).toArray();
    }

    /** How many words the text has. */
    int length() {
        return length;
    }

    /** How often this word occurs. */
    int count(long word) {
        int at = Arrays.binarySearch(words, word);
        return at < 0 ? 0 : counts[at];
    }

    private static long[] hashes(String text) {
        Hashes found = new Hashes();
        Words.visit(text, found);
        return Arrays.copyOf(found.hashes, found.count);
    }

    private static final class Hashes implements Words.Visitor {

        private long[] hashes = new long[16];
        private int count;

        @Override
        public void word(String folded, int from, int to) {
            long hash = FNV_OFFSET;
            for (int i = from; i < to; i++) {
                hash = (hash ^ folded.charAt(i)) * FNV_PRIME;
            }
            hashes = count == hashes.length ? Arrays.copyOf(hashes, count * 2) : hashes;
            hashes[count++] = hash;
        }
    }
}
