package dev.devmesh.context;

import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Why an item is among the hits of a search.
 *
 * <p>Immutable.
 *
 * @param rankByWords its place among the items found by words, 1 for the best; empty if it was not found by them
 * @param rankByMeaning its place among the items found by meaning, 1 for the best; empty if it was not found by it
 * @param similarity of the item's embedding and the question's: the cosine of the angle between them, −1 to 1; empty if it was not
 *     found by meaning
 * @param sentence the same in words, and whether the search was not done as it was asked for
 */
public record Why(OptionalInt rankByWords, OptionalInt rankByMeaning, OptionalDouble similarity, String sentence) {

    /** Checks that nothing is missing. */
    public Why {
        Objects.requireNonNull(rankByWords, "rankByWords");
        Objects.requireNonNull(rankByMeaning, "rankByMeaning");
        Objects.requireNonNull(similarity, "similarity");
        Objects.requireNonNull(sentence, "sentence");
    }
}
