package dev.devmesh.postgres;

import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Context;
import dev.devmesh.context.ContextFilter;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.Search;
import dev.devmesh.store.ContextStore;
import dev.devmesh.store.Found;
import dev.devmesh.store.Position;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

final class PostgresContexts implements ContextStore {

    private static final String COLUMNS = """
            id, tenant_id, agent_id, name, metadata, token_count, max_tokens, version, created_at, updated_at, expires_at,
            last_seq""";

    private static final String DELETE_UP_TO = """
            DELETE FROM context_items
            WHERE tenant_id = ? AND context_id = ? AND seq <= ? AND role <> 'system' AND NOT pinned""";

    private final PostgresUnit unit;

    /** The context that was locked last and its last seq: nobody else changes it, so there is no need to ask again. */
    private @Nullable String lockedId;

    private long lockedLastSeq;

    PostgresContexts(PostgresUnit unit) {
        this.unit = unit;
    }

    @Override
    public void insert(Context context) {
        unit.requireMine("a context", context.tenant());
        int inserted = unit.link()
                .change(
                        """
                INSERT INTO contexts (id, tenant_id, agent_id, name, metadata, members, token_count, max_tokens,
                                      version, created_at, updated_at, expires_at)
                VALUES (?, ?, ?, ?, ?::json, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING""",
                        context.id(),
                        unit.tenantId(),
                        context.agent(),
                        context.name(),
                        Rows.json(context.metadata()),
                        Members.of(unit.tenantId(), context.metadata()),
                        context.tokenCount(),
                        context.maxTokens(),
                        context.version(),
                        context.createdAt(),
                        context.updatedAt(),
                        context.expiresAt().orElse(null));
        if (inserted == 0) {
            throw new IllegalStateException("there is a context " + context.id() + " already; use a new id");
        }
    }

    @Override
    public Optional<Context> find(String id, Instant now) {
        return unit.link().find("SELECT " + COLUMNS + """
                 FROM contexts
                WHERE tenant_id = ? AND id = ? AND (expires_at IS NULL OR expires_at > ?)""", this::context, unit.tenantId(), id, now);
    }

    @Override
    public Optional<Context> lock(String id, Instant now) {
        return unit.link()
                .find(
                        "SELECT " + COLUMNS + """
                 FROM contexts
                WHERE tenant_id = ? AND id = ? AND (expires_at IS NULL OR expires_at > ?)
                FOR NO KEY UPDATE""",
                        row -> {
                            lockedId = id;
                            lockedLastSeq = row.getLong("last_seq");
                            return context(row);
                        },
                        unit.tenantId(),
                        id,
                        now);
    }

    @Override
    public List<Context> list(ContextFilter filter, @Nullable Position after, int limit, Instant now) {
        Conditions conditions = new Conditions()
                .and("tenant_id = ?", unit.tenantId())
                .and("(expires_at IS NULL OR expires_at > ?)", now);
        if (!filter.agent().isEmpty()) {
            conditions.and("agent_id = ?", filter.agent());
        }
        if (!filter.name().isEmpty()) {
            conditions.and("name = ?", filter.name());
        }
        filter.createdFrom().ifPresent(from -> conditions.and("created_at >= ?", from));
        filter.createdUntil().ifPresent(until -> conditions.and("created_at < ?", until));
        filter.updatedFrom().ifPresent(from -> conditions.and("updated_at >= ?", from));
        filter.updatedUntil().ifPresent(until -> conditions.and("updated_at < ?", until));
        if (!filter.metadata().isEmpty()) {
            conditions.and("members @> ?", (Object) Members.wanted(unit.tenantId(), filter.metadata()));
        }
        if (after != null) {
            conditions.and("(created_at, id) < (?, ?)", after.createdAt(), after.id());
        }
        String sql = "SELECT " + COLUMNS + " FROM contexts WHERE " + conditions.sql
                + " ORDER BY created_at DESC, id DESC" + " LIMIT " + limit;
        return unit.link().list(sql, this::context, conditions.values.toArray());
    }

