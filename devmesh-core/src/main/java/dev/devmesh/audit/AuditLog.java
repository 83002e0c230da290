package dev.devmesh.audit;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import dev.devmesh.auth.Principal;
import dev.devmesh.store.Position;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * The log of who did what, for reading. Needs the permission {@value #READ}; only the caller's tenant is seen.
 *
 * <p>Safe for use by many threads. Each call is a unit of work of its own.
 */
public final class AuditLog {

    /** The permission to see who did what. */
    public static final String READ = "audit:read";

    /** The most entries that a page may hold. */
    public static final int MAX_PAGE = 200;

    private final Store store;

    private AuditLog(Store store) {
        this.store = Objects.requireNonNull(store, "store");
    }

    /**
     * The log that is kept in this store.
     *
     * @param store not closed here
     */
    public static AuditLog in(Store store) {
        return new AuditLog(store);
    }

    /**
     * Entries of the caller's tenant, newest first.
     *
     * @param cursor where to go on, as {@link Page#nextCursor()} said; empty for the beginning
     * @param limit how many at most: 1 to {@value #MAX_PAGE}
     * @throws MeshException {@link ErrorCode#PERMISSION_DENIED} without the permission, {@link ErrorCode#INVALID_VALUE} for a limit or
     *     cursor that cannot be
     */
    public Page<AuditEntry> list(Principal principal, AuditFilter filter, String cursor, int limit) {
        principal.require(READ, "this");
        Position.requireLimit(limit, MAX_PAGE);
        Position after = Position.after(cursor);
        Function<StoreSession, List<AuditEntry>> read =
                session -> session.audit().list(filter, after, limit + 1);
        List<AuditEntry> found = store.inTransaction(principal.tenant(), read);
        return Position.page(found, limit, entry -> new Position(entry.at(), entry.id()));
    }
}
