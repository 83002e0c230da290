package dev.devmesh.context;

import java.util.Locale;

/** Whether an item can be found by its meaning. Every item can be read and found by its words at once. */
public enum EmbeddingState {
    /** Its embedding is still to be made; this is never given up by itself while the model is away. */
    PENDING,
    /** Its embedding is stored. */
    DONE,
    /** The model refused its text for good. */
    FAILED;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /** The name as it travels and is stored: {@code pending}, {@code done} or {@code failed}. */
    public String wireName() {
        return wireName;
    }
}
