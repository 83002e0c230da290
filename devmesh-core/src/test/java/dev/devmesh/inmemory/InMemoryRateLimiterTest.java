package dev.devmesh.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.contract.RateLimiterContract;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimiter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class InMemoryRateLimiterTest extends RateLimiterContract {

    private static final RateLimitPolicy POLICY = new RateLimitPolicy("test", 60, 3);

    /** Near overflow, as {@link System#nanoTime} may be. */
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5_000_000_000L);

    private final RateLimiter limiter = new InMemoryRateLimiter(1_000, nanos::get);

    @Override
    protected RateLimiter limiter() {
        return limiter;
    }

    @Override
    protected void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Override
    protected Duration elapsed() {
        return Duration.ofNanos(nanos.get());
    }

    @Test
    void neverWaits() {
        assertThat(limiter.blocking()).isFalse();
    }

    @Test
    void aRateThatIsNoWholeNumberOfNanosecondsIsNeverExceeded() {
        // one in 27.94 ns
        RateLimitPolicy policy = new RateLimitPolicy("quick", Integer.MAX_VALUE, 1);
        long nanosPassed = 0;
        long admitted = 0;
        for (int i = 0; i < 10_000; i++) {
            admitted += limiter.acquire("a", policy, 1).allowed() ? 1 : 0;
            pass(Duration.ofNanos(1));
            nanosPassed++;
        }

        assertThat(admitted).isBetween(350L, 1 + nanosPassed * Integer.MAX_VALUE / 60_000_000_000L);
    }

    @Test
    void keysWithEverythingAvailableMakeRoomForOthers() {
        InMemoryRateLimiter small = new InMemoryRateLimiter(10, nanos::get);
        for (int i = 0; i < 1_000; i++) {
            assertThat(small.acquire("key-" + i, POLICY, 3).allowed()).isTrue();
            assertThat(small.acquire("key-" + i, POLICY, 1).allowed()).isFalse();
            assertThat(small.keys()).isLessThanOrEqualTo(10);
            pass(Duration.ofSeconds(3));
        }
    }

    @Test
    void furtherKeysAreLimitedTogetherWhenAllAreBusy() {
        InMemoryRateLimiter small = new InMemoryRateLimiter(10, nanos::get);
        for (int i = 0; i < 10; i++) {
            assertThat(small.acquire("busy-" + i, POLICY, 3).allowed()).isTrue();
        }
        long admitted = IntStream.range(0, 100_000)
                .filter(i -> small.acquire("flood-" + i, POLICY, 1).allowed())
                .count();

        assertThat(small.keys()).isEqualTo(10);
        assertThat(admitted).isLessThanOrEqualTo(1_024 * 3);
        assertThat(small.acquire("busy-3", POLICY, 1).allowed()).isFalse();
    }

    @Test
    void aKeyThatGetsRoomLaterIsNotGivenAnotherBurst() {
        InMemoryRateLimiter small = new InMemoryRateLimiter(1, nanos::get);
        RateLimitPolicy slow = new RateLimitPolicy("slow", 1, 3);
        assertThat(small.acquire("busy", POLICY, 3).allowed()).isTrue();
        assertThat(small.acquire("late", slow, 3).allowed()).isTrue();
        pass(Duration.ofSeconds(3));

        assertThat(small.acquire("late", slow, 1).allowed()).isFalse();
        assertThat(small.keys()).isEqualTo(1);
    }

    @Test
    void threadsThatComeAndGoWithManyKeysAreNeverAdmittedTooMuch() {
        InMemoryRateLimiter small = new InMemoryRateLimiter(8, System::nanoTime);
        RateLimitPolicy quick = new RateLimitPolicy("quick", 60_000, 2);
        List<AtomicLong> admitted =
                IntStream.range(0, 64).mapToObj(i -> new AtomicLong()).toList();
        long start = System.nanoTime();

        // not the common pool, which may have one thread only
        ExecutorService threads = Executors.newCachedThreadPool();
        CompletableFuture<?>[] groups = IntStream.range(0, 2)
                .mapToObj(group -> CompletableFuture.runAsync(
                        () -> {
                            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
                            for (int i = 0; System.nanoTime() < end; i++) {
                                int key = i * 31 & 63;
                                if (small.acquire("key-" + key, quick, 1).allowed()) {
                                    admitted.get(key).incrementAndGet();
                                }
                            }
                        },
                        threads))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(groups).orTimeout(60, TimeUnit.SECONDS).join();
        threads.shutdown();

        long most = 2 + (System.nanoTime() - start) / TimeUnit.MILLISECONDS.toNanos(1);
        assertThat(admitted).allSatisfy(count -> assertThat(count.get()).isLessThanOrEqualTo(most));
        assertThat(small.keys()).isLessThanOrEqualTo(8);
    }
}
