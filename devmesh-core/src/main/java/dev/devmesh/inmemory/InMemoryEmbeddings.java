package dev.devmesh.inmemory;

import dev.devmesh.context.Context;
import dev.devmesh.context.Search;
import dev.devmesh.inmemory.Tables.StoredContext;
import dev.devmesh.store.EmbeddingStore;
import dev.devmesh.store.Found;
import dev.devmesh.store.PendingItem;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

final class InMemoryEmbeddings implements EmbeddingStore {

    private final UnitOfWork unit;

    InMemoryEmbeddings(UnitOfWork unit) {
        this.unit = unit;
    }

    @Override
    public Map<String, float[]> known(String model, Collection<String> contentHashes) {
        Map<String, float[]> known = new HashMap<>();
        for (String hash : contentHashes) {
            Tables.Shared shared = unit.read().vectors.get(new Embedded.Key(model, tenant(), hash));
            if (shared != null) {
                known.put(hash, shared.embedded().vector());
            }
        }
        return known;
    }

    @Override
    public boolean done(PendingItem item, String model, String contentHash, float[] vector) {
        EmbeddingStore.requireVector(vector);
        StoredItem row = find(item);
        if (row == null) {
            return false;
        }
        Embedded embedded = new Embedded(new Embedded.Key(model, tenant(), contentHash), vector);
        unit.write().putItem(row, row.done(unit.write().shared(embedded)));
        return true;
    }

    @Override
    public boolean retryAt(PendingItem item, Instant when, String reason) {
        StoredItem row = find(item);
        if (row == null || !row.isPending()) {
            return false;
        }
        unit.write().putItem(row, row.dueAt(when));
        return true;
    }

    @Override
    public boolean failed(PendingItem item, String reason) {
        StoredItem row = find(item);
        if (row == null || !row.isPending()) {
            return false;
        }
        unit.write().putItem(row, row.failed());
        return true;
    }

    @Override
    public List<Found> nearest(float[] question, String model, Search search, Instant now) {
        double length = Embedded.length(EmbeddingStore.requireVector(question));
        Comparator<Found> bestFirst = Bm25.BEST_FIRST;
        // The worst of the best is at its head, where the next better one drives it out.
        PriorityQueue<Found> best = new PriorityQueue<>(bestFirst.reversed());
        InMemoryContexts.forEachIn(unit, search.contextId(), now, row -> {
            for (Tree.Node<Long, StoredItem> entry : row.items().entries()) {
                Found found = found(question, length, model, search, row.context(), entry.value);
                if (found != null) {
                    best.add(found);
                    if (best.size() > search.limit()) {
                        best.remove();
                    }
                }
            }
        });
        return best.stream().sorted(bestFirst).toList();
    }

    private static @Nullable Found found(
            float[] question, double length, String model, Search search, Context context, StoredItem item) {
        Embedded embedded = item.embedded();
        if (embedded == null
                || !embedded.isComparableWith(question, model)
                || !search.filter().admits(context, item.item())) {
            return null;
        }
        return new Found(item.item(), context.name(), embedded.cosine(question, length));
    }

    private @Nullable StoredItem find(PendingItem item) {
        StoredContext context = unit.write().contexts.get(item.contextId());
        if (context == null || !context.context().tenant().equals(unit.tenant())) {
            return null;
        }
        StoredItem row = context.items().get(item.seq());
        return row != null && row.item().id().equals(item.itemId()) ? row : null;
    }

    private String tenant() {
        return unit.tenant().id();
    }
}
