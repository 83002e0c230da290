package dev.devmesh.context;

import java.util.List;

/**
 * Makes one text of many items, for {@link Contexts#compact}.
 *
 * <p>Must be safe for use by many threads. It may wait, for a model for example: no unit of work is open meanwhile. What it
 * throws ends the compaction, which then has changed nothing.
 */
@FunctionalInterface
public interface Summarizer {

    /**
     * What is worth remembering of these items.
     *
     * @param items at least one, oldest first; they may hold earlier summaries
     * @param maxTokens how many tokens the text should have at most, at least 1. A longer one is taken as long as it is
     *     shorter than the items
     * @return a text that is not blank and that an item can hold
     */
    String summarize(List<ContextItem> items, int maxTokens);

    /**
     * A summary without a model: the sentences that tell most, word for word and in their order, and a first line that says so
     * and what is left out. What a sentence tells is guessed from its words: how often they come in these items and in how few
     * of their sentences.
     *
     * @param tokens counts the tokens of the summary
     */
    static Summarizer extractive(TokenCounter tokens) {
        return new ExtractiveSummarizer(tokens);
    }
}
