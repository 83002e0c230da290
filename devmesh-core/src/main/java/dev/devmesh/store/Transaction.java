package dev.devmesh.store;

import dev.devmesh.auth.Tenant;

/**
 * A unit of work of one tenant: all of it happens, or nothing.
 *
 * <p>Confined to the thread that runs it, and of no use once it has ended.
 */
public interface Transaction {

    /** Whose data this unit of work sees. */
    Tenant tenant();

    /**
     * The store's own handle of this unit of work, for writing beside the mesh's tables in the same commit: a
     * {@code java.sql.Connection} where there is one. It belongs to the store: do not commit or close it.
     *
     * @throws IllegalStateException if this store has no such handle
     */
    <T> T unwrap(Class<T> type);
}
