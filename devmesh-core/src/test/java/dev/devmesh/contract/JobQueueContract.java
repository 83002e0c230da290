package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Tenant;
import tools.jackson.databind.node.JsonNodeFactory;
import dev.devmesh.queue.DeadLetter;
import dev.devmesh.queue.DeadLetters;
import dev.devmesh.queue.Job;
import dev.devmesh.queue.JobQueue;
import dev.devmesh.queue.Lease;
import dev.devmesh.queue.LeaseLostException;
import dev.devmesh.queue.QueueStats;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link JobQueue} holds. An implementation says how to open one, how its time passes, and what time it is.
 * One whose clock is a server's waits in {@link #pass} and names a short {@link #unit}.
 */
public abstract class JobQueueContract {

    /** The queue that the tests use unless they need another. */
    protected static final String MAIL = "mail";

    private static final Tenant TENANT = Tenant.single();
    private static final Tenant OTHER = new Tenant("other");

    /** Opened before each test and closed after it. */
    protected JobQueue queue = null;

    /** Opens an empty queue. */
    protected abstract JobQueue open();

    /** Opens an empty queue that has room for so many jobs. */
    protected abstract JobQueue open(int capacity);

    /** The time by the queue's clock. */
    protected abstract Instant now();

    /** Lets time pass by the queue's clock: at least so much, and less than one {@link #unit} more. */
    protected abstract void pass(Duration time);

    /** The step of time in these tests; leases last for ten of them. Longer than the few calls of one test take. */
    protected Duration unit() {
        return Duration.ofSeconds(1);
    }

    private Duration leaseTime() {
        return unit().multipliedBy(10);
    }

    @BeforeEach
    final void openQueue() {
        queue = open();
    }

    @AfterEach
    final void closeQueue() {
        queue.close();
    }

    @Test
    void jobsComeInTheOrderOfTheirTimeThenOfTheirArrival() {
        Instant now = now();
        queue.enqueue(job("late", now.minusSeconds(1)));
        queue.enqueue(List.of(job("first", now.minusSeconds(9)), job("later", now.minusSeconds(1))));
        queue.enqueue(job("second", now.minusSeconds(5)));

        assertThat(ids(leaseAll())).containsExactly("first", "second", "late", "later");
    }

    @Test
    void aLeaseCarriesTheJobAsItWasAddedAndCountsTheAttempt() {
        Job job = job("a", now());
        queue.enqueue(job);

        Lease lease = leaseOne();

        assertThat(lease.job().attempt()).isEqualTo(1);
        assertThat(lease.job())
                .usingRecursiveComparison()
                .ignoringFields("attempt")
                .isEqualTo(job);
        assertThat(lease.crashes()).isZero();
        assertThat(lease.deadline()).isBetween(now().plus(unit().multipliedBy(8)), now().plus(leaseTime()));
    }

    @Test
    void attemptsMadeBeforeTheJobWasHandedOverCount() {
        Job job = job("a", now());
        queue.enqueue(new Job(
                "a", TENANT, MAIL, job.type(), job.payload(), 2, job.createdAt(), job.runAt()));

        assertThat(leaseOne().job().attempt()).isEqualTo(3);
    }

    @Test
    void aJobIsHeldByOneWorkerAtATime() {
        enqueue("a");

        Lease lease = leaseOne();

        assertThat(leaseAll()).isEmpty();
        lease.ack();
        assertThat(leaseAll()).isEmpty();
        pass(leaseTime());
        assertThat(leaseAll()).isEmpty();
    }

    @Test
    void aJobIsNotHandedOutBeforeItsTime() {
        queue.enqueue(job("a", now().plus(unit().multipliedBy(3))));

        assertThat(leaseAll()).isEmpty();
        pass(unit().multipliedBy(4));
        assertThat(ids(leaseAll())).containsExactly("a");
    }

    @Test
    void noMoreJobsComeThanAskedFor() {
        enqueue("a", "b", "c");

        assertThat(ids(queue.lease(MAIL, 2, leaseTime(), Duration.ZERO))).containsExactly("a", "b");
        assertThat(ids(leaseAll())).containsExactly("c");
    }

