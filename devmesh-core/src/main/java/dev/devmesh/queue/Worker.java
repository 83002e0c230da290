package dev.devmesh.queue;

import dev.devmesh.MeshException;
import dev.devmesh.store.JobState;
import dev.devmesh.store.JobStore;
import dev.devmesh.store.Store;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works on the jobs of one queue: leases them, runs their handlers, and retries or gives up what fails.
 *
 * <p>A job's effects, written through the unit of work that the handler is given, happen exactly once:
 *
 * <ol>
 *   <li>Before anything else the job is claimed with the token of the lease, in a short unit of work of its own. So a
 *       later claim is visible at once to whoever still works under an earlier one, and no lock is held meanwhile.
 *   <li>The effects and the completion commit together, and the completion is refused unless this claim is the latest
 *       and the job is not done. Two workers may run the handler of one job; only one of them commits.
 *   <li>The queue is told last. If that is lost, the job is delivered again, its claim is refused, and it is skipped.
 * </ol>
 *
 * <p>The store decides what exists: a job that was put into the queue past the store is not run but given up with that
 * reason. A job of a type without handler is given up too. A job is given up first in the queue, where it can be seen
 * and replayed, then in the store: a crash in between leaves a dead letter whose job is handed over again in vain.
 *
 * <p>The worker takes no more jobs than it can begin at once. It waits longer between calls while the queue or the
 * store fails; a failing store costs no job an attempt unless its handler had begun.
 *
 * <p>Safe for use by many threads. Whoever started a worker closes it, before the queue and the store.
 */
