package dev.devmesh.inmemory;

import dev.devmesh.access.Role;
import dev.devmesh.auth.ApiKey;
import dev.devmesh.inmemory.Tables.AnswerKey;
import dev.devmesh.inmemory.Tables.Due;
import dev.devmesh.inmemory.Tables.Listed;
import dev.devmesh.inmemory.Tables.SessionKey;
import dev.devmesh.inmemory.Tables.StoredContext;
import dev.devmesh.inmemory.Tables.StoredTask;
import dev.devmesh.inmemory.Tables.StoredUser;
import dev.devmesh.store.ErasedKind;
import dev.devmesh.store.ErasureScope;
import dev.devmesh.store.ErasureStore;
import dev.devmesh.store.IdempotentAnswer;
import dev.devmesh.store.SessionNotes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/** Finds the rows of a scope first, kind by kind; removing one is then what the kind says it is. */
final class InMemoryErasure implements ErasureStore {

    private static final Comparator<String> BY_BYTES =
            Comparator.comparing(id -> id.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    private final UnitOfWork unit;

    InMemoryErasure(UnitOfWork unit) {
        this.unit = unit;
    }

    @Override
    public void erase(ErasureScope scope, Sink gone) {
        Tables tables = unit.write();
        Map<ErasedKind, TreeMap<String, Runnable>> rows = rows(tables, scope);
        rows.forEach((kind, removals) -> removals.forEach((id, removal) -> {
            removal.run();
            gone.row(kind, id);
        }));
    }

    @Override
    public Map<ErasedKind, Long> count(ErasureScope scope) {
        Map<ErasedKind, Long> counts = new EnumMap<>(ErasedKind.class);
        rows(unit.read(), scope).forEach((kind, removals) -> counts.put(kind, (long) removals.size()));
        return counts;
    }

    /** What belongs to the scope, by kind and id, with what removes it. */
    private Map<ErasedKind, TreeMap<String, Runnable>> rows(Tables tables, ErasureScope scope) {
        Map<ErasedKind, TreeMap<String, Runnable>> rows = new EnumMap<>(ErasedKind.class);
        for (ErasedKind kind : ErasedKind.values()) {
            rows.put(kind, new TreeMap<>(BY_BYTES));
        }
        contexts(tables, scope, rows);
        answers(tables, scope, rows);
        if (scope instanceof ErasureScope.OfTenant) {
            tasks(tables, of(rows, ErasedKind.TASKS));
            jobs(tables, of(rows, ErasedKind.JOBS));
            sessions(tables, of(rows, ErasedKind.SESSIONS));
            keys(tables, of(rows, ErasedKind.KEYS));
            users(tables, of(rows, ErasedKind.USERS));
            roles(tables, of(rows, ErasedKind.ROLES));
        }
        return rows;
    }

    private void contexts(Tables tables, ErasureScope scope, Map<ErasedKind, TreeMap<String, Runnable>> rows) {
        String tenant = tenant();
        for (Tree.Node<Listed, String> entry : Listed.of(tables.contextsNewestFirst, tenant, null)) {
            if (!entry.key.tenant().equals(tenant)) {
                break;
            }
            StoredContext row = Objects.requireNonNull(tables.contexts.get(entry.value));
            boolean wanted = !(scope instanceof ErasureScope.OfAgent of)
                    || of.agent().equals(row.context().agent());
            if (wanted) {
                of(rows, ErasedKind.CONTEXTS).put(entry.value, () -> tables.deleteContext(row));
                for (Tree.Node<Long, StoredItem> item : row.items().entries()) {
                    // items and their embeddings live within their context and go with it
                    of(rows, ErasedKind.ITEMS).put(item.value.item().id(), () -> {});
                    if (item.value.embedded() != null) {
                        of(rows, ErasedKind.EMBEDDINGS).put(item.value.item().id(), () -> {});
                    }
                }
            }
        }
    }

    private void answers(Tables tables, ErasureScope scope, Map<ErasedKind, TreeMap<String, Runnable>> rows) {
        String tenant = tenant();
        Set<String> contexts = of(rows, ErasedKind.CONTEXTS).keySet();
        for (Tree.Node<AnswerKey, IdempotentAnswer> entry : tables.answers.above(new AnswerKey(tenant, "", ""))) {
            if (!entry.key.tenant().equals(tenant)) {
                break;
            }
            IdempotentAnswer answer = entry.value;
            if (scope instanceof ErasureScope.OfTenant
                    || answer.contextId().filter(contexts::contains).isPresent()) {
                of(rows, ErasedKind.ANSWERS)
                        .put(
                                answer.caller() + " " + answer.key(),
                                () -> tables.removeAnswer(new Due<>(answer.expiresAt(), entry.key)));
            }
        }
    }

    private void tasks(Tables tables, Map<String, Runnable> rows) {
        for (Tree.Node<String, StoredTask> entry : tables.tasks.entries()) {
            if (entry.value.task().tenant().equals(unit.tenant())) {
                rows.put(entry.key, () -> tables.removeTask(entry.value));
            }
        }
    }

    private void jobs(Tables tables, Map<String, Runnable> rows) {
        for (Tree.Node<String, StoredJob> entry : tables.jobs.entries()) {
            if (entry.value.job().tenant().equals(unit.tenant())) {
                rows.put(entry.key, () -> tables.removeJob(entry.key));
            }
        }
    }

    private void sessions(Tables tables, Map<String, Runnable> rows) {
        String tenant = tenant();
        for (Tree.Node<SessionKey, SessionNotes> entry : tables.sessions.above(new SessionKey(tenant, ""))) {
            if (!entry.key.tenant().equals(tenant)) {
                break;
            }
            rows.put(entry.key.id(), () -> tables.removeSession(entry.key, entry.value));
        }
    }

    private void keys(Tables tables, Map<String, Runnable> rows) {
        String tenant = tenant();
        for (Tree.Node<Listed, String> entry : Listed.of(tables.keysNewestFirst, tenant, null)) {
            if (!entry.key.tenant().equals(tenant)) {
                break;
            }
            ApiKey key = Objects.requireNonNull(tables.keys.get(entry.value));
            rows.put(entry.value, () -> tables.removeKey(key));
        }
    }

    private void users(Tables tables, Map<String, Runnable> rows) {
        for (Tree.Node<String, StoredUser> entry : tables.users.entries()) {
            if (entry.value.user().tenant().equals(unit.tenant())) {
                rows.put(entry.key, () -> tables.removeUser(entry.value));
            }
        }
    }

    private void roles(Tables tables, Map<String, Runnable> rows) {
        for (Tree.Node<String, Role> entry : tables.roles.entries()) {
            if (entry.value.tenant().equals(unit.tenant())) {
                rows.put(entry.key, () -> tables.removeRole(entry.value));
            }
        }
    }

    private String tenant() {
        return unit.tenant().id();
    }

    private static TreeMap<String, Runnable> of(Map<ErasedKind, TreeMap<String, Runnable>> rows, ErasedKind kind) {
        return Objects.requireNonNull(rows.get(kind));
    }
}
