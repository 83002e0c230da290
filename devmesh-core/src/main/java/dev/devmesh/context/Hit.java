package dev.devmesh.context;

import java.util.Objects;

/**
 * An item that a search found.
 *
 * <p>Immutable.
 *
 * @param item the item
 * @param contextName the name of its context
 * @param score how well it answers: more is better. Comparable within one search only
 * @param why by what it was found
 */
public record Hit(ContextItem item, String contextName, double score, Why why) {

    /** Checks that nothing is missing. */
    public Hit {
        Objects.requireNonNull(item, "item");
        Objects.requireNonNull(contextName, "contextName");
        Objects.requireNonNull(why, "why");
    }

    /** The id of the item's context. */
    public String contextId() {
        return item.contextId();
    }
}