public final class Worker implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration AFTER_INTERRUPT = Duration.ofSeconds(1);
    private static final RetrySchedule TROUBLE =
            new RetrySchedule(Duration.ofMillis(500), Duration.ofSeconds(5), Integer.MAX_VALUE);
    private static final int ERROR_LENGTH = 500;

    private enum State {
        NEW,
        RUNNING,
        CLOSING,
        CLOSED
    }

    private enum Claim {
        TAKEN,
        SETTLED,
        UNKNOWN
    }

    private final String queue;
    private final Store store;
    private final JobQueue jobQueue;
    private final Map<String, Handling> handlers;
    private final Duration lease;
    private final Duration timeout;
    private final Duration grace;
    private final RetrySchedule retries;
    private final int maxCrashes;
    private final RandomGenerator random;
    private final Executor executor;
    private final @Nullable ThreadPoolExecutor ownExecutor;
    private final ScheduledThreadPoolExecutor heart;
    private final Thread poller;
    private final LogThrottle trouble = new LogThrottle(LOG);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<Attempt> attempts = new HashSet<>();
    private State state = State.NEW;
    private int concurrency;
    private int batchSize;
    private int troubles;
    private long quietUntil;

    private final LongAdder done = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder postponed = new LongAdder();
    private final LongAdder dead = new LongAdder();
    private final LongAdder skipped = new LongAdder();
    private final LongAdder refused = new LongAdder();

    Worker(WorkerBuilder builder) {
        queue = builder.queue;
        store = builder.store;
        jobQueue = builder.jobQueue;
        handlers = Map.copyOf(builder.handlers);
        lease = builder.lease;
        timeout = builder.timeout;
        grace = builder.grace;
        retries = builder.retries;
        maxCrashes = builder.maxCrashes;
        random = builder.random;
        concurrency = builder.concurrency;
        batchSize = builder.batchSize;
        ThreadFactory threads = threads(queue);
        ownExecutor = builder.executor == null
                ? new ThreadPoolExecutor(0, Integer.MAX_VALUE, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), threads)
                : null;
        executor = ownExecutor == null ? builder.executor : ownExecutor;
        heart = new ScheduledThreadPoolExecutor(1, threads);
        poller = threads.newThread(this::poll);
    }

    /**
     * Begins to put a worker together.
     *
     * @param queue the name of the queue to work on
     * @param store the truth about jobs; not closed by the worker
     * @param jobQueue what carries the jobs; not closed by the worker
     */
    public static WorkerBuilder on(String queue, Store store, JobQueue jobQueue) {
        return new WorkerBuilder(queue, store, jobQueue);
    }

    /**
     * Begins to work. Calling it again has no effect.
     *
     * @return this worker
     * @throws IllegalStateException after {@link #close()}
     */
    public Worker start() {
        lock.lock();
        try {
            if (state == State.CLOSING || state == State.CLOSED) {
                throw new IllegalStateException("the worker of queue '" + queue + "' is closed; make another one");
            }
            if (state == State.NEW) {
                state = State.RUNNING;
                long third = lease.toNanos() / 3;
                heart.scheduleWithFixedDelay(this::beat, third, third, TimeUnit.NANOSECONDS);
                poller.start();
            }
            return this;
        } finally {
            lock.unlock();
        }
    }

    /** The name of the queue. */
    public String queue() {
        return queue;
    }

    /** How many jobs run at once. */
    public int concurrency() {
        lock.lock();
        try {
            return concurrency;
        } finally {
            lock.unlock();
        }
    }

    /** Changes how many jobs run at once, at least 1. Jobs that run already go on. */
    public void concurrency(int jobs) {
        requireAtLeastOne("concurrency", jobs);
        lock.lock();
        try {
            concurrency = jobs;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How many jobs are taken from the queue in one call. */
    public int batchSize() {
        lock.lock();
        try {
            return batchSize;
        } finally {
            lock.unlock();
        }
    }

    /** Changes how many jobs are taken from the queue in one call, at least 1. */
    public void batchSize(int jobs) {
        requireAtLeastOne("batchSize", jobs);
        lock.lock();
        try {
            batchSize = jobs;
        } finally {
            lock.unlock();
        }
    }

    /** What the worker has done so far. */
    public WorkerStats stats() {
        lock.lock();
        try {
            return new WorkerStats(
                    done.sum(),
                    failed.sum(),
                    postponed.sum(),
                    dead.sum(),
                    skipped.sum(),
                    refused.sum(),
                    attempts.size());
        } finally {
            lock.unlock();
        }
    }

    /** {@link #close(Duration)} with the time given to the builder. */
    @Override
    public void close() {
        close(grace);
    }

    /**
     * Takes no more jobs, lets those under way finish, and gives back those that are not finished in time, after
     * interrupting their threads: another worker gets them at once, and what the interrupted ones still write is
     * refused as soon as it does. Returns at the latest about a second after the grace. Calling it again waits for the
     * first call.
     */
    public void close(Duration patience) {
        lock.lock();
        try {
            if (state == State.CLOSED) {
                return;
            }
            if (state == State.CLOSING) {
                awaitUntil(() -> state == State.CLOSED, patience.plus(AFTER_INTERRUPT));
                return;
            }
            state = State.CLOSING;
            changed.signalAll();
            poller.interrupt();
            awaitUntil(attempts::isEmpty, patience);
            List<Attempt> unfinished = List.copyOf(attempts);
            lock.unlock();
            try {
                unfinished.forEach(Attempt::abandon);
            } finally {
                lock.lock();
            }
            awaitUntil(attempts::isEmpty, AFTER_INTERRUPT);
            heart.shutdownNow();
            if (ownExecutor != null) {
                ownExecutor.shutdown();
            }
            state = State.CLOSED;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        joinPoller();
    }

    private void joinPoller() {
        try {
            // what it leases from now on it gives back itself
            poller.join(POLL.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private interface Goal {
        boolean reached();
    }

    /** Waits on the worker's lock. An interrupt ends the wait, and the status is kept. */
    private void awaitUntil(Goal goal, Duration patience) {
        long left = patience.toNanos();
        try {
            while (!goal.reached() && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void poll() {
        for (int room = awaitRoom(); room > 0; room = awaitRoom()) {
            List<Lease> leases;
            try {
                leases = jobQueue.lease(queue, room, lease, POLL);
            } catch (RuntimeException e) {
                trouble.warn(queue + ": cannot take jobs from the queue; trying again", e);
                rest();
                continue;
            }
            // close() interrupts to end the wait; left standing, that would disturb giving the leases back
            Thread.interrupted();
            leases.forEach(this::begin);
        }
    }

    /** How many jobs may be taken now, at least 1; 0 when the worker is closing. */
    private int awaitRoom() {
        lock.lock();
        try {
            while (state == State.RUNNING) {
                int room = Math.min(batchSize, concurrency - attempts.size());
                long quiet = troubles == 0 ? 0 : quietUntil - System.nanoTime();
                if (room > 0 && quiet <= 0) {
                    return room;
                }
                if (room > 0) {
                    changed.awaitNanos(quiet);
                } else {
                    changed.await();
                }
            }
            return 0;
        } catch (InterruptedException e) {
            // only close() interrupts this thread
            return 0;
        } finally {
            lock.unlock();
        }
    }

    private void begin(Lease held) {
        Attempt attempt = new Attempt(held);
        lock.lock();
        try {
            if (state != State.RUNNING) {
                attempt = null;
            } else {
                attempts.add(attempt);
            }
        } finally {
            lock.unlock();
        }
        if (attempt == null) {
            settle(held, () -> held.release(Duration.ZERO));
            return;
        }
        try {
            executor.execute(attempt);
        } catch (RejectedExecutionException e) {
            trouble.warn(queue + ": the executor takes no more work; the job is given back", e);
            settle(held, () -> held.release(delayAfterTrouble()));
            rest();
            end(attempt);
        }
    }

    private void end(Attempt attempt) {
        lock.lock();
        try {
            attempts.remove(attempt);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void beat() {
        List<Attempt> held;
        lock.lock();
        try {
            held = List.copyOf(attempts);
        } finally {
            lock.unlock();
        }
        held.forEach(Attempt::extend);
    }

    /** Takes no jobs for a while, longer with each trouble in a row. */
    private void rest() {
        lock.lock();
        try {
            troubles++;
            quietUntil = System.nanoTime() + TROUBLE.delay(troubles, random).toNanos();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void noTrouble() {
        lock.lock();
        try {
            if (troubles > 0) {
                troubles = 0;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private Duration delayAfterTrouble() {
        return Duration.ofSeconds(1).plus(TROUBLE.delay(3, random));
    }

    /**
     * Tells the queue how a delivery ended. What cannot be told is no harm: the lease runs out, and the store decides
     * about the next delivery.
     *
     * @return whether the queue knows
     */
    private boolean settle(Lease held, Runnable how) {
        try {
            how.run();
            return true;
        } catch (LeaseLostException e) {
            LOG.info(
                    "{}: the lease on job {} was over before its end could be told",
                    queue,
                    held.job().id());
        } catch (RuntimeException e) {
            trouble.warn(
                    queue + ": the queue cannot be told how job " + held.job().id() + " ended", e);
        }
        return false;
    }

    private static Claim claim(JobStore jobs, Lease held) {
        String id = held.job().id();
        if (jobs.claim(id, held.token())) {
            return Claim.TAKEN;
        }
        return jobs.find(id).isPresent() ? Claim.SETTLED : Claim.UNKNOWN;
    }

    private static String text(Throwable error) {
        String sentence = error instanceof MeshException known
                ? known.code() + ": " + known.getMessage()
                : error.getClass().getSimpleName() + ": " + error.getMessage();
        return sentence.length() <= ERROR_LENGTH ? sentence : sentence.substring(0, ERROR_LENGTH) + "…";
    }

    private static void requireAtLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, is " + value);
        }
    }

    private static ThreadFactory threads(String queue) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, "devmesh-worker-" + queue + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Carries what a handler threw through a unit of work, whose own faults it is thus told from. */
    private static final class HandlerFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final Throwable failure;

        HandlerFailure(Throwable failure) {
            super(null, failure, false, false);
            this.failure = failure;
        }
    }

    /** One delivery of one job. */
    private final class Attempt implements Runnable {
        private final Lease held;
        private final Job job;
        private final ReentrantLock guard = new ReentrantLock();
        private volatile boolean over;

        /** The thread in the handler; only that may be interrupted, never one that talks to the store or the queue. */
        private @Nullable Thread inHandler;

        private boolean abandoned;
        private long begunAt;
        private boolean begun;
        private boolean timedOut;

        Attempt(Lease held) {
            this.held = held;
            this.job = held.job();
        }

        @Override
        public void run() {
            try {
                work();
            } catch (Throwable e) {
                LOG.error("{}: job {} left the worker in an unforeseen way", queue, job.id(), e);
            } finally {
                end(this);
            }
        }

        private void work() {
            Claim claim;
            try {
                claim = store.inTransaction(job.tenant(), tx -> claim(tx.jobs(), held));
            } catch (RuntimeException e) {
                trouble.warn(queue + ": the store cannot say whether job " + job.id() + " is to be done", e);
                rest();
                finish(() -> held.release(delayAfterTrouble()));
                return;
            }
            noTrouble();
            if (claim == Claim.UNKNOWN) {
                bury("the store does not know this job; record jobs through the store, not the queue", "", false);
            } else if (claim == Claim.SETTLED) {
                skipped.increment();
                finish(held::ack);
            } else if (held.crashes() >= maxCrashes) {
                bury("the worker died or stalled " + held.crashes() + " times in a row with this job", "", true);
            } else {
                Handling handling = handlers.get(job.type());
                if (handling == null) {
                    bury(
                            "no handler for type '" + job.type() + "'; this worker handles "
                                    + String.join(", ", new TreeSet<>(handlers.keySet())),
                            "",
                            true);
                } else {
                    handle(handling);
                }
            }
        }

        private void handle(Handling handling) {
            try {
                Handling.Effect effect = guarded(() -> handling.prepare(job));
                store.inTransaction(job.tenant(), tx -> {
                    guarded(() -> {
                        effect.record(tx);
                        return job;
                    });
                    if (!tx.jobs().complete(job.id(), held.token())) {
                        throw new LeaseLostException(job.id());
                    }
                    return job;
                });
                done.increment();
                finish(held::ack);
            } catch (HandlerFailure e) {
                failed(e.failure);
            } catch (LeaseLostException e) {
                refused();
            } catch (RuntimeException e) {
                failed(e);
            }
        }

        private <T> T guarded(Callable<T> step) {
            enter();
            try {
                return step.call();
            } catch (Throwable e) {
                throw new HandlerFailure(e);
            } finally {
                leave();
            }
        }

        private void enter() {
            guard.lock();
            try {
                if (abandoned) {
                    throw new LeaseLostException(job.id());
                }
                if (!begun) {
                    begun = true;
                    begunAt = System.nanoTime();
                }
                inHandler = Thread.currentThread();
            } finally {
                guard.unlock();
            }
        }

        private void leave() {
            guard.lock();
            try {
                inHandler = null;
                Thread.interrupted();
            } finally {
                guard.unlock();
            }
        }

        private void refused() {
            takeEnd();
            if (isAbandoned()) {
                logAbandoned();
            } else {
                refused.increment();
                LOG.warn(
                        "{}: job {} went to another worker; attempt {} was rolled back",
                        queue,
                        job.id(),
                        job.attempt());
            }
        }

        private void logAbandoned() {
            LOG.info("{}: job {} was given back before it was finished", queue, job.id());
        }

        private void failed(Throwable cause) {
            if (isAbandoned()) {
                logAbandoned();
            } else if (cause instanceof JobPostponedException later) {
                postponed.increment();
                LOG.info("{}: job {} comes again in {}: {}", queue, job.id(), later.delay(), later.getMessage());
                if (takeEnd()) {
                    giveBack(later.delay());
                }
            } else {
                failed.increment();
                String error = isTimedOut() ? "took longer than " + timeout : text(cause);
                if (retries.exhausted(job.attempt())) {
                    LOG.warn(
                            "{}: job {} ({}) failed at its last attempt, {}",
                            queue,
                            job.id(),
                            job.type(),
                            job.attempt(),
                            cause);
                    bury("it failed at attempt " + job.attempt() + " of " + retries.maxAttempts(), error, true);
                } else {
                    Duration delay = retries.delay(job.attempt(), random);
                    LOG.warn(
                            "{}: job {} ({}) failed at attempt {} of {}; again in {} ms",
                            queue,
                            job.id(),
                            job.type(),
                            job.attempt(),
                            retries.maxAttempts(),
                            delay.toMillis(),
                            cause);
                    finish(() -> held.retry(delay, error));
                }
            }
        }

        /** In the queue first: from there it can be replayed even if the store is not told. */
        private void bury(String reason, String error, boolean inStore) {
            if (!takeEnd() || !settle(held, () -> held.bury(reason, error))) {
                return;
            }
            dead.increment();
            LOG.warn("{}: job {} is given up: {}", queue, job.id(), reason);
            if (inStore) {
                try {
                    JobState state = store.inTransaction(job.tenant(), tx -> {
                        tx.jobs().bury(job.id(), held.token());
                        return tx.jobs().state(job.id()).orElse(JobState.DEAD);
                    });
                    if (state == JobState.DONE) {
                        // the last attempt's commit seemed to fail, but did not
                        jobQueue.deadLetters(queue).drop(job.id());
                    }
                } catch (RuntimeException e) {
                    trouble.warn(queue + ": the store cannot be told that job " + job.id() + " is given up", e);
                }
            }
        }

        /** Without an attempt lost: in the store too, which is asked when the queue has lost its memory. */
        private void giveBack(Duration delay) {
            try {
                store.inTransaction(job.tenant(), tx -> tx.jobs().release(job.id(), held.token()));
            } catch (RuntimeException e) {
                trouble.warn(queue + ": the store cannot be told that job " + job.id() + " was given back", e);
            }
            settle(held, () -> held.release(delay));
        }

        private void finish(Runnable how) {
            if (takeEnd()) {
                settle(held, how);
            }
        }

        /** Whether the caller is the one to tell the queue how this ended: the handler's thread or the closing one. */
        private boolean takeEnd() {
            guard.lock();
            try {
                boolean first = !over;
                over = true;
                return first;
            } finally {
                guard.unlock();
            }
        }

        /** Keeps the lease, unless the handler has had its time. */
        void extend() {
            if (over) {
                return;
            }
            guard.lock();
            try {
                if (begun && !timedOut && System.nanoTime() - begunAt > timeout.toNanos()) {
                    timedOut = true;
                    interruptHandler();
                }
                if (timedOut || abandoned) {
                    return;
                }
            } finally {
                guard.unlock();
            }
            try {
                held.extend();
            } catch (LeaseLostException e) {
                if (!over) {
                    // the handler goes on: if nobody else takes the job, its work still counts
                    LOG.info("{}: the lease on job {} was lost while it ran", queue, job.id());
                }
            } catch (RuntimeException e) {
                trouble.warn(queue + ": the lease on job " + job.id() + " cannot be extended", e);
            }
        }

        /** Gives the job back although its handler has not ended. */
        void abandon() {
            boolean mine;
            guard.lock();
            try {
                abandoned = true;
                mine = takeEnd();
                interruptHandler();
            } finally {
                guard.unlock();
            }
            if (mine) {
                giveBack(Duration.ZERO);
            }
        }

        private void interruptHandler() {
            if (inHandler != null) {
                inHandler.interrupt();
            }
        }

        private boolean isAbandoned() {
            guard.lock();
            try {
                return abandoned;
            } finally {
                guard.unlock();
            }
        }

        private boolean isTimedOut() {
            guard.lock();
            try {
                return timedOut;
            } finally {
                guard.unlock();
            }
        }
    }
}
