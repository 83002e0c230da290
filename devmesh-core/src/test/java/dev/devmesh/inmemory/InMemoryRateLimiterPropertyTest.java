package dev.devmesh.inmemory;

import static java.time.Duration.ofNanos;
import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.limit.Charge;
import dev.devmesh.limit.RateHeaders;
import dev.devmesh.limit.RateLimitDecision;
import dev.devmesh.limit.RateLimitPolicy;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Random sequences against what the contract says, computed without rounding. */
final class InMemoryRateLimiterPropertyTest {

    private static final BigInteger MINUTE = BigInteger.valueOf(60_000_000_000L);

    record Request(long pause, int cost) {}

    private record Admitted(long at, int cost) {}

    @Provide
    Arbitrary<Request> requests() {
        Arbitrary<Long> pauses = Arbitraries.oneOf(
                Arbitraries.just(0L),
                Arbitraries.longs().between(1, 1_000),
                Arbitraries.longs().between(1_000, 200_000_000),
                Arbitraries.longs().between(200_000_000L, 100_000_000_000L));
        return Combinators.combine(pauses, Arbitraries.integers().between(1, 12))
                .as(Request::new);
    }

    @Property(tries = 10_000)
    void noStretchOfTimeAdmitsMoreThanRateAndBurst(
            @ForAll @IntRange(min = 1, max = 1_000_000) int rate,
            @ForAll @IntRange(min = 1, max = 40) int burst,
            @ForAll("sequences") List<Request> requests) {
        AtomicLong clock = new AtomicLong();
        InMemoryRateLimiter limiter = new InMemoryRateLimiter(10, clock::get);
        RateLimitPolicy policy = new RateLimitPolicy("test", rate, burst);
        List<Admitted> admitted = new ArrayList<>();
        for (Request request : requests) {
            clock.addAndGet(request.pause());
            if (limiter.acquire("key", policy, request.cost()).allowed()) {
                admitted.add(new Admitted(clock.get(), request.cost()));
            }
        }

        for (int from = 0; from < admitted.size(); from++) {
            long sum = 0;
            for (int to = from; to < admitted.size(); to++) {
                sum += admitted.get(to).cost();
                if (sum > burst) {
                    BigInteger time = BigInteger.valueOf(
                            admitted.get(to).at() - admitted.get(from).at());
                    // sum <= burst + time * rate / minute
                    assertThat(BigInteger.valueOf(sum - burst).multiply(MINUTE))
                            .isLessThanOrEqualTo(time.multiply(BigInteger.valueOf(rate)));
                }
            }
        }
    }

    @Property(tries = 10_000)
    void whereTheIntervalIsWholeEachDecisionIsTheBucketsOwn(
            @ForAll("wholeRates") int rate,
            @ForAll @IntRange(min = 1, max = 40) int burst,
            @ForAll("sequences") List<Request> requests) {
        AtomicLong clock = new AtomicLong();
        InMemoryRateLimiter limiter = new InMemoryRateLimiter(10, clock::get);
        RateLimitPolicy policy = new RateLimitPolicy("test", rate, burst);
        long interval = MINUTE.longValueExact() / rate;
        // a bucket of burst * interval, which fills by one each nanosecond
        long level = burst * interval;
        for (Request request : requests) {
            clock.addAndGet(request.pause());
            level = Math.min(burst * interval, level + request.pause());
            boolean fits = request.cost() <= burst && request.cost() * interval <= level;
            if (fits) {
                level -= request.cost() * interval;
            }

            RateLimitDecision decision = limiter.acquire("key", policy, request.cost());

            long reset = burst * interval - level;
            long retryAfter = fits ? 0 : request.cost() * interval - level;
            if (request.cost() > burst) {
                retryAfter = decision.retryAfter().toNanos(); // it never helps to wait
            }
            assertThat(decision)
                    .isEqualTo(new RateLimitDecision(
                            fits, burst, (int) (level / interval), ofNanos(retryAfter), ofNanos(reset)));
            assertThat(limiter.acquire("key", policy, 0))
                    .isEqualTo(
                            new RateLimitDecision(true, burst, decision.remaining(), Duration.ZERO, decision.reset()));
        }
    }