    @Test
    void queuesDoNotSeeEachOthersJobs() {
        enqueue("a");

        assertThat(queue.lease("post", 10, leaseTime(), Duration.ZERO)).isEmpty();
        assertThat(ids(leaseAll())).containsExactly("a");
    }

    @Test
    void addingAJobAgainChangesNothingWhileItWaitsOrIsLeased() {
        enqueue("a");
        enqueue("a");
        Lease lease = leaseOne();
        enqueue("a");

        assertThat(leaseAll()).isEmpty();
        lease.ack();
        assertThat(leaseAll()).isEmpty();
        assertThat(queue.stats(MAIL).ready()).isZero();
    }

    @Test
    void aJobThatWasTakenOutCanBeAddedAgain() {
        enqueue("a");
        long before = ackOne();
        enqueue("a");

        Lease again = leaseOne();

        assertThat(again.job().attempt()).isEqualTo(1);
        assertThat(again.token()).isGreaterThan(before);
    }

    private long ackOne() {
        Lease lease = leaseOne();
        lease.ack();
        return lease.token();
    }

    @Test
    void anotherWorkerGetsTheJobWhenTheLeaseRunsOut() {
        enqueue("a");
        Lease first = leaseOne();
        pass(leaseTime());

        Lease second = leaseOne();

        assertThat(second.job().id()).isEqualTo("a");
        assertThat(second.job().attempt()).isEqualTo(2);
        assertThat(second.crashes()).isEqualTo(1);
        assertThat(second.token()).isGreaterThan(first.token());
        assertLost(first);
        second.ack();
        assertLost(first);
    }

    @Test
    void aLeaseIsLostWhenItsTimeHasPassedEvenIfNobodyElseTookTheJob() {
        enqueue("a");
        Lease lease = leaseOne();
        pass(leaseTime());

        assertLost(lease);
        assertThat(ids(leaseAll())).containsExactly("a");
    }

    @Test
    void extendingKeepsTheJobForAFullLeaseFromThen() {
        enqueue("a");
        Lease lease = leaseOne();
        for (int i = 0; i < 3; i++) {
            pass(unit().multipliedBy(6));
            lease.extend();
        }

        assertThat(leaseAll()).isEmpty();
        assertThat(lease.deadline()).isAfterOrEqualTo(now().plus(unit().multipliedBy(8)));
        pass(leaseTime());
        assertThat(ids(leaseAll())).containsExactly("a");
    }

    @Test
    void tokensGrowHoweverTheJobComesBack() {
        enqueue("a");
        List<Long> tokens = new ArrayList<>();
        Lease lease = leaseOne();
        tokens.add(lease.token());
        pass(leaseTime());
        lease = leaseOne();
        tokens.add(lease.token());
        lease.retry(Duration.ZERO, "failed");
        lease = leaseOne();
        tokens.add(lease.token());
        lease.release(Duration.ZERO);
        lease = leaseOne();
        tokens.add(lease.token());
        lease.bury("given up", "");
        queue.deadLetters(MAIL).replay("a");
        tokens.add(leaseOne().token());

        assertThat(tokens).isSorted().doesNotHaveDuplicates();
        assertThat(tokens.get(0)).isPositive();
    }

    @Test
    void doneTwiceIsDone() {
        enqueue("a");
        Lease lease = leaseOne();

        lease.ack();
        lease.ack();
        pass(leaseTime());
        lease.ack();

        assertThat(queue.stats(MAIL)).isEqualTo(QueueStats.EMPTY);
    }

    @Test
    void aFailedJobComesBackAfterItsDelayWithOneAttemptMore() {
        enqueue("a");
        leaseOne().retry(unit().multipliedBy(3), "failed");

        assertThat(leaseAll()).isEmpty();
        pass(unit().multipliedBy(4));
        Lease again = leaseOne();
        assertThat(again.job().attempt()).isEqualTo(2);
        assertThat(again.crashes()).isZero();
    }

    @Test
    void aJobThatIsGivenBackKeepsItsAttempts() {
        enqueue("a");
        leaseOne().release(Duration.ZERO);
        leaseOne().release(unit().multipliedBy(3));

        assertThat(leaseAll()).isEmpty();
        pass(unit().multipliedBy(4));
        assertThat(leaseOne().job().attempt()).isEqualTo(1);
    }

