package dev.devmesh.queue;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.store.JobState;
import dev.devmesh.store.Store;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Background work, for callers: everything here asks for a permission ({@code jobs:read} or {@code jobs:write}) and
 * shows and touches the caller's tenant only, except the figures of a queue, which count every tenant's jobs.
 *
 * <p>To record a job together with other data use {@code tx.jobs().enqueue(…)} in that unit of work.
 *
 * <p>Each method throws a {@link MeshException} with {@code PERMISSION_DENIED} when the caller may not. Safe for use by
 * many threads.
 */
public final class Jobs {

    /** Allows looking at jobs, queues and dead letters. */
    public static final String READ = "jobs:read";

    /** Allows recording and replaying jobs. */
    public static final String WRITE = "jobs:write";

    private final Store store;
    private final JobQueue jobQueue;

    /**
     * @param store the truth about jobs; not closed by this object
     * @param jobQueue what carries them; not closed by this object
     */
    public Jobs(Store store, JobQueue jobQueue) {
        this.store = Objects.requireNonNull(store, "store");
        this.jobQueue = Objects.requireNonNull(jobQueue, "jobQueue");
    }

    /**
     * Records a job in a unit of work of its own.
     *
     * @return the job; the unfinished one of the same dedupe key, if there is one
     */
    public Job enqueue(Principal caller, NewJob job) {
        require(caller, WRITE);
        return store.inTransaction(caller.tenant(), tx -> tx.jobs().enqueue(job));
    }

    /** The job, done or not, unless it was purged. */
    public Optional<Job> find(Principal caller, String jobId) {
        require(caller, READ);
        return store.inTransaction(caller.tenant(), tx -> tx.jobs().find(jobId));
    }

    /** The names of the queues in use. */
    public Set<String> queues(Principal caller) {
        require(caller, READ);
        return jobQueue.queues();
    }

    /** How a queue stands, over all tenants. */
    public QueueStats stats(Principal caller, String queue) {
        require(caller, READ);
        return jobQueue.stats(queue);
    }

    /**
     * The jobs of the tenant that were given up, newest first.
     *
     * @param max at least 1
     */
    public List<DeadLetter> deadLetters(Principal caller, String queue, int max) {
        require(caller, READ);
        return jobQueue.deadLetters(queue).ofTenant(caller.tenant()).list(max);
    }

    /**
     * Makes a job that was given up live again, with its attempts forgotten.
     *
     * @throws MeshException with {@code JOB_NOT_FOUND} if the tenant has no such job among those given up; with
     *     {@code ALREADY_EXISTS} if another unfinished job holds its dedupe key by now; with {@code OVERLOADED} if the
     *     queue is full
     */
    public void replay(Principal caller, String queue, String jobId) {
        require(caller, WRITE);
        DeadLetters dead = jobQueue.deadLetters(queue).ofTenant(caller.tenant());
        // In the store first: should this process die in between, the dead letter is still there and can be replayed
        // again. The other way round a worker would skip the job as dead, and it would be gone from the queue.
        boolean revived = store.inTransaction(caller.tenant(), tx -> tx.jobs().revive(jobId));
        Optional<JobState> state = revived
                ? Optional.of(JobState.LIVE)
                : store.inTransaction(caller.tenant(), tx -> tx.jobs().state(jobId));
        if (state.equals(Optional.of(JobState.DEAD))) {
            throw new MeshException(
                    ErrorCode.ALREADY_EXISTS,
                    "Job '" + jobId + "' cannot be replayed: another unfinished job has its dedupe key.",
                    "Wait until that job is done.");
        }
        if (state.equals(Optional.of(JobState.DONE))) {
            // a letter left over from an attempt that was thought to have failed
            dead.drop(jobId);
        }
        boolean replayed = state.equals(Optional.of(JobState.LIVE)) && dead.replay(jobId);
        if (!revived && !replayed) {
            throw new MeshException(
                    ErrorCode.JOB_NOT_FOUND,
                    "Queue '" + queue + "' has no dead letter of job '" + jobId + "'.",
                    "List the dead letters of the queue to see which there are.");
        }
    }

    private static void require(Principal caller, String permission) {
        caller.require(permission, "this");
    }
}