    private static final class Conditions {

        private final StringBuilder sql = new StringBuilder();
        private final List<Object> values = new ArrayList<>();

        Conditions and(String condition, Object... itsValues) {
            sql.append(sql.isEmpty() ? "" : " AND ").append(condition);
            values.addAll(List.of(itsValues));
            return this;
        }
    }

    @Override
    public void update(Context context) {
        int updated = !context.tenant().equals(unit.tenant())
                ? 0
                : unit.link()
                        .change(
                                """
                        UPDATE contexts
                        SET agent_id = ?, name = ?, metadata = ?::json, members = ?, token_count = ?, max_tokens = ?, version = ?,
                            updated_at = ?, expires_at = ?
                        WHERE tenant_id = ? AND id = ? AND created_at = ?""",
                                context.agent(),
                                context.name(),
                                Rows.json(context.metadata()),
                                Members.of(unit.tenantId(), context.metadata()),
                                context.tokenCount(),
                                context.maxTokens(),
                                context.version(),
                                context.updatedAt(),
                                context.expiresAt().orElse(null),
                                unit.tenantId(),
                                context.id(),
                                context.createdAt());
        if (updated == 0) {
            requireContext(context.id());
            throw new IllegalArgumentException("context " + context.id() + " cannot change its tenant or creation");
        }
    }

    @Override
    public boolean delete(String id) {
        forgetLock(id);
        return unit.link().change("DELETE FROM contexts WHERE tenant_id = ? AND id = ?", unit.tenantId(), id) > 0;
    }

    @Override
    public void append(String contextId, List<ContextItem> items) {
        if (items.isEmpty()) {
            requireContext(contextId);
            return;
        }
        long last = 0;
        for (ContextItem item : items) {
            if (item.seq() <= last || !item.contextId().equals(contextId)) {
                throw misplaced(contextId, item, last);
            }
            last = item.seq();
        }
        int moved = unit.link()
                .change(
                        "UPDATE contexts SET last_seq = ? WHERE tenant_id = ? AND id = ? AND last_seq < ?",
                        last,
                        unit.tenantId(),
                        contextId,
                        items.get(0).seq());
        if (moved == 0) {
            requireContext(contextId);
            throw misplaced(contextId, items.get(0), lastSeq(contextId));
        }
        insert(contextId, items);
        unit.itemsAppended();
        if (contextId.equals(lockedId)) {
            lockedLastSeq = last;
        }
    }

    @Override
    public long lastSeq(String contextId) {
        Link link = unit.link();
        if (contextId.equals(lockedId)) {
            return lockedLastSeq;
        }
        return link.find(
                        "SELECT last_seq FROM contexts WHERE tenant_id = ? AND id = ?",
                        row -> row.getLong(1),
                        unit.tenantId(),
                        contextId)
                .orElse(0L);
    }

    @Override
    public List<ContextItem> items(String contextId, long afterSeq, int limit) {
        // The state is looked up for each row of the page: a join could be planned as a walk from the context's
        // beginning.
        return unit.link().list("""
                SELECT i.id, i.context_id, i.seq, i.role, i.content, i.token_count, i.metadata, i.pinned, i.created_at,
                       (SELECT v.state FROM vector_embeddings v
                        WHERE v.tenant_id = i.tenant_id AND v.context_id = i.context_id AND v.seq = i.seq) AS state
                FROM context_items i
                WHERE i.tenant_id = ? AND i.context_id = ? AND i.seq > ?
                ORDER BY i.seq
                LIMIT ?""", Items::item, unit.tenantId(), contextId, afterSeq, limit);
    }

