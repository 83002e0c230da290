package dev.devmesh.embedding;

import java.util.List;

/**
 * Turns texts into vectors, so that texts that resemble each other have vectors of a similar direction. In which way they
 * resemble each other is the model's matter.
 *
 * <p>Must be safe for use by many threads and give the same vector for the same text, on every node. Whoever made a model
 * that holds resources closes it; a mesh closes none.
 */
public interface EmbeddingModel {

    /**
     * Which model this is: 1 to 200 printable characters of ASCII. Vectors are compared only with those of the same name, so
     * whatever changes the vectors (another version, other dimensions) changes the name.
     */
    String name();

    /** How many numbers a vector has: 1 to 16,000. */
    int dimensions();

    /**
     * The vectors of these texts, in their order.
     *
     * @param texts 1 to {@link #maxBatch()} texts, none of them blank
     * @return as many vectors as there are texts, each of {@link #dimensions()} finite numbers that are not all zero; the caller
     *     may keep and change them
     * @throws TextRefusedException if it will never take one of these texts, however often it is asked. Whoever asked for
     *     several finds out which by asking for fewer
     * @throws RuntimeException if it cannot answer now; {@link EmbeddingUnavailableException} where it knows why. The same
     *     texts are tried again
     */
    List<float[]> embed(List<String> texts);

    /** How many texts it takes at once: at least 1. */
    default int maxBatch() {
        return 64;
    }

    /**
     * The least cosine at which two texts have anything to do with each other in this model; what is below is not found by its meaning. 0
     * unless the model knows better.
     */
    default double leastSimilarity() {
        return 0;
    }

    /** Whether {@link #embed} may wait for I/O. */
    default boolean blocking() {
        return true;
    }

    /**
     * A model that needs nothing beside this class and knows no meaning: texts resemble each other as far as they share words and
     * parts of words. So it finds what is misspelt or differently inflected, which a search by words misses, and no synonyms.
     *
     * @param dimensions 16 to 16,000; the fewer, the more often two parts of words are taken for the same
     */
    static EmbeddingModel lexicalHash(int dimensions) {
        return new LexicalHash(dimensions);
    }
}
