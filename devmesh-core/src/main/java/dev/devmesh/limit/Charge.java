package dev.devmesh.limit;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

/**
 * What a caller was charged, and by which policy.
 *
 * <p>Immutable.
 *
 * @param policy the policy in force for the caller
 * @param decision what the limiter said
 * @param cost what was to be paid; 0 if it was only looked
 * @param who who is counted: the id of the credential, or {@code address …}
 * @param at when that was, by the clock that callers are told of
 */
public record Charge(RateLimitPolicy policy, RateLimitDecision decision, int cost, String who, Instant at) {

    /** Checks that nothing is missing. */
    public Charge {
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(decision, "decision");
        Objects.requireNonNull(who, "who");
        Objects.requireNonNull(at, "at");
    }

    /**
     * Lets a caller on whose rate allows it.
     *
     * @throws MeshException with {@link ErrorCode#RATE_LIMITED} if it is used up
     */
    public void requireAllowed() {
        if (!decision.allowed()) {
            throw refusal();
        }
    }

    private MeshException refusal() {
        String plan = "Rate limit exceeded: plan '" + policy.name() + "' allows " + policy.requestsPerMinute()
                + " requests a minute and " + policy.burst() + " at once; ";
        return cost > policy.burst()
                ? new MeshException(
                        ErrorCode.RATE_LIMITED,
                        plan + "this counts as " + cost + ", more than " + who + " can ever have at once.",
                        "Use a credential of a plan with a larger burst.",
                        decision.retryAfter(),
                        null)
                : new MeshException(
                        ErrorCode.RATE_LIMITED,
                        plan + who + " may send " + (cost > 1 ? "this, which counts as " + cost + "," : "the next one")
                                + " again at " + after(decision.retryAfter()) + " and has everything back at "
                                + after(decision.reset()) + ".",
                        "Wait for the seconds that Retry-After says, or use a credential of a larger plan.",
                        decision.retryAfter(),
                        null);
    }

    /** The first whole second that is no earlier than so long after the charge. */
    Instant after(Duration time) {
        Instant exactly = at.plus(time);
        Instant second = exactly.truncatedTo(ChronoUnit.SECONDS);
        return second.equals(exactly) ? second : second.plusSeconds(1);
    }
}
