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
import dev.devmesh.store.JobState;
import dev.devmesh.store.StoreSession;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

@Timeout(60)
final class WorkerTest {

    private static final String QUEUE = "events";
    private static final String EFFECTS = "effects";
    private static final Tenant TENANT = Tenant.single();
    private static final Duration LEASE = Duration.ofSeconds(30);

    private final SettableClock clock = new SettableClock();
    private final InMemoryStore store = InMemoryStore.create(clock);
    private final InMemoryJobQueue queue = new InMemoryJobQueue(10_000, clock);
    private final OutboxRelay relay =
            new OutboxRelay(store, queue, clock, Duration.ofSeconds(60), Duration.ofSeconds(5));
    private final List<Worker> workers = new ArrayList<>();

    @AfterEach
    void closeAll() {
        workers.forEach(worker -> worker.close(Duration.ZERO));
        relay.close();
        queue.close();
        store.close();
    }

    @Test
    void aJobIsDoneOnceAndItsEffectCommitsWithIt() {
        Job job = enqueue("add", "a");
        Worker worker = start(builder().handle("add", this::recordEffect));

        await().until(() -> queue.stats(QUEUE).equals(QueueStats.EMPTY));

        assertThat(state(job)).isEqualTo(JobState.DONE);
        assertThat(effects()).containsExactly("a");
        assertThat(worker.stats()).isEqualTo(new WorkerStats(1, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void eachEffectHappensExactlyOnceWithTwoWorkersAndRepeatedDeliveries() {
        int jobs = 2_000;
        Set<String> expected = ConcurrentHashMap.newKeySet();
        store.inTransaction(TENANT, tx -> {
            for (int i = 0; i < jobs; i++) {
                tx.jobs().enqueue(newJob("add", "value-" + i));
                expected.add("value-" + i);
            }
            return tx.tenant();
        });
        relay.deliver();
        for (int i = 0; i < 2; i++) {
            // the clock runs ahead of the machine, so leases may run out on a slow one: that is no crash here
            start(builder().concurrency(8).batchSize(4).maxCrashes(1_000).handle("add", (job, tx) -> {
                recordEffect(job, tx);
                if (job.attempt() == 1 && job.id().hashCode() % 20 == 0) {
                    throw new IllegalStateException("one in twenty fails once, after its effect");
                }
            }));
        }
        await().atMost(Duration.ofSeconds(40)).until(() -> {
            // retries wait by the clock, and the relay repeats what is not done
            clock.advance(Duration.ofSeconds(10));
            relay.deliver();
            return queue.stats(QUEUE).equals(QueueStats.EMPTY);
        });

        List<String> effects = effects();
        assertThat(effects).hasSize(jobs).doesNotHaveDuplicates();
        assertThat(Set.copyOf(effects)).isEqualTo(expected);
        assertThat(workers.stream().mapToLong(worker -> worker.stats().done()).sum())
                .isEqualTo(jobs);
    }

    @Test
    void aZombieCannotCommitAfterAnotherWorkerDidTheJob() throws InterruptedException {
        Job job = enqueue("add", "a");
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Worker zombie = start(builder().concurrency(1).handle("add", (leased, tx) -> {
            stuck.countDown();
            await().until(() -> goOn.getCount() == 0);
            tx.jobs().enqueue(new NewJob(EFFECTS, "effect", json("zombie"), Duration.ZERO, ""));
        }));
        stuck.await();
        clock.advance(LEASE);

        Worker other = start(builder().handle("add", this::recordEffect));
        await().until(() -> state(job) == JobState.DONE);
        goOn.countDown();

        await().until(() -> zombie.stats().refused() == 1);
        assertThat(effects()).containsExactly("a");
        assertThat(other.stats().done()).isEqualTo(1);
        assertThat(zombie.stats().done()).isZero();
        assertThat(queue.stats(QUEUE)).isEqualTo(QueueStats.EMPTY);
    }

    @Test
    void aZombieIsRefusedWhileTheOtherWorkerIsStillAtIt() throws InterruptedException {
        Job job = enqueue("add", "a");
        CountDownLatch zombieGoesOn = new CountDownLatch(1);
        CountDownLatch otherGoesOn = new CountDownLatch(1);
        CountDownLatch stuck = new CountDownLatch(1);
        Worker zombie = start(builder()
                .concurrency(1)
                .handle(
                        "add",
                        work -> {
                            stuck.countDown();
                            zombieGoesOn.await();
                            return "zombie";
                        },
                        (leased, result, tx) ->
                                tx.jobs().enqueue(new NewJob(EFFECTS, "effect", json(result), Duration.ZERO, ""))));
        stuck.await();
        clock.advance(LEASE);
        CountDownLatch otherBegan = new CountDownLatch(1);
        start(builder()
                .handle(
                        "add",
                        work -> {
                            otherBegan.countDown();
                            otherGoesOn.await();
                            return "other";
                        },
                        (leased, result, tx) ->
                                tx.jobs().enqueue(new NewJob(EFFECTS, "effect", json(result), Duration.ZERO, ""))));
        otherBegan.await();

        zombieGoesOn.countDown();
        await().until(() -> zombie.stats().refused() == 1);
        assertThat(state(job)).isEqualTo(JobState.LIVE);
        assertThat(effects()).isEmpty();

        otherGoesOn.countDown();
        await().until(() -> state(job) == JobState.DONE);
        assertThat(effects()).containsExactly("other");
    }

    @Test
    void workThatEndsAfterItsLeaseCountsIfNobodyElseTookTheJob() throws InterruptedException {
        Job job = enqueue("add", "a");
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Worker slow = start(builder().concurrency(1).handle("add", (leased, tx) -> {
            stuck.countDown();
            goOn.await();
            recordEffect(leased, tx);
        }));
        stuck.await();
        clock.advance(LEASE);
        goOn.countDown();

        await().until(() -> state(job) == JobState.DONE);
        // the queue was not told, so it hands the job out again, and the claim is refused
        await().until(() -> queue.stats(QUEUE).equals(QueueStats.EMPTY));
        assertThat(slow.stats().skipped()).isEqualTo(1);
        assertThat(effects()).containsExactly("a");
    }

    @Test
    void aJobThatFailsIsTriedAgainAndThenGivenUp() {
        Job job = enqueue("fail", "a");
        List<Integer> attempts = Collections.synchronizedList(new ArrayList<>());
        Worker worker = start(builder()
                .retries(RetrySchedule.standard().withMaxAttempts(3))
                .handle("fail", (leased, tx) -> {
                    recordEffect(leased, tx);
                    attempts.add(leased.attempt());
                    throw new IllegalStateException("no route " + leased.attempt());
                }));
        await().until(() -> {
            clock.advance(Duration.ofSeconds(1));
            return state(job) == JobState.DEAD;
        });

        assertThat(attempts).containsExactly(1, 2, 3);
        assertThat(effects()).isEmpty();
        DeadLetter letter = queue.deadLetters(QUEUE).find(job.id()).orElseThrow();
        assertThat(letter.job().attempt()).isEqualTo(3);
        assertThat(letter.reason()).isEqualTo("it failed at attempt 3 of 3");
        assertThat(letter.firstError()).isEqualTo("IllegalStateException: no route 1");
        assertThat(letter.lastError()).isEqualTo("IllegalStateException: no route 3");
        clock.advance(Duration.ofHours(1));
        assertThat(relay.deliver()).isZero();
        await().until(() -> worker.stats().inFlight() == 0);
        assertThat(worker.stats()).isEqualTo(new WorkerStats(0, 3, 0, 1, 0, 0, 0));
    }

    @Test
    void anErrorInAHandlerIsAFailureLikeAnother() {
        Job job = enqueue("fail", "a");
        start(builder().retries(RetrySchedule.standard().withMaxAttempts(1)).handle("fail", (leased, tx) -> {
            throw new StackOverflowError("too deep");
        }));

        await().until(() -> state(job) == JobState.DEAD);
        assertThat(queue.deadLetters(QUEUE).find(job.id()).orElseThrow().lastError())
                .isEqualTo("StackOverflowError: too deep");
    }

    @Test
    void aJobOfAnUnknownTypeIsGivenUpAndNamesTheKnownTypes() {
        Job job = enqueue("unknown", "a");
        start(builder().handle("b.two", this::recordEffect).handle("a.one", this::recordEffect));

        await().until(() -> state(job) == JobState.DEAD);
        assertThat(queue.deadLetters(QUEUE).find(job.id()).orElseThrow().reason())
                .isEqualTo("no handler for type 'unknown'; this worker handles a.one, b.two");
    }

    @Test
    void aJobThatTheStoreDoesNotKnowIsNotRunButGivenUp() {
        Instant now = clock.instant();
        queue.enqueue(new Job("stray", TENANT, QUEUE, "add", json("a"), 0, now, now));
        Worker worker = start(builder().handle("add", this::recordEffect));

        await().until(() -> queue.stats(QUEUE).dead() == 1);
        await().until(() -> worker.stats().inFlight() == 0);
        assertThat(queue.deadLetters(QUEUE).find("stray").orElseThrow().reason())
                .contains("the store does not know this job");
        assertThat(effects()).isEmpty();
    }

    @Test
    void aJobThatKillsItsWorkersIsGivenUpAfterThreeCrashes() {
        Job job = enqueue("add", "a");
        Job good = enqueue("add", "b");
        for (int crash = 0; crash < 3; crash++) {
            // a worker that died: it took the job and was never heard of again
            assertThat(queue.lease(QUEUE, 1, LEASE, Duration.ZERO)).hasSize(1);
            clock.advance(LEASE);
        }
        start(builder().handle("add", this::recordEffect));

        await().until(() -> state(job) == JobState.DEAD && state(good) == JobState.DONE);
        assertThat(queue.deadLetters(QUEUE).find(job.id()).orElseThrow().reason())
                .isEqualTo("the worker died or stalled 3 times in a row with this job");
        assertThat(effects()).containsExactly("b");
    }

    @Test
    void aPostponedJobComesLaterAndHasLostNoAttempt() {
        Job job = enqueue("add", "a");
        AtomicInteger calls = new AtomicInteger();
        List<Integer> attempts = Collections.synchronizedList(new ArrayList<>());
        Worker worker = start(builder().handle("add", (leased, tx) -> {
            attempts.add(leased.attempt());
            if (calls.incrementAndGet() <= 3) {
                throw new JobPostponedException(Duration.ofSeconds(30), "the breaker is open");
            }
            recordEffect(leased, tx);
        }));
        await().until(() ->
                worker.stats().postponed() == 1 && queue.stats(QUEUE).delayed() == 1);
        Job recorded =
                store.inTransaction(TENANT, tx -> tx.jobs().find(job.id()).orElseThrow());
        assertThat(recorded.attempt()).isZero();
        await().until(() -> {
            if (queue.stats(QUEUE).delayed() == 1) {
                clock.advance(Duration.ofSeconds(30));
            }
            return state(job) == JobState.DONE;
        });

        assertThat(attempts).containsExactly(1, 1, 1, 1);
        assertThat(worker.stats().failed()).isZero();
        assertThat(effects()).containsExactly("a");
    }

    @Test
    void noMoreJobsRunAtOnceThanAllowedAndTheNumberCanChange() {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicReference<CountDownLatch> gate = new AtomicReference<>(new CountDownLatch(1));
        for (int i = 0; i < 20; i++) {
            enqueue("add", "value-" + i);
        }
        Worker worker = start(builder().concurrency(3).batchSize(10).handle("add", (job, tx) -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            gate.get().await();
            running.decrementAndGet();
        }));
        await().until(() -> running.get() == 3);
        assertThat(queue.stats(QUEUE).leased()).isEqualTo(3);
        assertThat(worker.stats().inFlight()).isEqualTo(3);

        worker.concurrency(5);
        worker.batchSize(1);
        await().until(() -> running.get() == 5);
        assertThat(queue.stats(QUEUE).leased()).isEqualTo(5);
        gate.get().countDown();

        await().until(() -> worker.stats().done() == 20);
        assertThat(most).hasValue(5);
        assertThat(worker.concurrency()).isEqualTo(5);
        assertThat(worker.batchSize()).isEqualTo(1);
        assertThatThrownBy(() -> worker.concurrency(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> worker.batchSize(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aHeartbeatKeepsTheJobAsLongAsTheHandlerRuns() throws InterruptedException {
        InMemoryJobQueue real = new InMemoryJobQueue(10, InstantSource.system());
        Job job = enqueue("add", "a");
        real.enqueue(job);
        Duration lease = Duration.ofMillis(300);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger runs = new AtomicInteger();
        try (Worker worker = Worker.on(QUEUE, store, real)
                .lease(lease)
                .handle("add", (leased, tx) -> {
                    runs.incrementAndGet();
                    goOn.await();
                })
                .start()) {
            await().until(() -> runs.get() == 1);
            Instant begun = Instant.now();
            await().until(() -> Instant.now().isAfter(begun.plus(lease.multipliedBy(4))));
            assertThat(real.lease(QUEUE, 1, lease, Duration.ZERO)).isEmpty();
            goOn.countDown();
            await().until(() -> worker.stats().done() == 1);
        }
        assertThat(runs).hasValue(1);
        assertThat(real.queues()).isEmpty();
        real.close();
    }

    @Test
    void aHandlerThatTakesTooLongIsInterruptedAndTheAttemptFails() {
        InMemoryJobQueue real = new InMemoryJobQueue(10, InstantSource.system());
        Job job = enqueue("add", "a");
        real.enqueue(job);
        try (Worker worker = Worker.on(QUEUE, store, real)
                .lease(Duration.ofMillis(600))
                .timeout(Duration.ofMillis(100))
                .retries(RetrySchedule.standard().withMaxAttempts(1))
                .handle("add", (leased, tx) -> new CountDownLatch(1).await())
                .start()) {
            await().until(() -> state(job) == JobState.DEAD);
            assertThat(real.deadLetters(QUEUE).find(job.id()).orElseThrow().lastError())
                    .isEqualTo("took longer than PT0.1S");
            assertThat(worker.stats().failed()).isEqualTo(1);
        }
        real.close();
    }

    @Test
    void aHandlerThatIgnoresItsInterruptCannotKeepTheJob() {
        InMemoryJobQueue real = new InMemoryJobQueue(10, InstantSource.system());
        Job job = enqueue("add", "a");
        real.enqueue(job);
        AtomicBoolean goOn = new AtomicBoolean();
        try (Worker worker = Worker.on(QUEUE, store, real)
                .concurrency(1)
                .lease(Duration.ofMillis(150))
                .timeout(Duration.ofMillis(50))
                .grace(Duration.ofSeconds(10))
                .handle("add", (leased, tx) -> {
                    while (!goOn.get()) {
                        Thread.onSpinWait();
                    }
                })
                .start()) {
            await().until(() -> real.lease(QUEUE, 1, LEASE, Duration.ZERO).size() == 1);
            goOn.set(true);
            await().until(() -> worker.stats().inFlight() == 0);
        }
        real.close();
    }

    @Test
    void closingLetsJobsFinishAndTakesNoNewOnes() throws InterruptedException {
        Job running = enqueue("add", "a");
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Worker worker = start(builder().concurrency(1).handle("add", (leased, tx) -> {
            begun.countDown();
            goOn.await();
            recordEffect(leased, tx);
        }));
        begun.await();
        Job waiting = enqueue("add", "b");
        Thread closing = new Thread(worker::close);
        closing.start();
        await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);
        goOn.countDown();
        closing.join(10_000);

        assertThat(closing.isAlive()).isFalse();
        assertThat(state(running)).isEqualTo(JobState.DONE);
        assertThat(state(waiting)).isEqualTo(JobState.LIVE);
        assertThat(effects()).containsExactly("a");
        assertThat(queue.stats(QUEUE).ready()).isEqualTo(1);
        assertThat(queue.stats(QUEUE).leased()).isZero();
        worker.close();
        assertThatThrownBy(worker::start).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingGivesBackAtOnceWhatDoesNotFinishInTime() throws InterruptedException {
        Job job = enqueue("add", "a");
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        Worker worker = start(builder().handle("add", (leased, tx) -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.set(true);
                throw e;
            }
        }));
        begun.await();

        worker.close(Duration.ofMillis(50));

        assertThat(interrupted).isTrue();
        assertThat(worker.stats().inFlight()).isZero();
        assertThat(worker.stats().failed()).isZero();
        assertThat(state(job)).isEqualTo(JobState.LIVE);
        Lease next = queue.lease(QUEUE, 1, LEASE, Duration.ZERO).get(0);
        assertThat(next.job().attempt()).isEqualTo(1);
        assertThat(next.crashes()).isZero();
    }

    @Test
    void anAbandonedHandlerThatEndsLateIsRefused() throws InterruptedException {
        Job job = enqueue("add", "a");
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean goOn = new AtomicBoolean();
        Worker closing = start(builder().handle("add", (leased, tx) -> {
            begun.countDown();
            while (!goOn.get()) {
                Thread.onSpinWait();
            }
            tx.jobs().enqueue(new NewJob(EFFECTS, "effect", json("late"), Duration.ZERO, ""));
        }));
        begun.await();
        closing.close(Duration.ZERO);
        start(builder().handle("add", this::recordEffect));
        await().until(() -> state(job) == JobState.DONE);

        goOn.set(true);
        await().until(() -> closing.stats().inFlight() == 0);
        assertThat(effects()).containsExactly("a");
        assertThat(closing.stats().done()).isZero();
    }

    @Test
    void startingTwiceIsStartingOnce() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        Worker worker = start(builder().handle("add", this::recordEffect));
        assertThat(worker.start()).isSameAs(worker);
        enqueue("add", "a");
        await().until(() -> worker.stats().done() == 1);

        assertThat(workerThreads(before)).isNotEmpty().allMatch(name -> name.matches("devmesh-worker-events-\\d+"));
        worker.close();
        await().until(() -> workerThreads(before).isEmpty());
    }

    @Test
    void jobsRunOnTheGivenExecutorWhichStaysOpen() {
        ExecutorService executor = Executors.newFixedThreadPool(2, task -> new Thread(task, "given"));
        try {
            Map<String, Boolean> names = new ConcurrentHashMap<>();
            enqueue("add", "a");
            Worker worker = start(builder()
                    .executor(executor)
                    .handle(
                            "add",
                            (leased, tx) -> names.put(Thread.currentThread().getName(), true)));
            await().until(() -> worker.stats().done() == 1);
            worker.close();

            assertThat(names).containsOnlyKeys("given");
            assertThat(executor.isShutdown()).isFalse();
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void anExecutorThatRefusesCostsNoAttempt() {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        executor.shutdown();
        Job job = enqueue("add", "a");
        Worker worker = start(builder().executor(executor).handle("add", this::recordEffect));

        await().until(() -> queue.stats(QUEUE).delayed() == 1);
        worker.close();
        clock.advance(LEASE);
        assertThat(queue.lease(QUEUE, 1, LEASE, Duration.ZERO).get(0).job().attempt())
                .isEqualTo(1);
        assertThat(state(job)).isEqualTo(JobState.LIVE);
    }

    @Test
    void aStoreThatFailsCostsNoAttempt() throws InterruptedException {
        Job job = enqueue("add", "a");
        store.close();
        Worker worker = start(builder().handle("add", this::recordEffect));

        await().until(() -> queue.stats(QUEUE).delayed() == 1);
        assertThat(worker.stats().failed()).isZero();
        worker.close();
        clock.advance(LEASE);
        Lease lease = queue.lease(QUEUE, 1, LEASE, Duration.ZERO).get(0);
        assertThat(lease.job().id()).isEqualTo(job.id());
        assertThat(lease.job().attempt()).isEqualTo(1);
    }

    @Test
    void aQueueThatFailsIsAskedAgainWithoutHurry() {
        AtomicInteger asked = new AtomicInteger();
        JobQueue failing = (JobQueue) Proxy.newProxyInstance(
                JobQueue.class.getClassLoader(), new Class<?>[] {JobQueue.class}, (self, method, arguments) -> {
                    if (method.getName().equals("lease") && asked.incrementAndGet() <= 2) {
                        throw new IllegalStateException("connection refused");
                    }
                    return method.invoke(queue, arguments);
                });
        Job job = enqueue("add", "a");
        // each rest as long as it can be: 0.5 s, then 1 s
        RandomGenerator longest = new RandomGenerator() {
            @Override
            public long nextLong() {
                return Long.MAX_VALUE;
            }

            @Override
            public long nextLong(long bound) {
                return bound - 1;
            }
        };
        long start = System.nanoTime();
        workers.add(Worker.on(QUEUE, store, failing)
                .random(longest)
                .handle("add", this::recordEffect)
                .start());

        await().until(() -> state(job) == JobState.DONE);
        assertThat(asked.get()).isBetween(3, 10);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1_500));
        assertThat(effects()).containsExactly("a");
    }

    @Test
    void everyProblemIsReportedAtOnce() {
        WorkerBuilder wrong = Worker.on(" ", store, queue)
                .concurrency(0)
                .batchSize(-1)
                .maxCrashes(0)
                .lease(Duration.ZERO)
                .timeout(Duration.ZERO)
                .grace(Duration.ofSeconds(-1))
                .handle("a", this::recordEffect)
                .handle("a", this::recordEffect)
                .handle("", this::recordEffect);

        assertThatThrownBy(wrong::build).isInstanceOfSatisfying(MeshException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_VALUE);
            assertThat(e.getMessage())
                    .contains("name of the queue", "concurrency", "batchSize", "maxCrashes", "lease", "timeout")
                    .contains("grace", "'a' has two handlers", "type is blank");
        });
        assertThatThrownBy(() -> Worker.on(QUEUE, store, queue).build()).hasMessageContaining("handles no type");
    }

    private WorkerBuilder builder() {
        return Worker.on(QUEUE, store, queue).lease(LEASE).grace(Duration.ofSeconds(10));
    }

    private Worker start(WorkerBuilder builder) {
        Worker worker = builder.start();
        workers.add(worker);
        return worker;
    }

    private Job enqueue(String type, String value) {
        Job job = store.inTransaction(TENANT, tx -> tx.jobs().enqueue(newJob(type, value)));
        relay.deliver();
        return job;
    }

    private static NewJob newJob(String type, String value) {
        return new NewJob(QUEUE, type, json(value), Duration.ZERO, "");
    }

    private static JsonNode json(String value) {
        return JsonNodeFactory.instance.stringNode(value);
    }

    /** The effect of a job: a row in the store, here a job of another queue, which nobody takes. */
    private void recordEffect(Job job, StoreSession tx) {
        tx.jobs().enqueue(new NewJob(EFFECTS, "effect", job.payload(), Duration.ZERO, ""));
    }

    /** Every effect that is committed, read from the store. */
    private List<String> effects() {
        return store.system().jobsToDeliver(Instant.MAX, Integer.MAX_VALUE).stream()
                .filter(job -> job.queue().equals(EFFECTS))
                .map(job -> job.payload().asString())
                .toList();
    }

    private JobState state(Job job) {
        return store.inTransaction(TENANT, tx -> tx.jobs().state(job.id()).orElseThrow());
    }

    private static List<String> workerThreads(Set<Thread> before) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread))
                .map(Thread::getName)
                .filter(name -> name.startsWith("devmesh-worker"))
                .toList();
    }
}
