package dev.devmesh.context;

import java.util.Objects;
import java.util.Optional;

/**
 * What a compaction did.
 *
 * <p>Immutable.
 *
 * @param context the context afterwards
 * @param items how many items went; 0 if there was nothing to gain, and the context is as it was
 * @param tokens how many tokens they held
 * @param summary the item in their place, at the {@code seq} of the last of them; empty if none went
 */
public record Compacted(Context context, int items, long tokens, Optional<ContextItem> summary) {

    /** Checks that nothing is missing. */
    public Compacted {
        Objects.requireNonNull(context, "context");
        Objects.requireNonNull(summary, "summary");
    }

    static Compacted nothing(Context context) {
        return new Compacted(context, 0, 0, Optional.empty());
    }
}
