package dev.devmesh.text;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a word is, for everything here that searches. A word is a run of letters, digits and marks; each Chinese or Japanese character
 * is a word of its own, since nothing marks where words end. Case, accents and width do not matter: {@code Café} and {@code CAFE} are
 * one word.
 *
 * <p>Stateless; safe for use by many threads.
 */
public final class Words {

    private Words() {}

    /** The text with what does not matter folded away: of words that are the same, {@link #sameCase} leaves nothing that differs. */
    public static String folded(String text) {
        if (isAscii(text)) {
            return text.toLowerCase(Locale.ROOT);
        }
        String bare = withoutAccents(Normalizer.normalize(text, Normalizer.Form.NFKD));
        // Upper case first: it is what makes one of "ß" and "ss", and of the two small sigmas.
        return Normalizer.normalize(bare, Normalizer.Form.NFC).toUpperCase(Locale.ROOT);
    }

    /** A character of a folded text, in the one case that words are compared in. */
    public static int sameCase(int codePoint) {
        return Character.toLowerCase(codePoint);
    }

    /** Whether words consist of such characters. */
    public static boolean isPartOfWord(int codePoint) {
        if (codePoint < 0x80) {
            return codePoint >= 'a' && codePoint <= 'z'
                    || codePoint >= '0' && codePoint <= '9'
                    || codePoint >= 'A' && codePoint <= 'Z';
        }
        return switch (Character.getType(codePoint)) {
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK -> true;
            default -> Character.isLetterOrDigit(codePoint);
        };
    }

    /** Whether such a character is a word by itself, whatever is beside it. */
    public static boolean isWordAlone(int codePoint) {
        if (codePoint < 0x3040) {
            return false;
        }
        return Character.isIdeographic(codePoint)
                || switch (Character.UnicodeScript.of(codePoint)) {
                    case HIRAGANA, KATAKANA -> true;
                    default -> false;
                };
    }

    /** The words of a text in their order, folded, at most {@code max}. */
    public static List<String> in(String text, int max) {
        String folded = folded(text);
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < folded.length() && words.size() < max; ) {
            int c = folded.codePointAt(i);
            i += Character.charCount(c);
            boolean alone = isWordAlone(c);
            if (!word.isEmpty() && (alone || !isPartOfWord(c))) {
                words.add(word.toString());
                word.setLength(0);
            }
            if (alone) {
                words.add(Character.toString(c));
            } else if (isPartOfWord(c)) {
                word.appendCodePoint(sameCase(c));
            }
        }
        if (!word.isEmpty()) {
            words.add(word.toString());
        }
        return words.size() > max ? words.subList(0, max) : words;
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
}
