package dev.devmesh.limit;

/**
 * A sustained rate and how far a caller may run ahead of it.
 *
 * @param name what the policy is called in headers and errors, for example {@code default}
 * @param requestsPerMinute the sustained rate, at least 1
 * @param burst how many requests may come at once after a pause, at least 1
 */
public record RateLimitPolicy(String name, int requestsPerMinute, int burst) {

    /** Checks the numbers. */
    public RateLimitPolicy {
        if (requestsPerMinute < 1 || burst < 1) {
            throw new IllegalArgumentException(
                    "rate plan '" + name + "': requests_per_minute and burst must be at least 1");
        }
    }
}
