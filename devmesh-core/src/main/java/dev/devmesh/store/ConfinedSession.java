package dev.devmesh.store;

import dev.devmesh.auth.Tenant;
import java.util.Objects;

/**
 * What a unit of work is in every store: of one tenant, confined to the thread that began it, and dead once it has ended. For who
 * writes a store; who uses one sees a {@link StoreSession}.
 */
public abstract class ConfinedSession implements StoreSession {

    private final Tenant tenant;
    private final Thread owner = Thread.currentThread();
    private boolean enqueued;
    private boolean appended;
    private boolean ended;

    /** Begins, on the calling thread. */
    protected ConfinedSession(Tenant tenant) {
        this.tenant = Objects.requireNonNull(tenant, "tenant");
    }

    @Override
    public final Tenant tenant() {
        requireUsable();
        return tenant;
    }

    /**
     * Goes on only on the thread that began this, until it has ended.
     *
     * @throws IllegalStateException otherwise
     */
    public final void requireUsable() {
        if (ended) {
            throw new IllegalStateException(
                    "This unit of work has ended. Do all its work inside the function given to inTransaction.");
        }
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("A unit of work belongs to the thread that began it."
                    + " Begin another one with inTransaction on this thread.");
        }
    }

    /**
     * Refuses what belongs to another tenant.
     *
     * @param what for example {@code a context}
     * @throws IllegalArgumentException if it does
     */
    public final void requireMine(String what, Tenant other) {
        requireUsable();
        if (!other.equals(tenant)) {
            throw new IllegalArgumentException(
                    what + " of tenant " + other + " cannot be stored by a unit of work of tenant " + tenant);
        }
    }

    /** Jobs are to be announced once this has committed. */
    public final void jobEnqueued() {
        enqueued = true;
    }

    /** Whether {@link #jobEnqueued} was called. */
    public final boolean hasEnqueued() {
        return enqueued;
    }

    /** Items are to be announced once this has committed. */
    public final void itemsAppended() {
        appended = true;
    }

    /** Whether {@link #itemsAppended} was called. */
    public final boolean hasAppended() {
        return appended;
    }

    /** Nothing can be done with this any more. */
    public void end() {
        ended = true;
    }
}
