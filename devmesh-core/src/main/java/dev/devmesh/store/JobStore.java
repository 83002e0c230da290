package dev.devmesh.store;

import dev.devmesh.queue.Job;
import dev.devmesh.queue.NewJob;
import java.util.Optional;

/**
 * Background work within a unit of work: the truth about which jobs exist and which are done. The queue carries them to
 * workers and may lose or repeat them; this table decides.
 *
 * <p>The lease token fences late workers off: a worker claims a job with the token of its lease before it works, and
 * only the latest claim can complete it.
 */
public interface JobStore {

    /**
     * Records a job that is handed to the queue after this unit of work commits.
     *
     * @return the job; the one recorded before, when {@link NewJob#dedupeKey()} names a job of this tenant and queue
     *     that is not done yet
     */
    Job enqueue(NewJob job);

    /** The job as recorded, done or not, unless it was purged. */
    Optional<Job> find(String jobId);

    /**
     * Takes the job for the holder of this lease.
     *
     * @return false if it is done, dead or unknown, or was claimed with a higher token
     */
    boolean claim(String jobId, long leaseToken);

    /**
     * Marks the job done, in the same commit as what the worker wrote.
     *
     * @return false if it was done already or was claimed with another token since; the worker must then roll back
     */
    boolean complete(String jobId, long leaseToken);

    /** Marks the job dead: it is not delivered again until it is replayed. */
    boolean bury(String jobId, long leaseToken);

    /** Makes a dead job live again: it is handed to the queue after this unit of work commits. */
    boolean revive(String jobId);
}
