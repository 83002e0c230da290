package dev.devmesh.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.limit.RateLimitDecision;
import dev.devmesh.limit.RateLimitPolicy;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
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

    @Property(tries = 2_000)
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
                BigInteger time = BigInteger.valueOf(
                        admitted.get(to).at() - admitted.get(from).at());
                // sum <= burst + time * rate / minute
                assertThat(BigInteger.valueOf(sum - burst).multiply(MINUTE))
                        .isLessThanOrEqualTo(time.multiply(BigInteger.valueOf(rate)));
            }
        }
    }

    @Property(tries = 2_000)
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

            assertThat(decision.allowed()).isEqualTo(fits);
            assertThat(decision.remaining()).isEqualTo((int) (level / interval));
            assertThat(decision.reset().toNanos()).isEqualTo(burst * interval - level);
            if (fits) {
                assertThat(decision.retryAfter()).isZero();
            } else if (request.cost() <= burst) {
                assertThat(decision.retryAfter().toNanos()).isEqualTo(request.cost() * interval - level);
            }
        }
    }

    @Provide
    Arbitrary<List<Request>> sequences() {
        return requests().list().ofMinSize(1).ofMaxSize(60);
    }

    @Provide
    Arbitrary<Integer> wholeRates() {
        return Arbitraries.of(1, 2, 6, 10, 60, 100, 600, 1_000, 6_000, 60_000, 1_000_000);
    }
}