    @Override
    public long truncate(String contextId, long belowSeq, long tokens) {
        requireContext(contextId);
        if (tokens <= 0) {
            return 0;
        }
        // Found from the old end on, so that a long context costs no more than what goes.
        long[] goneAndLast = new long[2];
        unit.link()
                .take(
                        """
                SELECT seq, token_count
                FROM context_items
                WHERE tenant_id = ? AND context_id = ? AND seq < ? AND role <> 'system' AND NOT pinned
                ORDER BY seq""",
                        row -> {
                            goneAndLast[0] += row.getLong("token_count");
                            goneAndLast[1] = row.getLong("seq");
                            return goneAndLast[0] < tokens;
                        },
                        unit.tenantId(),
                        contextId,
                        belowSeq);
        unit.link().change(DELETE_UP_TO, unit.tenantId(), contextId, goneAndLast[1]);
        return goneAndLast[0];
    }

    @Override
    public int compact(String contextId, ContextItem summary) {
        requireContext(contextId);
        boolean hasPlace = summary.contextId().equals(contextId)
                && unit.link()
                        .find("""
                        SELECT 1
                        FROM context_items
                        WHERE tenant_id = ? AND context_id = ? AND seq = ? AND role <> 'system' AND NOT pinned""", row -> true, unit.tenantId(), contextId, summary.seq())
                        .isPresent();
        if (!hasPlace) {
            throw new IllegalStateException("there is no item at " + summary.seq() + " of context " + contextId
                    + " that a summary could be put in place of");
        }
        int gone = unit.link().change(DELETE_UP_TO, unit.tenantId(), contextId, summary.seq());
        insert(contextId, List.of(summary));
        return gone;
    }

    @Override
    public List<Found> search(Search search, Instant now) {
        Link link = unit.link();
        String question = WordVector.question(search.text());
        return question.isEmpty()
                ? List.of()
                : link.list(
                        "SELECT * FROM search_items(?::tsquery, ?, ?, ?, ?, ?, ?, ?, ?)",
                        Items::found,
                        Items.arguments(unit.tenantId(), search, now, question));
    }

    private void insert(String contextId, List<ContextItem> items) {
        unit.link()
                .changeEach(
                        """
                WITH item AS (
                    INSERT INTO context_items (id, context_id, tenant_id, seq, role, content, token_count, metadata, members,
                                               pinned, created_at, words)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?::json, ?, ?, ?, ?::tsvector)
                    RETURNING tenant_id, context_id, seq, id, created_at)
                INSERT INTO vector_embeddings (tenant_id, context_id, seq, item_id, state, due_at)
                SELECT tenant_id, context_id, seq, id, 'pending', created_at
                FROM item""", items.stream().map(item -> values(contextId, item)).toList());
    }

    private @Nullable Object[] values(String contextId, ContextItem item) {
        return new Object[] {
            item.id(),
            contextId,
            unit.tenantId(),
            item.seq(),
            item.role().wireName(),
            item.content(),
            item.tokenCount(),
            Rows.json(item.metadata()),
            Members.of(unit.tenantId(), item.metadata()),
            item.pinned(),
            item.createdAt(),
            WordVector.of(unit.tenantId(), contextId, item.content())
        };
    }

    private void requireContext(String id) {
        Link link = unit.link();
        boolean exists = id.equals(lockedId)
                || link.find("SELECT 1 FROM contexts WHERE tenant_id = ? AND id = ?", row -> true, unit.tenantId(), id)
                        .isPresent();
        if (!exists) {
            throw new IllegalStateException("there is no context " + id + " to change; lock it first");
        }
    }

    private void forgetLock(String id) {
        if (id.equals(lockedId)) {
            lockedId = null;
        }
    }

    private static IllegalStateException misplaced(String contextId, ContextItem item, long last) {
        return new IllegalStateException(
                "item " + item.id() + " does not belong behind item " + last + " of context " + contextId);
    }

    private Context context(ResultSet row) throws SQLException {
        return new Context(
                row.getString("id"),
                new Tenant(row.getString("tenant_id")),
                row.getString("agent_id"),
                row.getString("name"),
                Rows.object(row, "metadata"),
                row.getLong("token_count"),
                row.getInt("max_tokens"),
                row.getLong("version"),
                Times.from(row, "created_at"),
                Times.from(row, "updated_at"),
                Times.optionalFrom(row, "expires_at"));
    }
}
