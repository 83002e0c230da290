package dev.devmesh.inmemory;

import dev.devmesh.text.Words;
import java.util.Arrays;

/**
 * The {@link Words} of a text and how often each occurs, without their spelling: a word is a 64-bit hash of its letters.
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
        long[] all = hashes(Words.folded(text));
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
        return Arrays.stream(hashes(Words.folded(text))).distinct().limit(max).toArray();
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

    private static long[] hashes(String folded) {
        long[] found = new long[16];
        int count = 0;
        long hash = FNV_OFFSET;
        boolean inWord = false;
        for (int i = 0; i < folded.length(); ) {
            int c = folded.codePointAt(i);
            i += Character.charCount(c);
            boolean alone = Words.isWordAlone(c);
            if (inWord && (alone || !Words.isPartOfWord(c))) {
                found = count == found.length ? Arrays.copyOf(found, count * 2) : found;
                found[count++] = hash;
                hash = FNV_OFFSET;
                inWord = false;
            }
            if (alone) {
                found = count == found.length ? Arrays.copyOf(found, count * 2) : found;
                found[count++] = (FNV_OFFSET ^ c) * FNV_PRIME;
            } else if (Words.isPartOfWord(c)) {
                hash = (hash ^ Words.sameCase(c)) * FNV_PRIME;
                inWord = true;
            }
        }
        if (inWord) {
            found = count == found.length ? Arrays.copyOf(found, count * 2) : found;
            found[count++] = hash;
        }
        return Arrays.copyOf(found, count);
    }
}
