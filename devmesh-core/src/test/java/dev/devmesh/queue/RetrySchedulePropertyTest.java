package dev.devmesh.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

final class RetrySchedulePropertyTest {

    @Property
    void theWaitLiesBetweenZeroAndTheDoubledBase(
            @ForAll @LongRange(min = 1, max = 10_000_000_000_000L) long base,
            @ForAll @LongRange(min = 0, max = 10_000_000_000_000L) long more,
            @ForAll @IntRange(min = 1) int attempt,
            @ForAll long seed) {
        RetrySchedule schedule = new RetrySchedule(Duration.ofNanos(base), Duration.ofNanos(base + more), 5);
        BigInteger doubled = BigInteger.valueOf(base).shiftLeft(Math.min(attempt - 1, 100));
        long bound = doubled.min(BigInteger.valueOf(base + more)).longValueExact();

        assertThat(schedule.bound(attempt).toNanos()).isEqualTo(bound);
        assertThat(schedule.delay(attempt, new Random(seed)).toNanos()).isBetween(0L, bound);
    }

    @Example
    void theWaitsAreSpreadOverTheWholeRange() {
        RetrySchedule schedule = RetrySchedule.standard();
        Random random = new Random(7);
        List<AtomicLong> quarters = List.of(new AtomicLong(), new AtomicLong(), new AtomicLong(), new AtomicLong());
        for (int i = 0; i < 4_000; i++) {
            quarters.get((int) Math.min(3, schedule.delay(3, random).toMillis() / 1_000))
                    .incrementAndGet();
        }

        assertThat(quarters).allSatisfy(count -> assertThat(count.get()).isBetween(850L, 1_150L));
    }

    @Example
    void theStandardIsFiveAttemptsFromOneSecondToFiveMinutes() {
        RetrySchedule schedule = RetrySchedule.standard();

        assertThat(schedule.bound(1)).isEqualTo(Duration.ofSeconds(1));
        assertThat(schedule.bound(4)).isEqualTo(Duration.ofSeconds(8));
        assertThat(schedule.bound(10)).isEqualTo(Duration.ofMinutes(5));
        assertThat(schedule.exhausted(4)).isFalse();
        assertThat(schedule.exhausted(5)).isTrue();
        assertThat(schedule.exhausted(6)).isTrue();
    }

    @Example
    void nonsenseIsRefused() {
        Duration second = Duration.ofSeconds(1);
        assertThatThrownBy(() -> new RetrySchedule(Duration.ZERO, second, 5))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RetrySchedule(second, Duration.ofMillis(1), 5))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RetrySchedule(second, second, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
