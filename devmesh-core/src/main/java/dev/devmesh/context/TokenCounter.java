package dev.devmesh.context;

import dev.devmesh.text.Utf8;

/**
 * Says how many tokens a model would make of a text.
 *
 * <p>Must be safe for use by many threads, must not wait, and must give the same answer for the same text.
 */
@FunctionalInterface
public interface TokenCounter {

    /** How many tokens this text has: at least 0. */
    int count(String text);

    /**
     * A guess that needs no model: one token for every four bytes of UTF-8, rounded up. That is four characters a token
     * in English and most Latin scripts, two in Cyrillic, Greek or Arabic, and a little more than one in Chinese or
     * Japanese: near enough to keep a window, not to pay a bill.
     */
    static TokenCounter approximate() {
        return text -> (int) ((Utf8.length(text) + 3L) / 4);
    }
}