    @Test
    void crashesAreCountedUntilAFailureIsRecorded() {
        enqueue("a");
        leaseOne();
        pass(leaseTime());
        leaseOne();
        pass(leaseTime());
        Lease third = leaseOne();
        assertThat(third.crashes()).isEqualTo(2);
        third.release(Duration.ZERO);
        Lease fourth = leaseOne();
        assertThat(fourth.crashes()).isEqualTo(2);

        fourth.retry(Duration.ZERO, "failed");

        assertThat(leaseOne().crashes()).isZero();
    }

    @Test
    void aLeaseThatEndedIsLost() {
        enqueue("a", "b", "c");
        Lease retried = leaseOne();
        retried.retry(leaseTime(), "failed");
        Lease released = leaseOne();
        released.release(leaseTime());
        Lease buried = leaseOne();
        buried.bury("given up", "");

        assertLost(retried);
        assertLost(released);
        assertLost(buried);
    }

    @Test
    void aDeadLetterTellsWhyHowOftenAndWhen() {
        enqueue("a");
        leaseOne().retry(Duration.ZERO, "no route");
        leaseOne().retry(Duration.ZERO, "timeout");
        Instant before = now();
        leaseOne().bury("three attempts", "refused");

        DeadLetter letter = queue.deadLetters(MAIL).find("a").orElseThrow();

        assertThat(letter.job().id()).isEqualTo("a");
        assertThat(letter.job().attempt()).isEqualTo(3);
        assertThat(letter.reason()).isEqualTo("three attempts");
        assertThat(letter.firstError()).isEqualTo("no route");
        assertThat(letter.lastError()).isEqualTo("refused");
        assertThat(letter.buriedAt()).isBetween(before, now());
    }

    @Test
    void deadLettersAreListedNewestFirst() {
        enqueue("a", "b", "c");
        for (int i = 0; i < 3; i++) {
            leaseOne().bury("given up", "");
            pass(unit());
        }

        assertThat(letterIds(queue.deadLetters(MAIL), 10)).containsExactly("c", "b", "a");
        assertThat(letterIds(queue.deadLetters(MAIL), 2)).containsExactly("c", "b");
        assertThat(queue.deadLetters("post").list(10)).isEmpty();
    }

    @Test
    void aDeadJobIsNotHandedOutNorReplacedByAddingItAgain() {
        enqueue("a");
        leaseOne().bury("given up", "");
        enqueue("a");
        pass(leaseTime());

        assertThat(leaseAll()).isEmpty();
        assertThat(queue.stats(MAIL)).isEqualTo(new QueueStats(0, 0, 0, 1, Duration.ZERO, false));
    }

    @Test
    void aReplayedJobStartsAnew() {
        enqueue("a");
        leaseOne().retry(Duration.ZERO, "old error");
        leaseOne().bury("given up", "");
        DeadLetters dead = queue.deadLetters(MAIL);

        assertThat(dead.replay("a")).isTrue();
        assertThat(dead.replay("a")).isFalse();

        assertThat(dead.list(10)).isEmpty();
        Lease again = leaseOne();
        assertThat(again.job().attempt()).isEqualTo(1);
        again.bury("given up again", "new error");
        assertThat(dead.find("a").orElseThrow().firstError()).isEqualTo("new error");
    }

    @Test
    void aDroppedDeadLetterIsGone() {
        enqueue("a");
        leaseOne().bury("given up", "");
        DeadLetters dead = queue.deadLetters(MAIL);

        assertThat(dead.drop("a")).isTrue();

        assertThat(dead.drop("a")).isFalse();
        assertThat(dead.replay("a")).isFalse();
        assertThat(dead.find("a")).isEmpty();
        assertThat(queue.stats(MAIL)).isEqualTo(QueueStats.EMPTY);
    }

