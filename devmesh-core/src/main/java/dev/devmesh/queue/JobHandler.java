package dev.devmesh.queue;

import dev.devmesh.store.StoreSession;

/**
 * Does the work of a job inside the unit of work that marks it done: what it writes through {@code tx} happens exactly
 * once, however often the job is delivered. Calls to the outside happen at least once; give them the job's id as
 * idempotency key.
 *
 * <p>Must be safe for use by many threads.
 */
@FunctionalInterface
public interface JobHandler {

    /**
     * Works on the job. Throwing rolls everything back; the job is tried again later or, when its attempts are used up,
     * given up. A {@link JobPostponedException} delays it without costing an attempt.
     *
     * @param job what to do
     * @param tx the unit of work of the job's tenant; ends when this method returns. It must stay on this thread and
     *     may hold a database connection: long work belongs into {@link JobWork}
     */
    void handle(Job job, StoreSession tx) throws Exception;
}
