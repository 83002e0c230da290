package dev.devmesh;

import java.util.List;
import java.util.Objects;

/**
 * A part of a listing, and where the next part begins.
 *
 * <p>Immutable.
 *
 * @param data the entries of this part, in the order of the listing
 * @param nextCursor what to hand in for the next part, opaque; empty when this is the last one
 */
public record Page<T>(List<T> data, String nextCursor) {

    /** Copies the entries. */
    public Page {
        data = List.copyOf(data);
        Objects.requireNonNull(nextCursor, "nextCursor");
    }

    /** Whether this is the last part. */
    public boolean isLast() {
        return nextCursor.isEmpty();
    }
}