    @Test
    void oneTenantsDeadLettersAreOutOfReachOfAnother() {
        enqueue("mine");
        queue.enqueue(job("theirs", OTHER, MAIL, now()));
        leaseAll().forEach(lease -> lease.bury("given up", ""));
        DeadLetters mine = queue.deadLetters(MAIL).ofTenant(TENANT);

        assertThat(letterIds(mine, 10)).containsExactly("mine");
        assertThat(mine.find("theirs")).isEmpty();
        assertThat(mine.replay("theirs")).isFalse();
        assertThat(mine.drop("theirs")).isFalse();
        assertThatThrownBy(() -> mine.ofTenant(OTHER)).isInstanceOf(IllegalArgumentException.class);
        assertThat(letterIds(queue.deadLetters(MAIL).ofTenant(OTHER), 10)).containsExactly("theirs");
    }

    @Test
    void statsSayHowTheQueueStands() {
        Instant now = now();
        queue.enqueue(List.of(
                job("dead", now.minus(unit().multipliedBy(9))),
                job("leased", now.minus(unit().multipliedBy(8))),
                job("old", now.minus(unit().multipliedBy(5))),
                job("new", now),
                job("delayed", now.plus(leaseTime()))));
        leaseOne().bury("given up", "");
        leaseOne();

        QueueStats stats = queue.stats(MAIL);

        assertThat(stats.ready()).isEqualTo(2);
        assertThat(stats.delayed()).isEqualTo(1);
        assertThat(stats.leased()).isEqualTo(1);
        assertThat(stats.dead()).isEqualTo(1);
        assertThat(stats.oldestAge()).isBetween(unit().multipliedBy(5), unit().multipliedBy(6));
        assertThat(queue.stats("nobody")).isEqualTo(QueueStats.EMPTY);
        assertThat(queue.queues()).containsExactly(MAIL);
    }

    @Test
    void aLeaseThatRanOutCountsAsReady() {
        enqueue("a");
        leaseOne();
        pass(leaseTime());

        assertThat(queue.stats(MAIL).ready()).isEqualTo(1);
        assertThat(queue.stats(MAIL).leased()).isZero();
    }

    @Test
    void aPausedQueueTakesJobsButHandsNoneOut() {
        enqueue("held", "a");
        Lease held = leaseOne();
        queue.pause(MAIL);
        enqueue("b");

        assertThat(leaseAll()).isEmpty();
        assertThat(queue.stats(MAIL).paused()).isTrue();
        held.extend();
        held.ack();

        queue.resume(MAIL);
        assertThat(ids(leaseAll())).containsExactly("a", "b");
        assertThat(queue.stats(MAIL).paused()).isFalse();
    }

    @Test
    void aWaitingWorkerGetsAJobAsSoonAsItIsAdded() {
        var waiting = CompletableFuture.supplyAsync(() -> lease(10, Duration.ofSeconds(20)));
        await().until(() -> !waiting.isDone());
        long added = System.nanoTime();
        enqueue("a");

        assertThat(ids(waiting.orTimeout(10, TimeUnit.SECONDS).join())).containsExactly("a");
        assertThat(Duration.ofNanos(System.nanoTime() - added)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void aWaitEndsWithNothingWhenItsTimeIsOver() {
        long start = System.nanoTime();

        assertThat(lease(1, Duration.ofMillis(50))).isEmpty();

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(50));
    }

    @Test
    void closingEndsEveryWait() {
        List<CompletableFuture<List<Lease>>> waiting = IntStream.range(0, 3)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> lease(1, Duration.ofSeconds(20))))
                .toList();
        await().until(() -> queue.queues().contains(MAIL));

        queue.close();
        queue.close();

