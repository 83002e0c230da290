package dev.devmesh.queue;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.time.Duration;

/**
 * Thrown by a handler that cannot work now for a reason that is not the job's, such as an open circuit breaker or a
 * destination that asks to wait. The job comes back after the delay and has not lost an attempt.
 */
public final class JobPostponedException extends MeshException {

    private static final long serialVersionUID = 1L;

    private final Duration delay;

    /**
     * @param delay how long to wait at least, not negative
     * @param reason one sentence without secrets: why not now
     */
    public JobPostponedException(Duration delay, String reason) {
        super(ErrorCode.OVERLOADED, reason, "", delay, null);
        if (delay.isNegative()) {
            throw new IllegalArgumentException("the delay of a postponed job must not be negative, is " + delay);
        }
        this.delay = delay;
    }

    /** How long to wait at least. */
    public Duration delay() {
        return delay;
    }
}
