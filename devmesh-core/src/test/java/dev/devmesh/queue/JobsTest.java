package dev.devmesh.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.inmemory.InMemoryJobQueue;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.store.JobState;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class JobsTest {

    private static final String QUEUE = "events";
    private static final Principal OWNER = Principal.of(Tenant.single(), "owner", "jobs");
    private static final Principal READER = Principal.of(Tenant.single(), "reader", "jobs:read");
    private static final Principal WRITER = Principal.of(Tenant.single(), "writer", "jobs:write");
    private static final Principal STRANGER = Principal.of(new Tenant("other"), "stranger", "jobs");

    record Push(String repository) {}

    private final SettableClock clock = new SettableClock();
    private final InMemoryStore store = InMemoryStore.create(clock);
    private final InMemoryJobQueue queue = new InMemoryJobQueue(1_000, clock);
    private final OutboxRelay relay =
            new OutboxRelay(store, queue, clock, Duration.ofSeconds(60), Duration.ofSeconds(5));
    private final Jobs jobs = new Jobs(store, queue);

    @AfterEach
    void closeAll() {
        relay.close();
        queue.close();
        store.close();
    }

    @Test
    void aJobGoesFromTheCallerToTheHandler() {
        relay.start();
        AtomicBoolean came = new AtomicBoolean();
        Job job = jobs.enqueue(OWNER, NewJob.of(QUEUE, "push", new Push("mesh")));
        try (Worker worker = Worker.on(QUEUE, store, queue)
                .handle("push", (leased, tx) -> came.set(leased.payload(Push.class).equals(new Push("mesh"))))
                .start()) {
            await().until(() -> worker.stats().done() == 1);
        }

        assertThat(came).isTrue();
        assertThat(jobs.find(OWNER, job.id()).orElseThrow().attempt()).isEqualTo(1);
        assertThat(jobs.find(STRANGER, job.id())).isEmpty();
    }

    @Test
    void aDedupeKeyHoldsOneUnfinishedJob() {
        Job first = jobs.enqueue(OWNER, NewJob.of(QUEUE, "push", new Push("a")).dedupe("nightly"));
        Job second = jobs.enqueue(OWNER, NewJob.of(QUEUE, "push", new Push("b")).dedupe("nightly"));
        Job theirs = jobs.enqueue(STRANGER, NewJob.of(QUEUE, "push", new Push("c")).dedupe("nightly"));

        assertThat(second.id()).isEqualTo(first.id());
        assertThat(theirs.id()).isNotEqualTo(first.id());
    }

    @Test
    void eachOperationAsksForItsPermission() {
        Job job = jobs.enqueue(WRITER, NewJob.of(QUEUE, "push", new Push("a")));

        assertRefused(ErrorCode.PERMISSION_DENIED, () -> jobs.enqueue(READER, NewJob.of(QUEUE, "push", "x")));
        assertRefused(ErrorCode.PERMISSION_DENIED, () -> jobs.replay(READER, QUEUE, job.id()));
        assertRefused(ErrorCode.PERMISSION_DENIED, () -> jobs.find(WRITER, job.id()));
        assertRefused(ErrorCode.PERMISSION_DENIED, () -> jobs.stats(WRITER, QUEUE));
        assertRefused(ErrorCode.PERMISSION_DENIED, () -> jobs.queues(WRITER));
        assertRefused(ErrorCode.PERMISSION_DENIED, () -> jobs.deadLetters(WRITER, QUEUE, 1));
        assertThat(jobs.find(READER, job.id())).isPresent();
    }

    @Test
    void aReplayedJobIsDoneAtLast() {
        relay.start();
        Job job = jobs.enqueue(OWNER, NewJob.of(QUEUE, "push", new Push("a")));
        AtomicBoolean repaired = new AtomicBoolean();
        try (Worker worker = Worker.on(QUEUE, store, queue)
                .retries(RetrySchedule.standard().withMaxAttempts(1))
                .handle("push", (leased, tx) -> {
                    if (!repaired.get()) {
                        throw new IllegalStateException("broken");
                    }
                })
                .start()) {
            await().until(() -> state(job) == JobState.DEAD);
            assertThat(jobs.deadLetters(READER, QUEUE, 10)).hasSize(1);
            assertThat(jobs.deadLetters(STRANGER, QUEUE, 10)).isEmpty();
            assertThat(jobs.stats(READER, QUEUE).dead()).isEqualTo(1);
            assertThat(jobs.queues(READER)).containsExactly(QUEUE);
            assertRefused(ErrorCode.JOB_NOT_FOUND, () -> jobs.replay(STRANGER, QUEUE, job.id()));

            repaired.set(true);
            jobs.replay(OWNER, QUEUE, job.id());
            await().until(() -> state(job) == JobState.DONE);
            assertThat(worker.stats().done()).isEqualTo(1);
        }
        assertThat(jobs.deadLetters(READER, QUEUE, 10)).isEmpty();
        assertRefused(ErrorCode.JOB_NOT_FOUND, () -> jobs.replay(OWNER, QUEUE, job.id()));
        assertRefused(ErrorCode.JOB_NOT_FOUND, () -> jobs.replay(OWNER, QUEUE, "job_unknown"));
    }

    @Test
    void aDeadJobWhoseLetterTheQueueLostIsReplayedFromTheStore() {
        Job job = jobs.enqueue(OWNER, NewJob.of(QUEUE, "push", new Push("a")));
        store.inTransaction(
                Tenant.single(),
                tx -> tx.jobs().claim(job.id(), 1) && tx.jobs().bury(job.id(), 1));

        jobs.replay(OWNER, QUEUE, job.id());

        assertThat(relay.deliver()).isEqualTo(1);
        assertThat(queue.stats(QUEUE).ready()).isEqualTo(1);
    }

    @Test
    void aDeadLetterThatTheStoreWasNotToldOfCanBeReplayed() {
        Job job = jobs.enqueue(OWNER, NewJob.of(QUEUE, "push", new Push("a")));
        relay.deliver();
        queue.lease(QUEUE, 1, Duration.ofSeconds(30), Duration.ZERO).get(0).bury("given up", "");
        clock.advance(Duration.ofMinutes(2));
        assertThat(relay.deliver()).isEqualTo(1);
        assertThat(queue.stats(QUEUE).ready()).isZero();

        jobs.replay(OWNER, QUEUE, job.id());

        assertThat(queue.stats(QUEUE).ready()).isEqualTo(1);
    }

    @Test
    void aReplayThatWouldDoubleADedupeKeyIsRefusedAndLosesNothing() {
        relay.start();
        Job dead = jobs.enqueue(OWNER, NewJob.of(QUEUE, "push", new Push("a")).dedupe("nightly"));
        try (Worker worker = Worker.on(QUEUE, store, queue)
                .handle("other", (leased, tx) -> {})
                .start()) {
            await().until(() -> state(dead) == JobState.DEAD);
            assertThat(worker.stats().dead()).isEqualTo(1);
        }
        jobs.enqueue(OWNER, NewJob.of(QUEUE, "push", new Push("b")).dedupe("nightly"));

        assertRefused(ErrorCode.ALREADY_EXISTS, () -> jobs.replay(OWNER, QUEUE, dead.id()));
        assertThat(jobs.deadLetters(OWNER, QUEUE, 10)).hasSize(1);
    }

    private JobState state(Job job) {
        return store.inTransaction(Tenant.single(), tx -> tx.jobs().state(job.id()).orElseThrow());
    }

    private static void assertRefused(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(MeshException.class, refused -> {
                    assertThat(refused.code()).isEqualTo(code);
                    assertThat(refused.fix()).isNotEmpty();
                });
    }
}
