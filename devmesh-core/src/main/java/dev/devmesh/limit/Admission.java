package dev.devmesh.limit;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import java.util.Optional;

/**
 * Charges callers for what they do, by the policy of their plan.
 *
 * <p>Safe for use by many threads.
 */
public final class Admission {

    private final RateLimiter limiter;
    private final RateLimits limits;

    /** Counts with this limiter, by these policies. */
    public Admission(RateLimiter limiter, RateLimits limits) {
        this.limiter = limiter;
        this.limits = limits;
    }

    /**
     * Charges one call.
     *
     * @throws MeshException with {@link ErrorCode#RATE_LIMITED} if the caller's rate is used up
     */
    public void charge(Principal principal) {
        Optional<RateLimitPolicy> policy = limits.policyFor(principal);
        if (policy.isEmpty()) {
            return;
        }
        String key = principal.tenant().id() + "/" + principal.credentialId();
        RateLimitDecision decision = limiter.acquire(key, policy.get(), 1);
        if (!decision.allowed()) {
            throw new MeshException(
                    ErrorCode.RATE_LIMITED,
                    "The rate of plan '" + policy.get().name() + "', "
                            + policy.get().requestsPerMinute() + " requests a minute, is used up.",
                    "Try again after the time that Retry-After says.",
                    decision.retryAfter(),
                    null);
        }
    }
}
