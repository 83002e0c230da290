package dev.devmesh.store;

import dev.devmesh.auth.Tenant;
import java.util.Objects;

/**
 * An item whose embedding is to be made, lent to one worker for a while.
 *
 * <p>Immutable.
 *
 * @param tenant whose it is
 * @param contextId the context that it belongs to
 * @param seq its place in it
 * @param itemId its id
 * @param content the text to embed
 * @param attempts how often it was lent before, since it was appended or {@link SystemStore#embedAgain} asked for it
 */
public record PendingItem(Tenant tenant, String contextId, long seq, String itemId, String content, int attempts) {

    /** Checks that nothing is missing. */
    public PendingItem {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(contextId, "contextId");
        Objects.requireNonNull(itemId, "itemId");
        Objects.requireNonNull(content, "content");
    }
}
