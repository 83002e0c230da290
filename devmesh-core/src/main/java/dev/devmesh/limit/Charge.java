package dev.devmesh.limit;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.util.Objects;

/**
 * What a caller was charged, and by which policy.
 *
 * <p>Immutable.
 *
 * @param policy the policy in force for the caller
 * @param decision what the limiter said
 */
public record Charge(RateLimitPolicy policy, RateLimitDecision decision) {

    /** Checks that nothing is missing. */
    public Charge {
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(decision, "decision");
    }

    /**
     * Lets a caller on whose rate allows it.
     *
     * @throws MeshException with {@link ErrorCode#RATE_LIMITED} if it is used up
     */
    public void requireAllowed() {
        if (!decision.allowed()) {
            throw new MeshException(
                    ErrorCode.RATE_LIMITED,
                    "The rate of plan '" + policy.name() + "', " + policy.requestsPerMinute()
                            + " requests a minute, is used up.",
                    "Try again after the time that Retry-After says.",
                    decision.retryAfter(),
                    null);
        }
    }
}
