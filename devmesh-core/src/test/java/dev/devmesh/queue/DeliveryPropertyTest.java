package dev.devmesh.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.auth.Tenant;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.inmemory.InMemoryJobQueue;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.store.JobState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The rules of {@link Worker} (claim first, commit the effect with the completion, tell the queue last) under random
 * orders of what can happen to deliveries, each step of each holder on its own: crash, stall, lost acknowledgement,
 * repeated hand-over, loss of the whole queue.
 */
final class DeliveryPropertyTest {

    private static final String QUEUE = "events";
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Tenant TENANT = Tenant.single();

    private static final class Holder {
        final Lease lease;
        boolean claimed;
        boolean committed;

        Holder(Lease lease) {
            this.lease = lease;
        }
    }

    @Property(tries = 1_000)
    void effectsAreThoseOfTheRecordedJobsEachOnce(@ForAll long seed, @ForAll @IntRange(min = 1, max = 8) int count) {
        Random random = new Random(seed);
        SettableClock clock = new SettableClock();
        InMemoryStore store = InMemoryStore.create(clock);
        InMemoryJobQueue queue = new InMemoryJobQueue(100, clock);
        List<String> recorded = new ArrayList<>();
        List<Holder> holders = new ArrayList<>();

        for (int step = 0; step < 120; step++) {
            clock.advance(Duration.ofMillis(1));
            switch (random.nextInt(9)) {
                case 0 -> {
                    if (recorded.size() < count) {
                        recorded.add(store.inTransaction(TENANT, tx -> tx.jobs().enqueue(newJob("work")))
                                .id());
                    }
                }
                case 1 -> handOver(store, queue, clock);
                case 2 -> queue.lease(QUEUE, 2, LEASE, Duration.ZERO).forEach(lease -> holders.add(new Holder(lease)));
                case 3 -> clock.advance(Duration.ofSeconds(random.nextInt(40)));
                case 4 -> {
                    // a crash: of the holder, or of the queue with all it knows
                    if (!holders.isEmpty()) {
                        holders.remove(random.nextInt(holders.size()));
                    }
                    if (random.nextInt(10) == 0) {
                        queue.close();
                        queue = new InMemoryJobQueue(100, clock);
                    }
                }
                default -> {
                    if (!holders.isEmpty()) {
                        Holder holder = holders.get(random.nextInt(holders.size()));
                        if (!advance(store, holder, random)) {
                            holders.remove(holder);
                        }
                    }
                }
            }
            assertThat(effects(store)).doesNotHaveDuplicates();
        }

        // what is left gets its turn, stale holders in between
        for (int round = 0; round < 20 + count; round++) {
            clock.advance(Duration.ofSeconds(61));
            handOver(store, queue, clock);
            queue.lease(QUEUE, 100, LEASE, Duration.ZERO).forEach(lease -> holders.add(new Holder(lease)));
            holders.removeIf(holder -> {
                boolean goesOn = true;
                for (int i = 0; i < 3 && goesOn; i++) {
                    goesOn = advance(store, holder, random);
                }
                return !goesOn;
            });
        }
        assertThat(effects(store)).containsExactlyInAnyOrderElementsOf(recorded);
        for (String id : recorded) {
            JobState state =
                    store.inTransaction(TENANT, tx -> tx.jobs().state(id).orElseThrow());
            assertThat(state).isEqualTo(JobState.DONE);
        }
        queue.close();
        store.close();
    }

    /** One step of a holder, as a worker makes it; false when the holder has nothing more to do. */
    private static boolean advance(InMemoryStore store, Holder holder, Random random) {
        String id = holder.lease.job().id();
        long token = holder.lease.token();
        if (!holder.claimed) {
            holder.claimed = store.inTransaction(TENANT, tx -> tx.jobs().claim(id, token));
            if (!holder.claimed) {
                tell(holder.lease::ack);
            }
            return holder.claimed;
        }
        if (!holder.committed) {
            if (random.nextInt(5) == 0) {
                tell(() -> holder.lease.retry(Duration.ofSeconds(random.nextInt(5)), "failed"));
                return false;
            }
            try {
                store.inTransaction(TENANT, tx -> {
                    tx.jobs()
                            .enqueue(new NewJob(
                                    "effects", "effect", JsonNodeFactory.instance.stringNode(id), Duration.ZERO, ""));
                    if (!tx.jobs().complete(id, token)) {
                        throw new LeaseLostException(id);
                    }
                    return id;
                });
                holder.committed = true;
                return true;
            } catch (LeaseLostException refused) {
                return false;
            }
        }
        tell(holder.lease::ack);
        return false;
    }

    private static void tell(Runnable end) {
        try {
            end.run();
        } catch (LeaseLostException late) {
            assertThat(late).hasMessageContaining("is lost");
        }
    }

    private static void handOver(InMemoryStore store, InMemoryJobQueue queue, SettableClock clock) {
        try (OutboxRelay relay = new OutboxRelay(store, queue, clock, Duration.ofSeconds(60), Duration.ofDays(1))) {
            relay.deliver();
        }
    }

    private static List<String> effects(InMemoryStore store) {
        return store.system().jobsToDeliver(Instant.MAX, Integer.MAX_VALUE).stream()
                .filter(job -> job.queue().equals("effects"))
                .map(job -> job.payload().asString())
                .toList();
    }

    private static NewJob newJob(String type) {
        return new NewJob(QUEUE, type, JsonNodeFactory.instance.objectNode(), Duration.ZERO, "");
    }
}
