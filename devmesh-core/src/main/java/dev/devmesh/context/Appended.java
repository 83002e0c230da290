package dev.devmesh.context;

import java.util.List;
import java.util.Objects;

/**
 * What an append made.
 *
 * <p>Immutable.
 *
 * @param context the context afterwards
 * @param items the new items, in the order in which they were given
 * @param truncatedTokens how many tokens of older items were truncated to make room
 */
public record Appended(Context context, List<ContextItem> items, long truncatedTokens) {

    /** Copies the items. */
    public Appended {
        Objects.requireNonNull(context, "context");
        items = List.copyOf(items);
    }
}
