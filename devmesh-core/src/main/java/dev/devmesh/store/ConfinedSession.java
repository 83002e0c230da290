package dev.devmesh.store;

import dev.devmesh.auth.Tenant;
import java.util.Objects;

/**
 * What a unit of work is in every store: of one tenant, confined to the thread that began it, and dead once it has ended. For who
 * writes a store; who uses one sees a {@link StoreSession}.
 */
public abstract class ConfinedSession implements StoreSession {

    /** What a unit of work consists of; see the methods of the same names. */
    public record Parts(
            ContextStore contexts,
            EmbeddingStore embeddings,
            ApiKeyStore keys,
            UserStore users,
            RoleStore roles,
            ToolPermissionStore toolPermissions,
            RefreshTokenStore refreshTokens,
            JobStore jobs,
            TaskStore tasks,
            SessionStore sessions,
            IdempotencyStore idempotency,
            AuditStore audit,
            ErasureStore erasure) {}

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

    /** What this consists of, the same each time. */
    protected abstract Parts parts();

    private Parts usable() {
        requireUsable();
        return parts();
    }

    @Override
    public final ContextStore contexts() {
        return usable().contexts();
    }

    @Override
    public final EmbeddingStore embeddings() {
        return usable().embeddings();
    }

    @Override
    public final ApiKeyStore keys() {
        return usable().keys();
    }

    @Override
    public final UserStore users() {
        return usable().users();
    }

    @Override
    public final RoleStore roles() {
        return usable().roles();
    }

    @Override
    public final ToolPermissionStore toolPermissions() {
        return usable().toolPermissions();
    }

    @Override
    public final RefreshTokenStore refreshTokens() {
        return usable().refreshTokens();
    }

    @Override
    public final JobStore jobs() {
        return usable().jobs();
    }

    @Override
    public final TaskStore tasks() {
        return usable().tasks();
    }

    @Override
    public final SessionStore sessions() {
        return usable().sessions();
    }

    @Override
    public final IdempotencyStore idempotency() {
        return usable().idempotency();
    }

    @Override
    public final AuditStore audit() {
        return usable().audit();
    }

    @Override
    public final ErasureStore erasure() {
        return usable().erasure();
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
