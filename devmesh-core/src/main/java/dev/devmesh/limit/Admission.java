package dev.devmesh.limit;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;

/**
 * Charges callers for what they do, by the policy of their plan. Counted is the credential, of the tenant that it belongs to; of callers
 * without one, the address.
 *
 * <p>What comes from outside is charged once, at the door it comes through, all of its cost at once: a caller who can pay a part only
 * pays nothing.
 *
 * <p>Safe for use by many threads.
 */
public final class Admission {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final RateLimiter limiter;
    private final RateLimits limits;
    private final InstantSource clock;

    /**
     * Counts with this limiter, by these policies.
     *
     * @param clock says what callers are told that it is
     */
    public Admission(RateLimiter limiter, RateLimits limits, InstantSource clock) {
        this.limiter = Objects.requireNonNull(limiter, "limiter");
        this.limits = Objects.requireNonNull(limits, "limits");
        this.clock = Objects.requireNonNull(clock, "clock");
    }

    /**
     * Charges what the program does on behalf of a caller.
     *
     * @param cost at least 1
     * @throws MeshException with {@link ErrorCode#RATE_LIMITED} if the caller's rate is used up
     */
    public void charge(Principal principal, int cost) {
        decide(principal, "", cost).ifPresent(Charge::requireAllowed);
    }

    /**
     * Charges what comes from outside, for whoever tells the caller what is left. Empty if the caller is not limited.
     *
     * @param address where it comes from, or empty where there is none
     * @param cost at least 1; or 0 to look only at what is left
     */
    public Optional<Charge> decide(Principal principal, String address, int cost) {
        Optional<RateLimitPolicy> policy = limits.policyFor(principal);
        if (policy.isEmpty()) {
            return Optional.empty();
        }
        String who = who(principal, address);
        RateLimitDecision decision = limiter.acquire(principal.tenant().id() + "/" + who, policy.get(), cost);
        return Optional.of(new Charge(policy.get(), decision, cost, who, clock.instant()));
    }

    /** Whether there is a limit for this caller, so that a charge means something. */
    public boolean limits(Principal principal) {
        return limits.policyFor(principal).isPresent();
    }

    /**
     * Whether the caller shows this for the first time within so long: what was paid for once is free once. For the limiter it is a key
     * of its own, so all nodes that share the limiter answer together.
     *
     * @param proof of payment, a digest that nobody can make up
     * @param life whole minutes, for which the proof is good
     */
    public boolean firstUse(Principal principal, String proof, Duration life) {
        int minutes = Math.toIntExact(life.dividedBy(MINUTE));
        RateLimitPolicy once = new RateLimitPolicy("once", 1, minutes);
        String key = principal.tenant().id() + "/" + principal.credentialId() + "/once/" + proof;
        return limiter.acquire(key, once, minutes).allowed();
    }

    /**
     * What a call of a tool costs.
     *
     * @param own what the tool says
     */
    public int weigh(String tool, int own) {
        return limits.weigh(tool, own);
    }

    private static String who(Principal principal, String address) {
        String credential = principal.credentialId();
        return address.isEmpty() || !credential.equals(Principal.anonymous().credentialId())
                ? credential
                : "address " + SourceAddress.of(address);
    }
}
