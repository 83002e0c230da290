package dev.devmesh.inmemory;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.Locale;

/**
 * The words of a text and how often each occurs, without their spelling: a word is a 64-bit hash of its letters with
 * case, accents and width folded away, so {@code Café} and {@code CAFE} are one word. A word is a run of letters,
 * digits and marks; each Chinese or Japanese character is a word of its own, since nothing marks where words end.
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
        long[] all = hashes(folded(text));
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
        return Arrays.stream(hashes(folded(text))).distinct().limit(max).toArray();
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

    private static String folded(String text) {
        if (isAscii(text)) {
            return text.toLowerCase(Locale.ROOT);
        }
        String bare = withoutAccents(Normalizer.normalize(text, Normalizer.Form.NFKD));
        // Upper case first: it is what makes one of "ß" and "ss", and of the two small sigmas.
        return Normalizer.normalize(bare, Normalizer.Form.NFC).toUpperCase(Locale.ROOT);
    }

    private static String withoutAccents(String decomposed) {
        StringBuilder bare = new StringBuilder(decomposed.length());
        for (int i = 0; i < decomposed.length(); i++) {
            char c = decomposed.charAt(i);
            // The accents of Latin, Greek and Cyrillic. The marks of other scripts make different words.
            if (c < 0x300 || c > 0x36f) {
                bare.append(c);
            }
        }
        return bare.toString();
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static long[] hashes(String folded) {
        long[] found = new long[16];
        int count = 0;
        long hash = FNV_OFFSET;
        boolean inWord = false;
        for (int i = 0; i < folded.length(); ) {
            int c = folded.codePointAt(i);
            i += Character.charCount(c);
            boolean alone = isWordAlone(c);
            if (inWord && (alone || !isPartOfWord(c))) {
                found = count == found.length ? Arrays.copyOf(found, count * 2) : found;
                found[count++] = hash;
                hash = FNV_OFFSET;
                inWord = false;
            }
            if (alone) {
                found = count == found.length ? Arrays.copyOf(found, count * 2) : found;
                found[count++] = (FNV_OFFSET ^ c) * FNV_PRIME;
            } else if (isPartOfWord(c)) {
                hash = (hash ^ Character.toLowerCase(c)) * FNV_PRIME;
                inWord = true;
            }
        }
        if (inWord) {
            found = count == found.length ? Arrays.copyOf(found, count * 2) : found;
            found[count++] = hash;
        }
        return Arrays.copyOf(found, count);
    }

    private static boolean isPartOfWord(int c) {
        if (c < 0x80) {
            return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z';
        }
        return switch (Character.getType(c)) {
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK -> true;
            default -> Character.isLetterOrDigit(c);
        };
    }

    private static boolean isWordAlone(int c) {
        if (c < 0x3040) {
            return false;
        }
        return Character.isIdeographic(c)
                || switch (Character.UnicodeScript.of(c)) {
                    case HIRAGANA, KATAKANA -> true;
                    default -> false;
                };
    }
}
