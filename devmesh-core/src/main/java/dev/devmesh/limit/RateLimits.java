package dev.devmesh.limit;

import dev.devmesh.auth.Principal;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Which policy holds for whom: the plan's, else the default, else none. And what calls of which tool cost, where somebody else than
 * its author says so.
 *
 * <p>Immutable.
 */
public final class RateLimits {

    /** The most that a call of a tool can count as. */
    public static final int MAX_WEIGHT = 10_000;

    private static final RateLimits NONE = new RateLimits(Optional.empty(), Map.of(), Map.of());

    private final Optional<RateLimitPolicy> standard;
    private final Map<String, RateLimitPolicy> plans;
    private final Map<String, Integer> weights;

    private RateLimits(
            Optional<RateLimitPolicy> standard, Map<String, RateLimitPolicy> plans, Map<String, Integer> weights) {
        this.standard = standard;
        this.plans = Map.copyOf(plans);
        this.weights = Map.copyOf(weights);
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
        return new RateLimits(Optional.of(Objects.requireNonNull(standard, "standard")), plans, Map.of());
    }

    /**
     * The same, with what a call of these tools counts as, instead of what each says of itself.
     *
     * @param weightByTool 1 to {@link #MAX_WEIGHT} by the name of a tool, which need not exist
     */
    public RateLimits weights(Map<String, Integer> weightByTool) {
        weightByTool.forEach((tool, weight) -> {
            if (weight < 1 || weight > MAX_WEIGHT) {
                throw new IllegalArgumentException(
                        "the weight of tool '" + tool + "' must be 1 to " + MAX_WEIGHT + ", is " + weight);
            }
        });
        return new RateLimits(standard, plans, weightByTool);
    }

    /** What a call of this tool counts as, if its author says so much. */
    int weigh(String tool, int own) {
        return weights.getOrDefault(tool, own);
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
