package dev.devmesh.context;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.util.Locale;

/** By what a search finds. */
public enum SearchMode {
    /** By both, each filling the gaps of the other; by words alone while the embedding model does not answer. */
    HYBRID,
    /** By words that the question and the item have in common. */
    WORDS,
    /** By what the embedding model makes of both. An item whose embedding is still to be made is not found. */
    MEANING;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** The name as it travels: {@code hybrid}, {@code words} or {@code meaning}. */
    public String wireName() {
        return wireName;
    }

    /**
     * The mode of this wire name.
     *
     * @throws MeshException {@link ErrorCode#INVALID_VALUE} if there is none
     */
    public static SearchMode of(String wireName) {
        for (SearchMode mode : values()) {
            if (mode.wireName.equals(wireName)) {
                return mode;
            }
        }
        throw new MeshException(
                ErrorCode.INVALID_VALUE, "A search has an unknown mode.", "Use hybrid, words or meaning.");
    }
}
