package dev.devmesh.limit;

/**
 * Decides whether a caller may do something now.
 *
 * <p>Never admits more than {@code rate * time + burst} of a key in any stretch of time. Safe for use by many threads.
 */
public interface RateLimiter {

    /**
     * Takes {@code cost} from what the key has left, or nothing when that is less. A cost of 0 is a look: allowed, whatever is left.
     *
     * @param key who is counted; the same key with another policy is counted from where it stands
     * @param policy the rate in force for the key
     * @param cost at least 0; more than the burst is never admitted
     * @throws IllegalArgumentException if the cost is negative
     */
    RateLimitDecision acquire(String key, RateLimitPolicy policy, int cost);

    /** Whether {@link #acquire} may wait for I/O. One that never does is called without a change of thread. */
    default boolean blocking() {
        return true;
    }
}