        for (CompletableFuture<List<Lease>> each : waiting) {
            // a wait that had not begun yet is refused instead
            assertThat(each.handle((leases, refused) -> refused == null ? leases : List.of())
                            .orTimeout(10, TimeUnit.SECONDS)
                            .join())
                    .isEmpty();
        }
        assertThatThrownBy(() -> enqueue("a")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> lease(1, Duration.ZERO)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> queue.stats(MAIL)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anInterruptEndsTheWaitAndIsKept() {
        AtomicBoolean kept = new AtomicBoolean();
        List<Lease> taken = Collections.synchronizedList(new ArrayList<>());
        Thread waiting = new Thread(() -> {
            taken.addAll(lease(1, Duration.ofSeconds(20)));
            kept.set(Thread.currentThread().isInterrupted());
        });
        waiting.start();
        waiting.interrupt();

        await().until(() -> !waiting.isAlive());
        assertThat(kept).isTrue();
        assertThat(taken).isEmpty();
    }

    @Test
    void aFullQueueSaysSoAndTakesJobsAgainWhenThereIsRoom() {
        try (JobQueue small = open(2)) {
            small.enqueue(List.of(job("a", now()), job("b", now())));

            small.enqueue(job("a", now()));
            assertThatThrownBy(() -> small.enqueue(job("c", now())))
                    .isInstanceOfSatisfying(MeshException.class, full -> {
                        assertThat(full.code()).isEqualTo(ErrorCode.OVERLOADED);
                        assertThat(full.fix()).isNotEmpty();
                        assertThat(full.retryAfter()).isPresent();
                    });

            small.lease(MAIL, 1, leaseTime(), Duration.ZERO).get(0).ack();
            small.enqueue(job("c", now()));
            assertThat(ids(small.lease(MAIL, 10, leaseTime(), Duration.ZERO))).containsExactly("b", "c");
        }
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> lease(0, Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> lease(1, Duration.ofSeconds(-1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> queue.lease(MAIL, 1, Duration.ZERO, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> queue.deadLetters(MAIL).list(0)).isInstanceOf(IllegalArgumentException.class);
        enqueue("a");
        Lease lease = leaseOne();
        assertThatThrownBy(() -> lease.retry(Duration.ofSeconds(-1), "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> lease.release(Duration.ofSeconds(-1))).isInstanceOf(IllegalArgumentException.class);
        lease.ack();
    }

    @Test
    void workersThatTakeAtTheSameTimeNeverGetTheSameJob() {
        int jobs = 500;
        queue.enqueue(IntStream.range(0, jobs).mapToObj(i -> job("job-" + i, now())).toList());
        List<String> done = Collections.synchronizedList(new ArrayList<>());

        CompletableFuture<?>[] workers = IntStream.range(0, 4)
                .mapToObj(i -> CompletableFuture.runAsync(() -> {
                    List<Lease> taken = queue.lease(MAIL, 7, leaseTime(), Duration.ZERO);
                    while (!taken.isEmpty()) {
                        taken.forEach(lease -> {
                            done.add(lease.job().id());
                            lease.ack();
                        });
                        taken = queue.lease(MAIL, 7, leaseTime(), Duration.ZERO);
                    }
                }))
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(workers).orTimeout(60, TimeUnit.SECONDS).join();

        assertThat(done).hasSize(jobs).doesNotHaveDuplicates();
        assertThat(queue.stats(MAIL)).isEqualTo(QueueStats.EMPTY);
    }

    private void assertLost(Lease lease) {
        assertThatThrownBy(lease::extend).isInstanceOf(LeaseLostException.class);
        assertThatThrownBy(lease::ack).isInstanceOf(LeaseLostException.class);
        assertThatThrownBy(() -> lease.retry(Duration.ZERO, "")).isInstanceOf(LeaseLostException.class);
        assertThatThrownBy(() -> lease.release(Duration.ZERO)).isInstanceOf(LeaseLostException.class);
        assertThatThrownBy(() -> lease.bury("", "")).isInstanceOf(LeaseLostException.class);
    }

    private void enqueue(String... ids) {
        for (String id : ids) {
            queue.enqueue(job(id, now()));
        }
    }

    private List<Lease> lease(int max, Duration wait) {
        return queue.lease(MAIL, max, leaseTime(), wait);
    }

    private List<Lease> leaseAll() {
        return lease(100, Duration.ZERO);
    }

    private Lease leaseOne() {
        List<Lease> leases = lease(1, Duration.ZERO);
        assertThat(leases).hasSize(1);
        return leases.get(0);
    }

    private static List<String> ids(List<Lease> leases) {
        return leases.stream().map(lease -> lease.job().id()).toList();
    }

    private static List<String> letterIds(DeadLetters dead, int max) {
        return dead.list(max).stream().map(letter -> letter.job().id()).toList();
    }

    private static Job job(String id, Instant runAt) {
        return job(id, TENANT, MAIL, runAt);
    }

    private static Job job(String id, Tenant tenant, String queue, Instant runAt) {
        return new Job(id, tenant, queue, "send", JsonNodeFactory.instance.objectNode().put("to", id), 0, runAt, runAt);
    }
}
