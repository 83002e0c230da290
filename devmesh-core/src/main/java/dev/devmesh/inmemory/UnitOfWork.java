package dev.devmesh.inmemory;

import dev.devmesh.auth.Tenant;
import dev.devmesh.store.ConfinedSession;
import org.jspecify.annotations.Nullable;

/**
 * One unit of work: reads what is committed until it writes, then its own copy.
 *
 * <p>Confined to the thread that began it, because it may hold that thread's lock.
 */
final class UnitOfWork extends ConfinedSession {

    private final InMemoryStore store;
    private final Parts parts;
    private @Nullable Tables draft;

    UnitOfWork(InMemoryStore store, Tenant tenant) {
        super(tenant);
        this.store = store;
        this.parts = new Parts(
                new InMemoryContexts(this),
                new InMemoryEmbeddings(this),
                new InMemoryKeys(this, store.lastUses()),
                new InMemoryUsers(this),
                new InMemoryRoles(this),
                new InMemoryToolPermissions(this),
                new InMemoryRefreshTokens(this),
                new InMemoryJobs(this, store.clock()),
                new InMemoryTasks(this),
                new InMemorySessions(this),
                new InMemoryIdempotency(this),
                new InMemoryAudit(this),
                new InMemoryErasure(this));
    }

    @Override
    protected Parts parts() {
        return parts;
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
