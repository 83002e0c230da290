package dev.devmesh.queue;

import dev.devmesh.store.StoreSession;

/**
 * The short part of a job that commits together with its completion, exactly once.
 *
 * <p>Must be safe for use by many threads.
 *
 * @param <R> what the {@link JobWork} before it returned
 */
@FunctionalInterface
public interface JobEffect<R> {

    /** Records the result. Throwing has the same meaning as in {@link JobHandler#handle}. */
    void record(Job job, R result, StoreSession tx) throws Exception;
}
