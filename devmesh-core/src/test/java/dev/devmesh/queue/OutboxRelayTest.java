package dev.devmesh.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Tenant;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.inmemory.InMemoryJobQueue;
import dev.devmesh.inmemory.InMemoryStore;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

final class OutboxRelayTest {

    private static final String QUEUE = "events";
    private static final Duration AGAIN = Duration.ofSeconds(60);
    private static final Duration NEVER = Duration.ofDays(1);
    private static final Duration LEASE = Duration.ofSeconds(30);

    private final SettableClock clock = new SettableClock();
    private final InMemoryStore store = InMemoryStore.create(clock);
    private final InMemoryJobQueue queue = new InMemoryJobQueue(2_000, clock);
    private final OutboxRelay relay = new OutboxRelay(store, queue, clock, AGAIN, NEVER);

    @AfterEach
    void closeAll() {
        relay.close();
        queue.close();
        store.close();
    }

    @Test
    void aCommittedJobIsHandedOverAtOnceAndARolledBackOneNever() {
        relay.start();
        relay.start();
        assertThatThrownBy(() -> store.inTransaction(Tenant.single(), tx -> {
                    tx.jobs().enqueue(newJob());
                    throw new IllegalStateException("rolled back");
                }))
                .isInstanceOf(IllegalStateException.class);
        Job job = enqueue();

        await().until(() -> queue.stats(QUEUE).ready() == 1);
        assertThat(queue.lease(QUEUE, 10, LEASE, Duration.ZERO))
                .extracting(lease -> lease.job().id())
                .containsExactly(job.id());
    }

    @Test
    void whatWasRecordedBeforeTheStartIsHandedOver() {
        IntStream.range(0, 1_200).forEach(i -> enqueue());

        relay.start();

        await().until(() -> queue.stats(QUEUE).ready() == 1_200);
    }

    @Test
    void aDelayedJobIsHandedOverAtOnceAndWaitsInTheQueue() {
        store.inTransaction(Tenant.single(), tx -> tx.jobs().enqueue(newJob().after(Duration.ofHours(1))));

        assertThat(relay.deliver()).isEqualTo(1);
        assertThat(queue.stats(QUEUE).delayed()).isEqualTo(1);
    }

    @Test
    void aJobThatTheQueueLostIsHandedOverAgain() {
        enqueue();
        relay.deliver();
        assertThat(relay.deliver()).isZero();
        clock.advance(AGAIN.plusMillis(1));

        try (InMemoryJobQueue empty = new InMemoryJobQueue(10, clock);
                OutboxRelay restarted = new OutboxRelay(store, empty, clock, AGAIN, NEVER)) {
            assertThat(restarted.deliver()).isEqualTo(1);
            assertThat(empty.stats(QUEUE).ready()).isEqualTo(1);
        }
    }

    @Test
    void aJobThatIsStillWorkedOnIsNotDoubledByHandingItOverAgain() {
        enqueue();
        relay.deliver();
        Lease held =
                queue.lease(QUEUE, 1, Duration.ofMinutes(10), Duration.ZERO).get(0);
        clock.advance(AGAIN.plusMillis(1));

        assertThat(relay.deliver()).isEqualTo(1);

        assertThat(queue.lease(QUEUE, 1, LEASE, Duration.ZERO)).isEmpty();
        held.ack();
        assertThat(queue.stats(QUEUE)).isEqualTo(QueueStats.EMPTY);
    }

    @Test
    void aDoneJobIsNotHandedOverAgain() {
        Job job = enqueue();
        relay.deliver();
        store.inTransaction(
                Tenant.single(), tx -> tx.jobs().claim(job.id(), 1) && tx.jobs().complete(job.id(), 1));
        clock.advance(AGAIN.plusMillis(1));

        assertThat(relay.deliver()).isZero();
    }

    @Test
    void whatDoesNotFitStaysInTheStoreUntilThereIsRoom() {
        IntStream.range(0, 15).forEach(i -> enqueue());
        try (InMemoryJobQueue small = new InMemoryJobQueue(10, clock);
                OutboxRelay patient = new OutboxRelay(store, small, clock, AGAIN, Duration.ofMillis(10))) {
            assertThatThrownBy(patient::deliver)
                    .isInstanceOfSatisfying(
                            MeshException.class, full -> assertThat(full.code()).isEqualTo(ErrorCode.OVERLOADED));
            patient.start();
            await().until(() -> small.stats(QUEUE).ready() == 10);

            List<Lease> first = small.lease(QUEUE, 10, LEASE, Duration.ZERO);
            store.inTransaction(Tenant.single(), tx -> {
                for (Lease lease : first) {
                    tx.jobs().claim(lease.job().id(), lease.token());
                    tx.jobs().complete(lease.job().id(), lease.token());
                }
                return tx.tenant();
            });
            first.forEach(Lease::ack);
            // the relay may have read the list before the ten were done, and hand them over once more: a worker skips
            // those
            Set<String> others = new HashSet<>();
            await().until(() -> {
                for (Lease lease : small.lease(QUEUE, 10, LEASE, Duration.ZERO)) {
                    String id = lease.job().id();
                    if (store.inTransaction(Tenant.single(), tx -> tx.jobs().claim(id, lease.token()))) {
                        others.add(id);
                    }
                    lease.ack();
                }
                return others.size() == 5;
            });
        }
    }

    @Test
    void nothingIsHandedOverAfterClosing() {
        relay.start();
        relay.close();
        relay.close();
        enqueue();

        assertThat(queue.stats(QUEUE)).isEqualTo(QueueStats.EMPTY);
        assertThatThrownBy(relay::start).isInstanceOf(IllegalStateException.class);
    }

    private Job enqueue() {
        return store.inTransaction(Tenant.single(), tx -> tx.jobs().enqueue(newJob()));
    }

    private static NewJob newJob() {
        return new NewJob(QUEUE, "add", JsonNodeFactory.instance.objectNode(), Duration.ZERO, "");
    }
}
