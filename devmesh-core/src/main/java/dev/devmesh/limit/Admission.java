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
        decide(principal).ifPresent(Charge::requireAllowed);
    }

    /** Charges one call, for whoever tells the caller what is left. Empty if the caller is not limited. */
    public Optional<Charge> decide(Principal principal) {
        return limits.policyFor(principal)
                .map(policy -> new Charge(
                        policy, limiter.acquire(principal.tenant().id() + "/" + principal.credentialId(), policy, 1)));
    }
}
