package dev.devmesh.queue;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When a failed job is tried again: after a random time between zero and a bound that doubles with each attempt, so
 * that jobs that failed together do not come back together.
 *
 * <p>Immutable.
 *
 * @param base the bound after the first attempt
 * @param cap the highest bound, at least {@code base}
 * @param maxAttempts how many attempts a job has, at least 1
 */
public record RetrySchedule(Duration base, Duration cap, int maxAttempts) {

    private static final RetrySchedule STANDARD = new RetrySchedule(Duration.ofSeconds(1), Duration.ofMinutes(5), 5);

    /** Checks the ranges. */
    public RetrySchedule {
        if (base.isNegative() || base.isZero() || cap.compareTo(base) < 0 || cap.compareTo(Duration.ofDays(366)) > 0) {
            throw new IllegalArgumentException(
                    "a retry schedule needs 0 < base <= cap <= 366 days, has base " + base + " and cap " + cap);
        }
        if (maxAttempts < 1) {
            throw new IllegalArgumentException("a retry schedule needs at least 1 attempt, has " + maxAttempts);
        }
    }

    /** Five attempts, from 1 s, never more than 5 min. */
    public static RetrySchedule standard() {
        return STANDARD;
    }

    /** This schedule with another number of attempts. */
    public RetrySchedule withMaxAttempts(int attempts) {
        return new RetrySchedule(base, cap, attempts);
    }

    /** Whether a job that failed at this attempt has no further one. */
    public boolean exhausted(int attempt) {
        return attempt >= maxAttempts;
    }

    /** The longest wait after this attempt, counted from 1. */
    public Duration bound(int attempt) {
        int doublings = Math.max(0, attempt - 1);
        long most = cap.toNanos();
        long first = base.toNanos();
        return doublings >= Long.numberOfLeadingZeros(first) - 1 || first << doublings > most
                ? cap
                : Duration.ofNanos(first << doublings);
    }

    /** How long to wait after this attempt, counted from 1: evenly spread over zero to {@link #bound}. */
    public Duration delay(int attempt, RandomGenerator random) {
        return Duration.ofNanos(random.nextLong(bound(attempt).toNanos() + 1));
    }
}
