package dev.devmesh.postgres;

import dev.devmesh.text.Words;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The words of a text as a {@code tsvector}, and of a question as a {@code tsquery}. They are made here and not by a
 * text search configuration, so that a text is found by the same words in every store, whatever the locale of the
 * database.
 *
 * <p>A vector also has a lexeme for the tenant and one for the context, spelled so that no word can be like them: the
 * index then finds the words of one tenant or context and does not walk over those of the others.
 */
final class WordVector {

    /** Beyond so many different words a question is a document, and looking each up would take long. */
    private static final int MAX_QUESTION_WORDS = 64;

    /** A tsvector takes 1 MiB. Words beyond this half of it are not found; a text of that many is rarely asked for them. */
    private static final int MAX_BYTES = 512 * 1024;

    private static final int MAX_POSITIONS = 32;
    private static final int LAST_POSITION = 16_383;
    private static final int MAX_WORD = 128;

    private WordVector() {}

    static String of(String tenant, String contextId, String content) {
        Map<String, StringBuilder> positions = new LinkedHashMap<>();
        int[] place = new int[1];
        int[] bytes = new int[1];
        Words.visit(content, (folded, from, to) -> {
            place[0]++;
            String word = word(folded, from, to);
            StringBuilder places = positions.get(word);
            if (places == null) {
                bytes[0] += 3 * word.length() + 2 + 2 * MAX_POSITIONS;
                if (bytes[0] > MAX_BYTES) {
                    return;
                }
                places = new StringBuilder();
                positions.put(word, places);
            }
            if (places.length() < 6 * MAX_POSITIONS && place[0] <= LAST_POSITION) {
                places.append(places.length() == 0 ? ':' : ',').append(place[0]);
            }
        });
        StringBuilder vector = new StringBuilder();
        vector.append(quoted("=" + tenant)).append(' ').append(quoted("#" + contextId));
        positions.forEach(
                (word, places) -> vector.append(" '").append(word).append('\'').append(places));
        return vector.toString();
    }

    /** Any of the words of the question; empty if it has none. */
    static String question(String text) {
        Set<String> words = new LinkedHashSet<>();
        Words.visit(text, (folded, from, to) -> {
            if (words.size() < MAX_QUESTION_WORDS) {
                words.add(word(folded, from, to));
            }
        });
        return words.isEmpty() ? "" : "'" + String.join("' | '", words) + "'";
    }

    /** A lexeme has at most 2 KiB. What is longer is its beginning and a hash: equal words stay equal. */
    private static String word(String folded, int from, int to) {
        if (to - from <= MAX_WORD) {
            return folded.substring(from, to);
        }
        String whole = folded.substring(from, to);
        int end = Character.isHighSurrogate(whole.charAt(MAX_WORD - 1)) ? MAX_WORD - 1 : MAX_WORD;
        return whole.substring(0, end) + "~" + Integer.toHexString(whole.hashCode()) + "~" + whole.length();
    }

    private static String quoted(String lexeme) {
        return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'";
    }
}
