package dev.devmesh.limit;

import java.time.Duration;

/**
 * What a {@link RateLimiter} decided.
 *
 * @param allowed whether the request may go on
 * @param limit the policy's burst: the most that can be left
 * @param remaining how much is left after this decision, at least 0
 * @param retryAfter when the same request would be allowed; zero when it was
 * @param reset when everything is available again if nothing more is asked
 */
public record RateLimitDecision(boolean allowed, int limit, int remaining, Duration retryAfter, Duration reset) {}
