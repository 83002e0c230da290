package dev.devmesh.postgres;

import dev.devmesh.text.Utf8;
import dev.devmesh.text.Words;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
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

    /** A tsvector takes a little less than 1 MiB. Words of a text that come first beyond this are not found. */
    private static final int MAX_BYTES = 1_000_000;

    /** More occurrences of one word do not make its text a better answer. */
    private static final int MAX_POSITIONS = 32;

    private static final int LAST_POSITION = 16_383;
    private static final int MAX_WORD = 128;

    private WordVector() {}

    static String of(String tenant, String contextId, String content) {
        Vector words = new Vector();
        Words.visit(content, words);
        StringBuilder vector = new StringBuilder();
        vector.append(quoted("=" + tenant)).append(' ').append(quoted("#" + contextId));
        words.places.forEach((word, places) -> {
            vector.append(" '").append(word).append('\'');
            char separator = ':';
            for (int place : places) {
                vector.append(separator).append(place);
                separator = ',';
            }
        });
        return vector.toString();
    }

    /** The different words in the order in which they come first, and where they are. */
    private static final class Vector implements Words.Visitor {

        private final Map<String, List<Integer>> places = new LinkedHashMap<>();
        private int place;
        private long bytes;

        @Override
        public void word(String folded, int from, int to) {
            place++;
            String word = WordVector.word(folded, from, to);
            List<Integer> known = places.get(word);
            if (known == null) {
                // the word, and the number of its places, aligned
                bytes += Utf8.length(word) + 3;
                if (bytes > MAX_BYTES) {
                    return;
                }
                known = new ArrayList<>(1);
                places.put(word, known);
            }
            if (place <= LAST_POSITION && known.size() < MAX_POSITIONS && bytes + 2 <= MAX_BYTES) {
                bytes += 2;
                known.add(place);
            }
        }
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
