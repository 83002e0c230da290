package dev.devmesh.queue;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Carries jobs to workers. It may lose a job or deliver it twice: which jobs exist and which are done is decided by
 * {@link dev.devmesh.store.JobStore}, and an {@link OutboxRelay} hands over again what was lost.
 *
 * <p>Queues are known by name and exist as soon as they are used. Time is the queue's own: the clock of its server, or
 * the one it was made with.
 *
 * <p>Safe for use by many threads. Whoever opened a queue closes it. Every method throws {@link IllegalStateException}
 * after {@link #close()}.
 */
public interface JobQueue extends AutoCloseable {

    /**
     * Adds the jobs, each to the queue it names. A job whose id waits, is leased or lies among the dead letters is
     * left as it is, so that repeating a call does no harm.
     *
     * <p>{@link Job#attempt()} is carried on: the first delivery of a job that comes with attempt 2 is its third.
     *
     * @throws dev.devmesh.MeshException with {@code OVERLOADED} when there is no room; jobs earlier in the list may have
     *     been added
     */
    void enqueue(List<Job> jobs);

    /** Adds one job, as {@link #enqueue(List)} does. */
    default void enqueue(Job job) {
        enqueue(List.of(job));
    }

    /**
     * Takes jobs that are due, ordered by {@link Job#runAt()} and then by when they were added. A job whose lease ran
     * out is due again, with one attempt and one crash more. Returns as soon as there is at least one.
     *
     * @param queue the name of the queue
     * @param max how many at most, at least 1
     * @param leaseFor how long each is held, above zero
     * @param wait how long to wait for the first; zero for not at all
     * @return the leases; none when the time passed, the queue is paused or is being closed, or the thread was
     *     interrupted, whose interrupt status is then kept
     */
    List<Lease> lease(String queue, int max, Duration leaseFor, Duration wait);

    /** The jobs of this queue that were given up. */
    DeadLetters deadLetters(String queue);

    /** How this queue stands. */
    QueueStats stats(String queue);

    /** The names of the queues that hold something, are paused or are being waited on. */
    Set<String> queues();

    /** Hands out no more jobs of this queue. Jobs are still added, and leases go on. */
    void pause(String queue);

    /** Undoes {@link #pause}. */
    void resume(String queue);

    /** Ends every wait; leases that are still held are lost. Calling it again has no effect. */
    @Override
    void close();
}
