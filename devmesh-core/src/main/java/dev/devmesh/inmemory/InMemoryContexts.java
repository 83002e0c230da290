package dev.devmesh.inmemory;

import dev.devmesh.context.Context;
import dev.devmesh.context.ContextFilter;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.Search;
import dev.devmesh.inmemory.Tables.Listed;
import dev.devmesh.inmemory.Tables.StoredContext;
import dev.devmesh.store.ContextStore;
import dev.devmesh.store.Found;
import dev.devmesh.store.Position;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

final class InMemoryContexts implements ContextStore {

    /** Beyond so many different words a question is a document, and looking each up would take long. */
    private static final int MAX_QUESTION_WORDS = 64;

    private final UnitOfWork unit;

    InMemoryContexts(UnitOfWork unit) {
        this.unit = unit;
    }

    @Override
    public void insert(Context context) {
        unit.requireMine("a context", context.tenant());
        unit.write().insertContext(context);
    }

    @Override
    public Optional<Context> find(String id, Instant now) {
        return Optional.ofNullable(mine(unit.read(), id))
                .map(StoredContext::context)
                .filter(context -> !context.isExpired(now));
    }

    @Override
    public Optional<Context> lock(String id, Instant now) {
        unit.write();
        return find(id, now);
    }

    @Override
    public List<Context> list(ContextFilter filter, @Nullable Position after, int limit, Instant now) {
        Tables tables = unit.read();
        String tenant = unit.tenant().id();
        List<Context> page = new ArrayList<>();
        for (Tree.Node<Listed, String> entry : Listed.of(tables.contextsNewestFirst, tenant, after)) {
            if (page.size() >= limit || !entry.key.tenant().equals(tenant)) {
                break;
            }
            Context context = row(tables, entry.value).context();
            if (!context.isExpired(now) && filter.matches(context)) {
                page.add(context);
            }
        }
        return page;
    }

    @Override
    public void update(Context context) {
        unit.write().updateContext(required(context.id()), context);
    }

    @Override
    public boolean delete(String id) {
        StoredContext row = mine(unit.write(), id);
        if (row == null) {
            return false;
        }
        unit.write().deleteContext(row);
        return true;
    }

    @Override
    public void append(String contextId, List<ContextItem> items) {
        unit.write().appendItems(required(contextId), items);
        unit.itemsAppended();
    }

    @Override
    public long lastSeq(String contextId) {
        StoredContext row = mine(unit.read(), contextId);
        return row == null ? 0 : row.lastSeq();
    }

    @Override
    public List<ContextItem> items(String contextId, long afterSeq, int limit) {
        List<ContextItem> page = new ArrayList<>();
        StoredContext row = mine(unit.read(), contextId);
        if (row != null) {
            for (Tree.Node<Long, StoredItem> entry : row.items().above(afterSeq)) {
                if (page.size() >= limit) {
                    break;
                }
                page.add(entry.value.item());
            }
        }
        return page;
    }

    @Override
    public long truncate(String contextId, long belowSeq, long tokens) {
        return unit.write().truncate(required(contextId), belowSeq, tokens);
    }

    @Override
    public int compact(String contextId, ContextItem summary) {
        int gone = unit.write().compact(required(contextId), summary);
        unit.itemsAppended();
        return gone;
    }

    @Override
    public List<Found> search(Search search, Instant now) {
        long[] question = Terms.question(search.text(), MAX_QUESTION_WORDS);
        Bm25 ranking = new Bm25(question);
        if (question.length > 0) {
            forEachIn(unit, search.contextId(), now, row -> {
                for (Tree.Node<Long, StoredItem> entry : row.items().entries()) {
                    if (search.filter().admits(row.context(), entry.value.item())) {
                        ranking.offer(row.context(), entry.value);
                    }
                }
            });
        }
        return ranking.best(search.limit());
    }

    /** Shows {@code action} the context of this id, or all of the tenant's, save those that are expired. */
    static void forEachIn(UnitOfWork unit, String contextId, Instant now, Consumer<StoredContext> action) {
        Tables tables = unit.read();
        if (!contextId.isEmpty()) {
            StoredContext row = mine(unit, tables, contextId);
            if (row != null && !row.context().isExpired(now)) {
                action.accept(row);
            }
            return;
        }
        String tenant = unit.tenant().id();
        for (Tree.Node<Listed, String> entry : Listed.of(tables.contextsNewestFirst, tenant, null)) {
            if (!entry.key.tenant().equals(tenant)) {
                break;
            }
            StoredContext row = row(tables, entry.value);
            if (!row.context().isExpired(now)) {
                action.accept(row);
            }
        }
    }

    private @Nullable StoredContext mine(Tables tables, String id) {
        return mine(unit, tables, id);
    }

    private static @Nullable StoredContext mine(UnitOfWork unit, Tables tables, String id) {
        StoredContext row = tables.contexts.get(id);
        return row != null && row.context().tenant().equals(unit.tenant()) ? row : null;
    }

    private StoredContext required(String id) {
        StoredContext row = mine(unit.write(), id);
        if (row == null) {
            throw new IllegalStateException("there is no context " + id + " to change; lock it first");
        }
        return row;
    }

    private static StoredContext row(Tables tables, String id) {
        return Objects.requireNonNull(tables.contexts.get(id));
    }
}
