package dev.devmesh.store;

import dev.devmesh.auth.Tenant;
import java.util.function.Function;

/**
 * Where a mesh keeps what must not be lost, in units of work.
 *
 * <p>Safe for use by many threads. Whoever opened a store closes it; a mesh closes only the one it made itself.
 */
public interface Store extends AutoCloseable {

    /**
     * Runs {@code work} as one unit of this tenant: it commits when {@code work} returns and leaves no trace when
     * {@code work} throws. The session is of no use afterwards. {@code work} runs once, on the calling thread, sees its
     * own writes, and must not start another unit of work on this store.
     *
     * <p>Each read sees what others have committed by then, so two reads may differ. Whoever reads a row, decides by it
     * and then changes it has to {@code lock} it first.
     *
     * @throws IllegalStateException if called from within another unit of work of this store, or after {@link #close()}
     */
    <T> T inTransaction(Tenant tenant, Function<? super StoreSession, ? extends T> work);

    /** The few named operations that work across tenants. */
    SystemStore system();

    /**
     * Has {@code listener} called after each commit that enqueued a job, on the committing thread; it must not wait.
     *
     * @return ends that; harmless when run twice
     */
    Runnable onJobsEnqueued(Runnable listener);

    /**
     * Has {@code listener} called after each commit that appended items, on the committing thread; it must not wait. It is for waking whoever
     * embeds them early; items appended through another process are not announced here.
     *
     * @return ends that; harmless when run twice
     */
    Runnable onItemsAppended(Runnable listener);

    /** Whether calls may wait for I/O. */
    default boolean blocking() {
        return true;
    }

    @Override
    void close();
}
