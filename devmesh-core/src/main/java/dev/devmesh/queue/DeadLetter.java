package dev.devmesh.queue;

import java.time.Instant;
import java.util.Objects;

/**
 * A job that is not tried again until somebody replays it.
 *
 * <p>Immutable.
 *
 * @param job the job; {@link Job#attempt()} says how often it was tried
 * @param reason why it was given up
 * @param firstError what the first failure was, empty when none was recorded
 * @param lastError what the last failure was, empty when none was recorded
 * @param buriedAt when it was given up, by the queue's clock
 */
public record DeadLetter(Job job, String reason, String firstError, String lastError, Instant buriedAt) {

    /** Checks that nothing is missing. */
    public DeadLetter {
        Objects.requireNonNull(job, "job");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(firstError, "firstError");
        Objects.requireNonNull(lastError, "lastError");
        Objects.requireNonNull(buriedAt, "buriedAt");
    }
}
