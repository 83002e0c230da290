package dev.devmesh.queue;

import java.time.Duration;
import java.time.Instant;

/**
 * A job held by one worker for a limited time.
 *
 * <p>A lease ends by {@link #ack}, {@link #retry}, {@link #release} or {@link #bury}, or by its {@link #deadline()}
 * passing. After that another worker may hold the job, with a higher {@link #token()}, so that a store can refuse what
 * the earlier one still writes.
 *
 * <p>Safe for use by many threads.
 */
public interface Lease {

    /** The job; {@link Job#attempt()} counts this delivery. */
    Job job();

    /**
     * Grows with every delivery of the job. It also grows across a loss of the queue's memory, as far as clocks allow:
     * a store that remembers a token must see a higher one when the job is handed to the queue again. Queues take it
     * from the clock, in microseconds, or one more than the last where that is higher.
     */
    long token();

    /**
     * How many deliveries directly before this one ended because their time ran out: the worker died or stalled. A
     * recorded failure ({@link #retry}) sets it back to 0.
     */
    int crashes();

    /** When the lease ends unless it is extended, by the queue's clock. */
    Instant deadline();

    /**
     * Keeps the job for another full lease from now.
     *
     * @throws LeaseLostException if the deadline has passed or the lease has ended in another way
     */
    void extend();

    /**
     * Takes the job out of the queue. Calling it again has no effect.
     *
     * @throws LeaseLostException if the deadline has passed or the lease has ended in another way
     */
    void ack();

    /**
     * Gives the job back after a failure.
     *
     * @param delay how long to wait at least before the next delivery, not negative
     * @param error what went wrong, without secrets; the first and the last are kept
     * @throws LeaseLostException if the deadline has passed or the lease has ended
     */
    void retry(Duration delay, String error);

    /**
     * Gives the job back as if this delivery had not been: the next one has the same attempt number.
     *
     * @param delay how long to wait at least before the next delivery, not negative
     * @throws LeaseLostException if the deadline has passed or the lease has ended
     */
    void release(Duration delay);

    /**
     * Puts the job among the dead letters.
     *
     * @param reason why it is not tried again
     * @param error what this attempt failed with, without secrets; empty when it was not begun
     * @throws LeaseLostException if the deadline has passed or the lease has ended
     */
    void bury(String reason, String error);
}
