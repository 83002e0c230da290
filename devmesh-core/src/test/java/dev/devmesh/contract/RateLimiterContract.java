package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.limit.RateLimitDecision;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What every {@link RateLimiter} holds. An implementation whose clock is a server's waits in {@link #pass} and answers
 * {@link #elapsed} from a clock of its own.
 */
public abstract class RateLimiterContract {

    /** One request in 100 ms, five at once. */
    private static final RateLimitPolicy POLICY = new RateLimitPolicy("test", 600, 5);

    private static final Duration INTERVAL = Duration.ofMillis(100);

    /** One request in a minute: nothing comes back while a test runs. */
    private static final RateLimitPolicy SLOW = new RateLimitPolicy("slow", 1, 10);

    /** The limiter under test: the same object, or another one of the same cluster, at each call. */
    protected abstract RateLimiter limiter();

    /** Lets at least this much time pass by the limiter's clock. */
    protected abstract void pass(Duration time);

    /** The time since some fixed moment; between two calls it grows by what the limiter's clock grew by. */
    protected abstract Duration elapsed();

    @Test
    void aBurstIsAdmittedAtOnceAndNoMore() {
        for (int left = 9; left >= 0; left--) {
            RateLimitDecision decision = limiter().acquire("a", SLOW, 1);
            assertThat(decision.allowed()).isTrue();
            assertThat(decision.limit()).isEqualTo(10);
            assertThat(decision.remaining()).isEqualTo(left);
            assertThat(decision.retryAfter()).isZero();
        }

        RateLimitDecision refused = limiter().acquire("a", SLOW, 1);

        assertThat(refused.allowed()).isFalse();
        assertThat(refused.limit()).isEqualTo(10);
        assertThat(refused.remaining()).isZero();
        assertThat(refused.retryAfter()).isBetween(Duration.ofSeconds(30), Duration.ofMinutes(1));
        assertThat(refused.reset()).isBetween(Duration.ofMinutes(9), Duration.ofMinutes(10));
    }

    @Test
    void whatWasUsedComesBackAtTheRate() {
        Duration before = elapsed();
        long admitted = admitAll("a");
        for (int i = 0; i < 3; i++) {
            pass(INTERVAL);
            RateLimitDecision decision = limiter().acquire("a", POLICY, 1);
            assertThat(decision.allowed()).isTrue();
            admitted++;
            admitted += admitAll("a");
        }

        assertThat(admitted).isLessThanOrEqualTo(most(before, POLICY, INTERVAL));
    }

    @Test
    void aPauseGivesBackABurstAndNoMore() {
        admitAll("a");
        pass(INTERVAL.multipliedBy(20));

        Duration before = elapsed();
        long admitted = admitAll("a");

        assertThat(admitted).isBetween(5L, most(before, POLICY, INTERVAL));
    }

    @Test
    void retryAfterIsWhenTheSameRequestIsAdmitted() {
        admitAll("a");
        RateLimitDecision refused = limiter().acquire("a", POLICY, 3);
        assertThat(refused.allowed()).isFalse();

        pass(refused.retryAfter());

        assertThat(limiter().acquire("a", POLICY, 3).allowed()).isTrue();
    }

    @Test
    void afterTheResetEverythingIsAvailable() {
        pass(limiter().acquire("a", POLICY, 4).reset());

        assertThat(limiter().acquire("a", POLICY, 5).allowed()).isTrue();
    }

    @Test
    void aRequestThatIsRefusedTakesNothing() {
        assertThat(limiter().acquire("a", SLOW, 4).remaining()).isEqualTo(6);
        for (int i = 0; i < 100; i++) {
            assertThat(limiter().acquire("a", SLOW, 7).allowed()).isFalse();
        }

        assertThat(limiter().acquire("a", SLOW, 6).allowed()).isTrue();
    }

    @Test
    void aCostAboveTheBurstIsNeverAdmitted() {
        RateLimitDecision refused = limiter().acquire("a", SLOW, 11);

        assertThat(refused.allowed()).isFalse();
        assertThat(refused.retryAfter()).isPositive();
        assertThat(limiter().acquire("a", SLOW, 10).allowed()).isTrue();
    }

    @Test
    void keysAreCountedApart() {
        assertThat(limiter().acquire("a", SLOW, 10).allowed()).isTrue();

        assertThat(limiter().acquire("b", SLOW, 10).allowed()).isTrue();
        assertThat(limiter().acquire("a", SLOW, 1).allowed()).isFalse();
    }

    @Test
    void anotherPolicyCountsFromWhereTheKeyStands() {
        assertThat(limiter().acquire("a", SLOW, 10).allowed()).isTrue();
        RateLimitPolicy wider = new RateLimitPolicy("wider", 1, 12);

        assertThat(limiter().acquire("a", wider, 3).allowed()).isFalse();
        assertThat(limiter().acquire("a", wider, 2).allowed()).isTrue();
    }

    @Test
    void theLargestNumbersAreCountedWithoutOverflow() {
        RateLimitPolicy largest = new RateLimitPolicy("largest", Integer.MAX_VALUE, Integer.MAX_VALUE);
        RateLimitPolicy patient = new RateLimitPolicy("patient", 1, Integer.MAX_VALUE);

        assertThat(limiter().acquire("a", largest, Integer.MAX_VALUE).allowed()).isTrue();
        assertThat(limiter().acquire("b", patient, Integer.MAX_VALUE).allowed()).isTrue();
        assertThat(limiter().acquire("b", patient, Integer.MAX_VALUE).allowed()).isFalse();
        assertThatThrownBy(() -> limiter().acquire("a", largest, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLookTakesNothingAndTellsWhatIsLeft() {
        assertThat(limiter().acquire("a", SLOW, 0).remaining()).isEqualTo(10);
        assertThat(limiter().acquire("a", SLOW, 10).allowed()).isTrue();
        for (int i = 0; i < 100; i++) {
            RateLimitDecision look = limiter().acquire("a", SLOW, 0);
            assertThat(look.allowed()).isTrue();
            assertThat(look.limit()).isEqualTo(10);
            assertThat(look.remaining()).isZero();
            assertThat(look.retryAfter()).isZero();
            assertThat(look.reset()).isBetween(Duration.ofMinutes(9), Duration.ofMinutes(10));
        }
        for (int i = 0; i < 100; i++) {
            limiter().acquire("b", SLOW, 0);
        }

        assertThat(limiter().acquire("b", SLOW, 10).allowed()).isTrue();
    }

    /** Any stretch of a sequence, not only its whole: that is what one hundred bursts beside each other would break. */
    @Test
    void noStretchOfARandomSequenceIsAdmittedMoreThanRateAndBurst() {
        Random random = new Random(7);
        List<Duration> times = new ArrayList<>();
        List<Integer> costs = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            if (random.nextInt(20) == 0) {
                pass(Duration.ofMillis(random.nextInt(200)));
            }
            int cost = 1 + random.nextInt(4);
            Duration before = elapsed();
            if (limiter().acquire("a", POLICY, cost).allowed()) {
                times.add(before);
                costs.add(cost);
            }
        }
        Duration end = elapsed();

        for (int from = 0; from < times.size(); from++) {
            long sum = 0;
            for (int to = from; to < times.size(); to++) {
                sum += costs.get(to);
                // each came between its own time and that of the next one
                Duration latest = to + 1 < times.size() ? times.get(to + 1) : end;
                assertThat(sum)
                        .isLessThanOrEqualTo(
                                POLICY.burst() + latest.minus(times.get(from)).dividedBy(INTERVAL));
            }
        }
    }

    @Test
    void manyThreadsTogetherAreAdmittedWhatOneWouldBe() {
        RateLimitPolicy policy = new RateLimitPolicy("busy", 60, 100);
        AtomicLong admitted = new AtomicLong();
        Duration before = elapsed();

        // not the common pool, which may have one thread only
        ExecutorService threads = Executors.newCachedThreadPool();
        CompletableFuture<?>[] groups = IntStream.range(0, 4)
                .mapToObj(group -> CompletableFuture.runAsync(
                        () -> {
                            for (int i = 0; i < 500; i++) {
                                if (limiter().acquire("a", policy, 1).allowed()) {
                                    admitted.incrementAndGet();
                                }
                            }
                        },
                        threads))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(groups).orTimeout(60, TimeUnit.SECONDS).join();
        threads.shutdown();

        assertThat(admitted.get()).isBetween(100L, most(before, policy, Duration.ofSeconds(1)));
    }

    /** As many single requests as the policy admits now. */
    private long admitAll(String key) {
        return List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9).stream()
                .filter(i -> limiter().acquire(key, POLICY, 1).allowed())
                .count();
    }

    private long most(Duration since, RateLimitPolicy policy, Duration interval) {
        return policy.burst() + elapsed().minus(since).dividedBy(interval);
    }
}
