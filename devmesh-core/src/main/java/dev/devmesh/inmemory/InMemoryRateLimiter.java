package dev.devmesh.inmemory;

import dev.devmesh.limit.RateLimitDecision;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimiter;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Limits rates within this process, by the generic cell rate algorithm.
 *
 * <p>Per key there is one number: the time at which everything would be available again. A request moves it forward by
 * {@code interval * cost} and is allowed if it then lies no further ahead of now than {@code interval * burst}. The
 * interval is a minute divided by the policy's rate, rounded up to a whole nanosecond, so rounding never admits more.
 *
 * <p>A cost above the burst is never admitted; the answer then names the time in which a whole burst comes back.
 *
 * <p>At most {@code maxKeys} keys are remembered. Those with everything available again are forgotten when room is
 * needed. If all are busy, further keys share a fixed number of counters, several keys to one: such a key may be
 * admitted less than its due, never more.
 *
 * <p>Safe for use by many threads. Known keys are counted without a lock.
 */
public final class InMemoryRateLimiter implements RateLimiter {

    /** How many keys a limiter made without a number remembers. */
    public static final int DEFAULT_MAX_KEYS = 100_000;

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();
    private static final long SWEEP_EVERY = Duration.ofSeconds(1).toNanos();

    /** Far above any real span and far enough below overflow that sums of two stay positive. */
    private static final long LONGEST = Long.MAX_VALUE / 4;

    /** Stands in a counter that was forgotten: who still holds it must look the key up again. */
    private static final long FORGOTTEN = Long.MIN_VALUE;

    /** How many counters the keys share for which there is no room; a power of two. */
    private static final int SHARED = 1_024;

    private final int maxKeys;
    private final LongSupplier nanos;
    private final long origin;
    private final ConcurrentHashMap<String, AtomicLong> counters = new ConcurrentHashMap<>();

    /** Guards the admission of new keys, what they share, and the sweep. */
    private final ReentrantLock newKeys = new ReentrantLock();

    /** Written under the lock. */
    private final AtomicLongArray shared = new AtomicLongArray(SHARED);

    private long sweepAt;

    /** A limiter for the default number of keys on the JVM's monotonic clock. */
    public InMemoryRateLimiter() {
        this(DEFAULT_MAX_KEYS, System::nanoTime);
    }

    /**
     * @param maxKeys how many keys to remember, at least 1
     * @param nanos a clock in nanoseconds that never goes back, with any origin, such as {@link System#nanoTime}
     */
    public InMemoryRateLimiter(int maxKeys, LongSupplier nanos) {
        if (maxKeys < 1) {
            throw new IllegalArgumentException("a rate limiter must remember at least 1 key, not " + maxKeys);
        }
        this.maxKeys = maxKeys;
        this.nanos = Objects.requireNonNull(nanos, "nanos");
        this.origin = nanos.getAsLong();
    }

    @Override
    public RateLimitDecision acquire(String key, RateLimitPolicy policy, int cost) {
        if (cost < 0) {
            throw new IllegalArgumentException("a cost must be at least 0, is " + cost);
        }
        long interval = (MINUTE + policy.requestsPerMinute() - 1) / policy.requestsPerMinute();
        long span = times(interval, policy.burst());
        if (cost == 0) {
            return look(key, policy, interval, span);
        }
        if (cost > policy.burst()) {
            return tooMuch(key, policy, interval, span);
        }
        long step = times(interval, cost);
        while (true) {
            AtomicLong counter = counters.get(key);
            if (counter == null) {
                RateLimitDecision decision = acquireAsNew(key, policy, interval, span, step);
                if (decision != null) {
                    return decision;
                }
            } else {
                long full = counter.get();
                if (full == FORGOTTEN) {
                    counters.remove(key, counter);
                    continue;
                }
                long now = now();
                long next = Math.max(full, now) + step;
                if (next - now > span) {
                    return refused(policy, interval, span, Math.max(full, now), next, now);
                }
                if (counter.compareAndSet(full, next)) {
                    return allowed(policy, interval, span, next, now);
                }
            }
        }
    }

    @Override
    public boolean blocking() {
        return false;
    }

    /** How many keys are remembered. */
    int keys() {
        return counters.size();
    }

    /**
     * Counts a key without a counter of its own. All of them pass here one by one, so that what a key took from a
     * shared counter is seen when it is given its own.
     *
     * @return null when the key has a counter now, to be looked up again
     */
    private @Nullable RateLimitDecision acquireAsNew(
            String key, RateLimitPolicy policy, long interval, long span, long step) {
        newKeys.lock();
        try {
            if (counters.containsKey(key)) {
                return null;
            }
            long now = now();
            int slot = slot(key);
            if (counters.size() >= maxKeys) {
                sweep(now);
            }
            if (counters.size() < maxKeys) {
                counters.put(key, new AtomicLong(shared.get(slot)));
                return null;
            }
            long full = Math.max(shared.get(slot), now);
            long next = full + step;
            if (next - now > span) {
                return refused(policy, interval, span, full, next, now);
            }
            shared.set(slot, next);
            return allowed(policy, interval, span, next, now);
        } finally {
            newKeys.unlock();
        }
    }

    /** Forgets the keys that have everything available, once in a while: under a flood of keys this is the main cost. */
    private void sweep(long now) {
        if (now < sweepAt) {
            return;
        }
        sweepAt = now + SWEEP_EVERY;
        counters.forEach((key, counter) -> {
            long full = counter.get();
            if (full <= now && counter.compareAndSet(full, FORGOTTEN)) {
                counters.remove(key, counter);
            }
        });
    }

    private long now() {
        return nanos.getAsLong() - origin;
    }

    private RateLimitDecision tooMuch(String key, RateLimitPolicy policy, long interval, long span) {
        long now = now();
        return refused(policy, interval, span, Math.max(full(key), now), now + 2 * span, now);
    }

    private RateLimitDecision look(String key, RateLimitPolicy policy, long interval, long span) {
        long now = now();
        return allowed(policy, interval, span, Math.max(full(key), now), now);
    }

    /** When the key has everything available; long ago if nothing is known of it. */
    private long full(String key) {
        AtomicLong counter = counters.get(key);
        long own = counter == null ? FORGOTTEN : counter.get();
        return own == FORGOTTEN ? shared.get(slot(key)) : own;
    }

    private static int slot(String key) {
        int hash = key.hashCode();
        return (hash ^ hash >>> 16) & SHARED - 1;
    }

    private static RateLimitDecision allowed(RateLimitPolicy policy, long interval, long span, long next, long now) {
        return new RateLimitDecision(
                true, policy.burst(), left(interval, span, next - now), Duration.ZERO, Duration.ofNanos(next - now));
    }

    private static RateLimitDecision refused(
            RateLimitPolicy policy, long interval, long span, long full, long next, long now) {
        return new RateLimitDecision(
                false,
                policy.burst(),
                left(interval, span, full - now),
                Duration.ofNanos(next - now - span),
                Duration.ofNanos(full - now));
    }

    private static int left(long interval, long span, long ahead) {
        return (int) Math.max(0, (span - ahead) / interval);
    }

    private static long times(long interval, int count) {
        return interval > LONGEST / count ? LONGEST : interval * count;
    }
}
