package dev.devmesh.limit;

import dev.devmesh.auth.Principal;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Which policy holds for whom: the plan's, else the default, else none.
 *
 * <p>Immutable.
 */
public final class RateLimits {

    private static final RateLimits NONE = new RateLimits(Optional.empty(), Map.of());

    private final Optional<RateLimitPolicy> standard;
    private final Map<String, RateLimitPolicy> plans;

    private RateLimits(Optional<RateLimitPolicy> standard, Map<String, RateLimitPolicy> plans) {
        this.standard = standard;
        this.plans = Map.copyOf(plans);
    }

    /** Nobody is limited. */
    public static RateLimits none() {
        return NONE;
    }

    /**
     * @param standard the policy of whoever has no plan of their own
     * @param plans policies by the name of the plan; {@link Principal#UNLIMITED_PLAN} cannot be redefined
     */
    public static RateLimits of(RateLimitPolicy standard, Map<String, RateLimitPolicy> plans) {
        if (plans.containsKey(Principal.UNLIMITED_PLAN)) {
            throw new IllegalArgumentException("the plan 'unlimited' has no policy; choose another name");
        }
        return new RateLimits(Optional.of(Objects.requireNonNull(standard, "standard")), plans);
    }

    /** The policy for this caller, or empty when the caller is not limited. */
    public Optional<RateLimitPolicy> policyFor(Principal principal) {
        String plan = principal.plan();
        if (plan.equals(Principal.UNLIMITED_PLAN)) {
            return Optional.empty();
        }
        RateLimitPolicy own = plans.get(plan);
        return own == null ? standard : Optional.of(own);
    }
}
