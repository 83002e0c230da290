package dev.devmesh.store;

import dev.devmesh.queue.Job;
import dev.devmesh.queue.NewJob;
import java.util.Optional;

/**
 * Background work within a unit of work: the truth about which jobs exist and which are done. The queue carries them to
 * workers and may lose or repeat them; this table decides.
 *
 * <p>The lease token fences late workers off: a worker claims a job with the token of its lease before it works, and
 * only the latest claim can complete it. So a queue must give a job a higher token each time, even if it lost everything in
 * between.
 */
public interface JobStore {

    /**
     * Records a job that is handed to the queue after this unit of work commits.
     *
     * @return the job; the one recorded before, when {@link NewJob#dedupeKey()} names a job of this tenant and queue
     *     that is neither done nor dead
     */
    Job enqueue(NewJob job);

    /** The job as recorded, done or not, unless it was purged. */
    Optional<Job> find(String jobId);

    /** How the job stands, or empty if it is unknown or was purged. */
    Optional<JobState> state(String jobId);

    /**
     * Takes the job for the holder of this lease. The first claim with a token counts as an attempt.
     *
     * @param leaseToken at least 1
     * @return false if it is done, dead or unknown, or was claimed with a higher token
     */
    boolean claim(String jobId, long leaseToken);

    /**
     * Undoes the attempt that the claim with this token counted: the holder gives the job back without having failed.
     * The claim itself stands until the next one.
     *
     * @return false if it is done, dead or unknown, or its latest claim was not with this token
     */
    boolean release(String jobId, long leaseToken);

    /**
     * Marks the job done, in the same commit as what the worker wrote.
     *
     * @return false if it is done, dead or unknown, or its latest claim was not with this token; the worker must then
     *     roll back
     */
    boolean complete(String jobId, long leaseToken);

    /**
     * Marks the job dead: it is not delivered again until it is replayed, and its dedupe key is free.
     *
     * @return false if it is done, dead or unknown, or its latest claim was not with this token
     */
    boolean bury(String jobId, long leaseToken);

    /**
     * Makes a dead job live again, with no attempt made: it is handed to the queue after this unit of work commits.
     *
     * @return false if it is not dead, or if a live job holds its dedupe key by now
     */
    boolean revive(String jobId);
}
