package dev.devmesh.inmemory;

import dev.devmesh.auth.Tenant;
import dev.devmesh.store.ApiKeyStore;
import dev.devmesh.store.AuditStore;
import dev.devmesh.store.ConfinedSession;
import dev.devmesh.store.ContextStore;
import dev.devmesh.store.EmbeddingStore;
import dev.devmesh.store.ErasureStore;
import dev.devmesh.store.IdempotencyStore;
import dev.devmesh.store.JobStore;
import dev.devmesh.store.RoleStore;
import dev.devmesh.store.SessionStore;
import dev.devmesh.store.TaskStore;
import dev.devmesh.store.ToolPermissionStore;
import dev.devmesh.store.UserStore;
import org.jspecify.annotations.Nullable;

/**
 * One unit of work: reads what is committed until it writes, then its own copy.
 *
 * <p>Confined to the thread that began it, because it may hold that thread's lock.
 */
final class UnitOfWork extends ConfinedSession {

    private final InMemoryStore store;
    private final ContextStore contexts;
    private final EmbeddingStore embeddings;
    private final ApiKeyStore keys;
    private final UserStore users;
    private final RoleStore roles;
    private final ToolPermissionStore toolPermissions;
    private final JobStore jobs;
    private final TaskStore tasks;
    private final SessionStore sessions;
    private final IdempotencyStore idempotency;
    private final AuditStore audit;
    private final ErasureStore erasure;
    private @Nullable Tables draft;

    UnitOfWork(InMemoryStore store, Tenant tenant) {
        super(tenant);
        this.store = store;
        this.contexts = new InMemoryContexts(this);
        this.embeddings = new InMemoryEmbeddings(this);
        this.keys = new InMemoryKeys(this, store.lastUses());
        this.users = new InMemoryUsers(this);
        this.roles = new InMemoryRoles(this);
        this.toolPermissions = new InMemoryToolPermissions(this);
        this.jobs = new InMemoryJobs(this, store.clock());
        this.tasks = new InMemoryTasks(this);
        this.sessions = new InMemorySessions(this);
        this.idempotency = new InMemoryIdempotency(this);
        this.audit = new InMemoryAudit(this);
        this.erasure = new InMemoryErasure(this);
    }

    @Override
    public ContextStore contexts() {
        requireUsable();
        return contexts;
    }

    @Override
    public EmbeddingStore embeddings() {
        requireUsable();
        return embeddings;
    }

    @Override
    public ApiKeyStore keys() {
        requireUsable();
        return keys;
    }

    @Override
    public UserStore users() {
        requireUsable();
        return users;
    }

    @Override
    public RoleStore roles() {
        requireUsable();
        return roles;
    }

    @Override
    public ToolPermissionStore toolPermissions() {
        requireUsable();
        return toolPermissions;
    }

    @Override
    public JobStore jobs() {
        requireUsable();
        return jobs;
    }

    @Override
    public SessionStore sessions() {
        requireUsable();
        return sessions;
    }

    @Override
    public IdempotencyStore idempotency() {
        requireUsable();
        return idempotency;
    }

    @Override
    public AuditStore audit() {
        requireUsable();
        return audit;
    }

    @Override
    public ErasureStore erasure() {
        requireUsable();
        return erasure;
    }

    @Override
    public TaskStore tasks() {
        requireUsable();
        return tasks;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        requireUsable();
        throw new IllegalStateException("The in-memory store has no " + type.getName()
                + " to write through. Use a store that keeps its data in a database.");
    }

    /** What this unit sees now. */
    Tables read() {
        requireUsable();
        return draft != null ? draft : store.committed();
    }

    /** What this unit may write to: nobody else writes until it ends. */
    Tables write() {
        requireUsable();
        if (draft == null) {
            draft = store.beginWriting();
        }
        return draft;
    }

    /** The user of this id, if this tenant has it. */
    Tables.@Nullable StoredUser user(String id) {
        Tables.StoredUser row = read().users.get(id);
        return row != null && row.user().tenant().equals(tenant()) ? row : null;
    }

    /** The user of this id, to be given something. */
    Tables.StoredUser requireUser(String id) {
        write();
        Tables.StoredUser row = user(id);
        if (row == null) {
            throw new IllegalStateException("there is no user " + id + " in this tenant; find it first");
        }
        return row;
    }

    void commit() {
        if (draft != null) {
            store.publish(draft);
        }
    }

    @Override
    public void end() {
        super.end();
        if (draft != null) {
            store.endWriting();
        }
    }
}
