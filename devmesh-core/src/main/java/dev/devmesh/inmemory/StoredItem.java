package dev.devmesh.inmemory;

import dev.devmesh.context.ContextItem;
import dev.devmesh.context.EmbeddingState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An item with its words, which a search would otherwise have to find each time, and its embedding, if it has one.
 *
 * @param due when a pending item may be leased
 * @param attempts how often it was leased
 */
record StoredItem(
        ContextItem item, Terms terms, long size, @Nullable Embedded embedded, Instant due, int attempts) {

    static StoredItem of(ContextItem item, long size) {
        return new StoredItem(item, Terms.of(item.content()), size, null, item.createdAt(), 0);
    }

    boolean isPending() {
        return item.embedding() == EmbeddingState.PENDING;
    }

    StoredItem leased(Instant until) {
        return new StoredItem(item, terms, size, embedded, until, attempts + 1);
    }

    StoredItem dueAt(Instant when) {
        return new StoredItem(item, terms, size, embedded, when, attempts);
    }

    StoredItem failed() {
        return new StoredItem(item.embedding(EmbeddingState.FAILED), terms, size, embedded, due, attempts);
    }

    StoredItem done(Embedded vector) {
        return new StoredItem(item.embedding(EmbeddingState.DONE), terms, size, vector, due, attempts);
    }

    StoredItem pendingAgain(Instant when) {
        return new StoredItem(item.embedding(EmbeddingState.PENDING), terms, size, embedded, when, 0);
    }
}