    /** What clients are told is what comes: who waits as long is admitted, and has everything back. */
    @Property(tries = 10_000)
    void theHeadersSayWhatIsLeftAndWhenAllOfItIsBack(
            @ForAll @IntRange(min = 1, max = 1_000_000) int rate,
            @ForAll @IntRange(min = 1, max = 40) int burst,
            @ForAll("sequences") List<Request> requests,
            @ForAll @IntRange(min = 0, max = 999_999_999) int startNanos) {
        AtomicLong clock = new AtomicLong();
        InMemoryRateLimiter limiter = new InMemoryRateLimiter(10, clock::get);
        RateLimitPolicy policy = new RateLimitPolicy("gold", rate, burst);
        Instant start = Instant.ofEpochSecond(1_767_225_600, startNanos);
        Request last = requests.get(requests.size() - 1);
        RateLimitDecision decision = limiter.acquire("key", policy, 0);
        for (Request request : requests) {
            clock.addAndGet(request.pause());
            decision = limiter.acquire("key", policy, request.cost());
        }
        Instant now = start.plusNanos(clock.get());
        Map<String, String> headers = new HashMap<>();
        RateHeaders.write(new Charge(policy, decision, last.cost(), "key_1", now), headers::put);

        long resetSecond = Long.parseLong(headers.get("X-RateLimit-Reset"));
        long resetIn = Long.parseLong(after(";t=", headers.get("RateLimit")));
        long window = Long.parseLong(after(";w=", headers.get("RateLimit-Policy")));
        assertThat(headers)
                .hasSize(5)
                .containsEntry("X-RateLimit-Limit", Integer.toString(burst))
                .containsEntry("X-RateLimit-Remaining", Integer.toString(decision.remaining()))
                .containsEntry("RateLimit", "\"gold\";r=" + decision.remaining() + ";t=" + resetIn)
                .containsEntry("RateLimit-Policy", "\"gold\";q=" + burst + ";w=" + window);
        assertThat(Duration.between(now.plus(decision.reset()), Instant.ofEpochSecond(resetSecond)))
                .isBetween(Duration.ZERO, Duration.ofNanos(999_999_999));
        assertThat(Duration.ofSeconds(resetIn).minus(decision.reset()))
                .isBetween(Duration.ZERO, Duration.ofNanos(999_999_999));
        assertThat(window).isEqualTo((60L * burst + rate - 1) / rate);
        if (!decision.allowed() && last.cost() <= burst) {
            long before = decision.retryAfter().toNanos() - 1;
            clock.addAndGet(before);
            assertThat(limiter.acquire("key", policy, last.cost()).allowed()).isFalse();
            clock.incrementAndGet();
            assertThat(limiter.acquire("key", policy, last.cost()).allowed()).isTrue();
        } else if (decision.remaining() > 0) {
            assertThat(limiter.acquire("key", policy, decision.remaining() + 1).allowed())
                    .isFalse();
            assertThat(limiter.acquire("key", policy, decision.remaining()).allowed())
                    .isTrue();
        } else {
            clock.addAndGet(Duration.ofSeconds(resetIn).toNanos());
            assertThat(limiter.acquire("key", policy, burst).allowed()).isTrue();
        }
    }

    private static String after(String mark, String text) {
        return text.substring(text.indexOf(mark) + mark.length());
    }

    @Provide
    Arbitrary<List<Request>> sequences() {
        return requests().list().ofMinSize(1).ofMaxSize(40);
    }

    @Provide
    Arbitrary<Integer> wholeRates() {
        return Arbitraries.of(1, 2, 6, 10, 60, 100, 600, 1_000, 6_000, 60_000, 1_000_000);
    }
}
