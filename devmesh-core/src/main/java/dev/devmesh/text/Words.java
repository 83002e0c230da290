package dev.devmesh.text;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The words of a text, with case, accents and width folded away, so that {@code Café} and {@code CAFE} are one word. A
 * word is a run of letters, digits and marks; each Chinese or Japanese character is a word of its own, since nothing
 * marks where words end.
 *
 * <p>Every search by words, in memory or in a database, uses these, so that all find the same.
 *
 * <p>Stateless; safe for use by many threads.
 */
public final class Words {

    /** Is shown one word after the other. */
    @FunctionalInterface
    public interface Visitor {

        /** The next word: the characters of {@code folded} from {@code from} on, before {@code to}. */
        void word(String folded, int from, int to);
    }

    private Words() {}

    /** Shows the visitor the words of a text in their order. */
    public static void visit(String text, Visitor visitor) {
        String folded = folded(text);
        int begin = -1;
        for (int i = 0; i < folded.length(); ) {
            int c = folded.codePointAt(i);
            int next = i + Character.charCount(c);
            boolean alone = isWordAlone(c);
            boolean part = !alone && isPartOfWord(c);
            if (begin >= 0 && !part) {
                visitor.word(folded, begin, i);
                begin = -1;
            }
            if (alone) {
                visitor.word(folded, i, next);
            } else if (part && begin < 0) {
                begin = i;
            }
            i = next;
        }
        if (begin >= 0) {
            visitor.word(folded, begin, folded.length());
        }
    }

    /** The words of a text in their order, at most {@code max}. */
    public static List<String> in(String text, int max) {
        List<String> words = new ArrayList<>();
        visit(text, (folded, from, to) -> {
            if (words.size() < max) {
                words.add(folded.substring(from, to));
            }
        });
        return words;
    }

    private static String folded(String text) {
        if (isAscii(text)) {
            return text.toLowerCase(Locale.ROOT);
        }
        String bare = withoutAccents(Normalizer.normalize(text, Normalizer.Form.NFKD));
        // Upper case first: it is what makes one of "ß" and "ss", and of the two small sigmas.
        String upper = Normalizer.normalize(bare, Normalizer.Form.NFC).toUpperCase(Locale.ROOT);
        StringBuilder lower = new StringBuilder(upper.length());
        // Character by character: by the whole a sigma would depend on where it stands.
        upper.codePoints().forEach(c -> lower.appendCodePoint(Character.toLowerCase(c)));
        return lower.toString();
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
