package dev.devmesh.limit;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Credentials;
import dev.devmesh.text.Sha256;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Holds off who tries credentials: after some wrong ones from an address, further ones from there are refused without a look-up, until
 * the address has been quiet for a while. What is under way by then is still looked up.
 *
 * <p>An address may be that of many people. So a credential that was good there within the last {@link #REMEMBERED} is looked up
 * whatever else comes from there. Kept of it is a hash, of at most {@link #MOST_REMEMBERED}; beyond these, newer ones are not
 * remembered until older ones are forgotten.
 *
 * <p>To show nothing is no failure, and where no address is known nobody is held off. Safe for use by many threads.
 */
public final class FailedAuthentications {

    /** How long a credential that was good is remembered. */
    public static final Duration REMEMBERED = Duration.ofMinutes(10);

    /** How many are remembered. */
    public static final int MOST_REMEMBERED = 20_000;

    private static final long LIFE = REMEMBERED.toNanos();
    private static final long NOTED_AT_MOST_EVERY = Duration.ofMinutes(1).toNanos();
    private static final long SWEPT_AT_MOST_EVERY = Duration.ofSeconds(1).toNanos();

    private final RateLimiter limiter;
    private final RateLimitPolicy policy;
    private final LongSupplier nanos;
    private final InstantSource clock;

    /** When each was good last. */
    private final ConcurrentHashMap<Shown, Long> good = new ConcurrentHashMap<>();

    private final AtomicLong sweptAt;

    /**
     * @param limiter counts the failures of addresses, and nothing else; must not wait
     * @param perMinute how many there may be, at least 1
     * @param nanos a clock in nanoseconds that never goes back, such as {@link System#nanoTime}
     * @param clock says what callers are told that it is
     */
    public FailedAuthentications(RateLimiter limiter, int perMinute, LongSupplier nanos, InstantSource clock) {
        this.limiter = Objects.requireNonNull(limiter, "limiter");
        this.policy = new RateLimitPolicy("failed authentications", perMinute, perMinute);
        this.nanos = Objects.requireNonNull(nanos, "nanos");
        this.clock = Objects.requireNonNull(clock, "clock");
        this.sweptAt = new AtomicLong(nanos.getAsLong());
    }

    /**
     * Goes on if a credential may be looked up.
     *
     * @throws MeshException with {@link ErrorCode#TOO_MANY_FAILURES} if too many that came from the same address were wrong
     */
    public void require(Credentials shown) {
        if (shown.isEmpty() || shown.remoteAddress().isEmpty()) {
            return;
        }
        String address = SourceAddress.of(shown.remoteAddress());
        RateLimitDecision decision = limiter.acquire(address, policy, 0);
        if (decision.remaining() > 0 || wasGood(shown)) {
            return;
        }
        Duration wait = decision.reset().minus(window().minus(interval()));
        Charge charge = new Charge(policy, decision, 1, "address " + address, clock.instant());
        throw new MeshException(
                ErrorCode.TOO_MANY_FAILURES,
                "Too many wrong credentials came from this address: " + policy.burst()
                        + " a minute are looked up. The next one is at " + charge.after(wait) + ".",
                "Check the credential before you try again; one that was good from this address in the last "
                        + REMEMBERED.toMinutes() + " minutes is not held off.",
                wait,
                null);
    }

    /** It was wrong. */
    public void failed(Credentials shown) {
        if (!shown.isEmpty() && !shown.remoteAddress().isEmpty()) {
            good.remove(Shown.of(shown));
            limiter.acquire(SourceAddress.of(shown.remoteAddress()), policy, 1);
        }
    }

    /** It was good. */
    public void succeeded(Credentials shown) {
        if (shown.isEmpty() || shown.remoteAddress().isEmpty()) {
            return;
        }
        long now = nanos.getAsLong();
        Shown digest = Shown.of(shown);
        Long last = good.get(digest);
        if (last == null ? hasRoom(now) : now - last >= NOTED_AT_MOST_EVERY) {
            good.put(digest, now);
        }
    }

    private boolean wasGood(Credentials shown) {
        Long last = good.get(Shown.of(shown));
        return last != null && nanos.getAsLong() - last < LIFE;
    }

    private boolean hasRoom(long now) {
        long last = sweptAt.get();
        if (good.size() >= MOST_REMEMBERED && now - last >= SWEPT_AT_MOST_EVERY && sweptAt.compareAndSet(last, now)) {
            good.values().removeIf(noted -> now - noted >= LIFE);
        }
        return good.size() < MOST_REMEMBERED;
    }

    private Duration window() {
        return interval().multipliedBy(policy.burst());
    }

    private Duration interval() {
        return Duration.ofMinutes(1).dividedBy(policy.requestsPerMinute());
    }

    /** How many are remembered. */
    int remembered() {
        return good.size();
    }

    /** A credential and where it came from: half of a SHA-256, enough that nobody finds another one with the same. */
    private record Shown(long high, long low) {

        static Shown of(Credentials shown) {
            ByteBuffer bytes = ByteBuffer.wrap(
                    Sha256.of(shown.remoteAddress() + "\n" + shown.apiKey() + "\n" + shown.bearer() + "\n"));
            return new Shown(bytes.getLong(), bytes.getLong());
        }
    }
}
