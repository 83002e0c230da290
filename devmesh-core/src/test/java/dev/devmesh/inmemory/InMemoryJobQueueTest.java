package dev.devmesh.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.auth.Tenant;
import dev.devmesh.contract.JobQueueContract;
import dev.devmesh.contract.SettableClock;
import tools.jackson.databind.node.JsonNodeFactory;
import dev.devmesh.queue.Job;
import dev.devmesh.queue.JobQueue;
import dev.devmesh.queue.Lease;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

final class InMemoryJobQueueTest extends JobQueueContract {

    private final SettableClock clock = new SettableClock();

    @Override
    protected JobQueue open() {
        return open(1_000);
    }

    @Override
    protected JobQueue open(int capacity) {
        return new InMemoryJobQueue(capacity, clock);
    }

    @Override
    protected Instant now() {
        return clock.instant();
    }

    @Override
    protected void pass(Duration time) {
        clock.advance(time);
    }

    @Test
    void aNewQueueGivesHigherTokensThanOneThatWasForgotten() {
        Job job = new Job(
                "a", Tenant.single(), MAIL, "send", JsonNodeFactory.instance.objectNode(), 0, clock.instant(), clock.instant());
        queue.enqueue(job);
        Lease before = queue.lease(MAIL, 1, Duration.ofSeconds(1), Duration.ZERO).get(0);
        clock.advance(Duration.ofSeconds(1));

        try (JobQueue restarted = open()) {
            restarted.enqueue(job);
            List<Lease> after = restarted.lease(MAIL, 1, Duration.ofSeconds(1), Duration.ZERO);
            assertThat(after.get(0).token()).isGreaterThan(before.token());
        }
    }

    @Test
    void aWaitingWorkerGetsAJobWhenItsTimeComes() {
        try (JobQueue real = new InMemoryJobQueue(10, InstantSource.system())) {
            Instant due = Instant.now().plusMillis(100);
            real.enqueue(new Job("a", Tenant.single(), MAIL, "send", JsonNodeFactory.instance.objectNode(), 0, due, due));

            List<Lease> first = real.lease(MAIL, 1, Duration.ofMillis(100), Duration.ofSeconds(10));
            List<Lease> again = real.lease(MAIL, 1, Duration.ofMillis(100), Duration.ofSeconds(10));

            assertThat(first).hasSize(1);
            assertThat(again).hasSize(1);
            assertThat(again.get(0).crashes()).isEqualTo(1);
            assertThat(Instant.now()).isBetween(due.plusMillis(100), due.plusSeconds(5));
        }
    }

    @Test
    void aQueueThatHoldsNothingIsForgotten() {
        for (int i = 0; i < 100; i++) {
            String name = "queue-" + i;
            queue.enqueue(new Job(
                    "a" + i, Tenant.single(), name, "send", JsonNodeFactory.instance.objectNode(), 0, clock.instant(), clock.instant()));
            queue.lease(name, 1, Duration.ofSeconds(1), Duration.ZERO).get(0).ack();
            queue.lease("unused-" + i, 1, Duration.ofSeconds(1), Duration.ZERO);
        }

        assertThat(queue.queues()).isEmpty();
    }

    @Test
    void theOldestDeadLettersGoWhenThereAreTooMany() {
        try (JobQueue small = open(10)) {
            for (int i = 0; i <= InMemoryJobQueue.DEAD_LETTERS_PER_QUEUE; i++) {
                small.enqueue(new Job(
                        "a" + i, Tenant.single(), MAIL, "send", JsonNodeFactory.instance.objectNode(), 0, clock.instant(), clock.instant()));
                small.lease(MAIL, 1, Duration.ofSeconds(1), Duration.ZERO).get(0).bury("given up", "");
            }

            assertThat(small.stats(MAIL).dead()).isEqualTo(InMemoryJobQueue.DEAD_LETTERS_PER_QUEUE);
            assertThat(small.deadLetters(MAIL).find("a0")).isEmpty();
            assertThat(small.deadLetters(MAIL).find("a1")).isPresent();
        }
    }
}
