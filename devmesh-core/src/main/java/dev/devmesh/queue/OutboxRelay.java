package dev.devmesh.queue;

import dev.devmesh.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands the jobs that a store has recorded to the queue that carries them: right after the commit that recorded them,
 * and again when they are not done some time later, because the queue may have lost them. The queue leaves a job that
 * it already holds as it is, so handing over twice, or by the relays of several nodes at once, does no harm.
 *
 * <p>Safe for use by many threads. Whoever started a relay closes it, before the store and the queue.
 */
public final class OutboxRelay implements AutoCloseable {

    /** After which time an unfinished job is handed over again unless another is given. */
    public static final Duration DEFAULT_AGAIN_AFTER = Duration.ofSeconds(60);

    /** How often the store is asked without being told of a new job, unless another time is given. */
    public static final Duration DEFAULT_TICK = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(OutboxRelay.class);
    private static final int BATCH = 500;
    private static final Duration STOP = Duration.ofSeconds(5);

    private final Store store;
    private final JobQueue jobQueue;
    private final InstantSource clock;
    private final Duration againAfter;
    private final Duration tick;
    private final Semaphore poked = new Semaphore(0);
    private final LogThrottle trouble = new LogThrottle(LOG);
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Thread thread;
    private Runnable stopListening = () -> {};
    private volatile boolean closed;

    /** A relay with the default times on the system's clock. */
    public OutboxRelay(Store store, JobQueue jobQueue) {
        this(store, jobQueue, InstantSource.system(), DEFAULT_AGAIN_AFTER, DEFAULT_TICK);
    }

    /**
     * @param store where jobs are recorded; not closed by the relay
     * @param jobQueue what carries them; not closed by the relay
     * @param clock what dates the handing over
     * @param againAfter after which time an unfinished job is handed over again; longer than the leases of the workers
     * @param tick how often the store is asked without being told of a new job
     */
    public OutboxRelay(Store store, JobQueue jobQueue, InstantSource clock, Duration againAfter, Duration tick) {
        this.store = Objects.requireNonNull(store, "store");
        this.jobQueue = Objects.requireNonNull(jobQueue, "jobQueue");
        this.clock = Objects.requireNonNull(clock, "clock");
        if (againAfter.isNegative() || againAfter.isZero() || tick.isNegative() || tick.isZero()) {
            throw new IllegalArgumentException(
                    "a relay needs againAfter > 0 and tick > 0, has " + againAfter + " and " + tick);
        }
        this.againAfter = againAfter;
        this.tick = tick;
    }

    /**
     * Begins to hand over, on a thread of its own. Calling it again has no effect.
     *
     * @return this relay
     * @throws IllegalStateException after {@link #close()}
     */
    public OutboxRelay start() {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the relay is closed; make another one");
            }
            if (thread == null) {
                stopListening = store.onJobsEnqueued(this::poke);
                thread = new Thread(this::run, "devmesh-relay");
                thread.setDaemon(true);
                thread.start();
            }
            return this;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Hands over what is due now, on the calling thread.
     *
     * @return how many jobs the queue was given
     */
    public int deliver() {
        int handedOver = 0;
        List<Job> jobs;
        do {
            Instant now = clock.instant();
            jobs = store.system().jobsToDeliver(now.minus(againAfter), BATCH);
            if (!jobs.isEmpty()) {
                jobQueue.enqueue(jobs);
                store.system().jobsDelivered(jobs.stream().map(Job::id).toList(), now);
                handedOver += jobs.size();
            }
        } while (jobs.size() == BATCH && !closed);
        return handedOver;
    }

    /** Stops. Calling it again has no effect. What was not handed over stays in the store. */
    @Override
    public void close() {
        Thread running;
        lock.lock();
        try {
            closed = true;
            running = thread;
            stopListening.run();
        } finally {
            lock.unlock();
        }
        poke();
        if (running != null) {
            try {
                running.join(STOP.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Called by committing threads, so it must not wait. */
    private void poke() {
        if (poked.availablePermits() == 0) {
            poked.release();
        }
    }

    private void run() {
        try {
            while (!closed) {
                try {
                    deliver();
                } catch (RuntimeException e) {
                    trouble.warn("relay: jobs cannot be handed to the queue now; trying again in " + tick, e);
                    // commits go on poking meanwhile, and each poke would be another failure
                    Thread.sleep(Math.min(tick.toMillis(), 1_000));
                }
                poked.tryAcquire(tick.toNanos(), TimeUnit.NANOSECONDS);
                poked.drainPermits();
            }
        } catch (InterruptedException e) {
            LOG.debug("relay: interrupted, ending", e);
        }
    }
}
