package dev.devmesh.postgres;

import dev.devmesh.store.ErasedKind;
import dev.devmesh.store.ErasureScope;
import dev.devmesh.store.ErasureStore;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

final class PostgresErasure implements ErasureStore {

    /** What belongs to a tenant and to no context: a table whose every row goes with the tenant, told by this column. */
    private record OfTheTenant(ErasedKind kind, String table, String id) {}

    private static final List<OfTheTenant> OF_THE_TENANT = List.of(
            new OfTheTenant(ErasedKind.TASKS, "tasks", "id"),
            new OfTheTenant(ErasedKind.JOBS, "jobs", "id"),
            new OfTheTenant(ErasedKind.SESSIONS, "mcp_sessions", "id"),
            new OfTheTenant(ErasedKind.TOKENS, "token_families", "id"),
            new OfTheTenant(ErasedKind.KEYS, "api_keys", "key_id"),
            new OfTheTenant(ErasedKind.USERS, "users", "id"),
            new OfTheTenant(ErasedKind.ROLES, "roles", "id"));

    private final PostgresUnit unit;

    PostgresErasure(PostgresUnit unit) {
        this.unit = unit;
    }

    /**
     * What is told of a context's parts is true, though they go after it was told: who appends to a context or truncates
     * it has to lock it, and it is locked here from the first line on.
     */
    @Override
    public void erase(ErasureScope scope, Sink gone) {
        Scope of = new Scope(scope);
        of.tell(ErasedKind.CONTEXTS, "SELECT id FROM contexts WHERE " + of.contexts + " ORDER BY id FOR UPDATE", gone);
        of.tell(
                ErasedKind.ITEMS,
                "SELECT id FROM context_items WHERE " + of.inContexts("context_id") + " ORDER BY id",
                gone);
        of.tell(ErasedKind.EMBEDDINGS, """
                WITH gone AS (DELETE FROM vector_embeddings WHERE %s RETURNING item_id, embedding IS NOT NULL AS made)
                SELECT item_id AS id FROM gone WHERE made ORDER BY 1""".formatted(of.inContexts("context_id")), gone);
        of.erase(ErasedKind.ANSWERS, "idempotency_keys", Scope.ANSWER, of.inContexts("context_id"), gone);
        of.change("DELETE FROM context_items WHERE " + of.inContexts("context_id"));
        of.change("DELETE FROM contexts WHERE " + of.contexts);
        if (of.isTenant) {
            for (OfTheTenant part : OF_THE_TENANT) {
                of.erase(part.kind(), part.table(), part.id(), "tenant_id = ?", gone);
            }
        }
    }

    @Override
    public Map<ErasedKind, Long> count(ErasureScope scope) {
        Scope of = new Scope(scope);
        Map<ErasedKind, Long> counts = new EnumMap<>(ErasedKind.class);
        counts.put(ErasedKind.CONTEXTS, of.count("contexts", of.contexts));
        counts.put(ErasedKind.ITEMS, of.count("context_items", of.inContexts("context_id")));
        counts.put(
                ErasedKind.EMBEDDINGS,
                of.count("vector_embeddings", of.inContexts("context_id") + " AND embedding IS NOT NULL"));
        counts.put(ErasedKind.ANSWERS, of.count("idempotency_keys", of.inContexts("context_id")));
        if (of.isTenant) {
            for (OfTheTenant part : OF_THE_TENANT) {
                counts.put(part.kind(), of.count(part.table(), "tenant_id = ?"));
            }
        }
        return counts;
    }

    /** Whose rows, as conditions; each takes the same values. */
    private final class Scope {

        private static final String ANSWER = "caller || ' ' || key";

        private final boolean isTenant;
        private final String contexts;
        private final List<Object> values = new ArrayList<>();

        Scope(ErasureScope scope) {
            values.add(unit.tenantId());
            if (scope instanceof ErasureScope.OfAgent of) {
                values.add(of.agent());
                isTenant = false;
                contexts = "tenant_id = ? AND agent_id = ?";
            } else {
                isTenant = true;
                contexts = "tenant_id = ?";
            }
        }

        /** Of rows that hang on contexts: of the tenant's, those that hang on none as well. */
        String inContexts(String column) {
            return isTenant
                    ? "tenant_id = ?"
                    : "(tenant_id, " + column + ") IN (SELECT tenant_id, id FROM contexts WHERE " + contexts + ")";
        }

        void erase(ErasedKind kind, String table, String id, String which, Sink gone) {
            tell(
                    kind,
                    "WITH gone AS (DELETE FROM " + table + " WHERE " + which + " RETURNING " + id + " AS id)"
                            + " SELECT id FROM gone ORDER BY id COLLATE \"C\"",
                    gone);
        }

        void tell(ErasedKind kind, String sql, Sink gone) {
            unit.link()
                    .take(
                            sql,
                            row -> {
                                gone.row(kind, row.getString("id"));
                                return true;
                            },
                            values.toArray());
        }

        long count(String table, String which) {
            return unit.link()
                    .find("SELECT count(*) FROM " + table + " WHERE " + which, row -> row.getLong(1), values.toArray())
                    .orElse(0L);
        }

        void change(String sql) {
            unit.link().change(sql, values.toArray());
        }
    }
}
