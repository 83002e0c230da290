package dev.devmesh.store;

import dev.devmesh.context.ContextItem;
import java.util.Objects;

/**
 * An item that a store found, either by words or by the direction of its embedding.
 *
 * <p>Immutable.
 *
 * @param item the item
 * @param contextName the name of its context
 * @param score how well it answers, more is better: by words any number above 0, comparable within one search only; by embeddings the
 *     cosine, −1 to 1
 */
public record Found(ContextItem item, String contextName, double score) {

    /** Checks that nothing is missing. */
    public Found {
        Objects.requireNonNull(item, "item");
        Objects.requireNonNull(contextName, "contextName");
    }
}
