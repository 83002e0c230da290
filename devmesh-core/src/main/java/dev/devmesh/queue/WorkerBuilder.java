package dev.devmesh.queue;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.store.Store;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Puts a {@link Worker} together. Defaults: concurrency 10, batches of 10, lease 30 s, five attempts from 1 s to 5 min,
 * 5 min for one attempt, 3 crashes, 25 s to finish when closed, threads of its own.
 *
 * <p>Confined to its caller.
 */
public final class WorkerBuilder {

    final String queue;
    final Store store;
    final JobQueue jobQueue;
    final Map<String, Handling> handlers = new TreeMap<>();
    int concurrency = 10;
    int batchSize = 10;
    Duration lease = Duration.ofSeconds(30);
    Duration timeout = Duration.ofMinutes(5);
    Duration grace = Duration.ofSeconds(25);
    RetrySchedule retries = RetrySchedule.standard();
    int maxCrashes = 3;
    RandomGenerator random = new SecureRandom();

    @Nullable
    Executor executor;

    private final List<String> problems = new ArrayList<>();

    WorkerBuilder(String queue, Store store, JobQueue jobQueue) {
        this.queue = Objects.requireNonNull(queue, "queue");
        this.store = Objects.requireNonNull(store, "store");
        this.jobQueue = Objects.requireNonNull(jobQueue, "jobQueue");
    }

    /** How many jobs run at once, at least 1. */
    public WorkerBuilder concurrency(int jobs) {
        this.concurrency = jobs;
        return this;
    }

    /** How many jobs are taken from the queue in one call, at least 1. */
    public WorkerBuilder batchSize(int jobs) {
        this.batchSize = jobs;
        return this;
    }

    /**
     * How long a job is held without a sign of life, at least 10 ms. It is extended at each third of this time. Shorter
     * than the time after which an {@link OutboxRelay} hands a job over again.
     */
    public WorkerBuilder lease(Duration time) {
        this.lease = Objects.requireNonNull(time, "time");
        return this;
    }

    /**
     * How long one attempt may take, above zero. After that its thread is interrupted and its lease no longer
     * extended, so that a handler that ignores the interrupt cannot keep the job. Looked at with each extension.
     */
    public WorkerBuilder timeout(Duration time) {
        this.timeout = Objects.requireNonNull(time, "time");
        return this;
    }

    /** When a failed job is tried again, and how often. */
    public WorkerBuilder retries(RetrySchedule schedule) {
        this.retries = Objects.requireNonNull(schedule, "schedule");
        return this;
    }

    /** After how many deliveries in a row that ended with the worker's death or stall a job is given up, at least 1. */
    public WorkerBuilder maxCrashes(int deliveries) {
        this.maxCrashes = deliveries;
        return this;
    }

    /** How long {@link Worker#close()} lets accepted jobs finish; zero or more. */
    public WorkerBuilder grace(Duration time) {
        this.grace = Objects.requireNonNull(time, "time");
        return this;
    }

    /** What spreads the retries. */
    public WorkerBuilder random(RandomGenerator generator) {
        this.random = Objects.requireNonNull(generator, "generator");
        return this;
    }

    /**
     * What runs the jobs, for example a thread for each task. It must not run a task on the calling thread and should
     * have room for {@link #concurrency}. It is not closed by the worker.
     */
    public WorkerBuilder executor(Executor runner) {
        this.executor = Objects.requireNonNull(runner, "runner");
        return this;
    }

    /** Works on jobs of this type in one unit of work. */
    public WorkerBuilder handle(String type, JobHandler handler) {
        Objects.requireNonNull(handler, "handler");
        return register(type, Handling.of(handler));
    }

    /** Works on jobs of this type outside a unit of work first, then records the result in one. */
    public <R extends @Nullable Object> WorkerBuilder handle(
            String type, JobWork<? extends R> work, JobEffect<? super R> effect) {
        Objects.requireNonNull(work, "work");
        Objects.requireNonNull(effect, "effect");
        return register(type, Handling.<R>of(work, effect));
    }

    /**
     * The worker, not yet started.
     *
     * @throws MeshException with {@code INVALID_VALUE} naming everything that is wrong
     */
    public Worker build() {
        List<String> wrong = new ArrayList<>(problems);
        if (queue.isBlank()) {
            wrong.add("the name of the queue is blank");
        }
        if (handlers.isEmpty()) {
            wrong.add("it handles no type; call handle(type, handler)");
        }
        atLeastOne(wrong, "concurrency", concurrency);
        atLeastOne(wrong, "batchSize", batchSize);
        atLeastOne(wrong, "maxCrashes", maxCrashes);
        if (lease.compareTo(Duration.ofMillis(10)) < 0) {
            wrong.add("lease must be at least 10 ms, is " + lease);
        }
        if (timeout.isNegative() || timeout.isZero()) {
            wrong.add("timeout must be above zero, is " + timeout);
        }
        if (grace.isNegative()) {
            wrong.add("grace must not be negative, is " + grace);
        }
        if (!wrong.isEmpty()) {
            throw new MeshException(
                    ErrorCode.INVALID_VALUE,
                    "The worker of queue '" + queue + "' cannot be made: " + String.join("; ", wrong) + ".",
                    "");
        }
        return new Worker(this);
    }

    /** {@link #build()} and {@link Worker#start()}. */
    public Worker start() {
        return build().start();
    }

    private WorkerBuilder register(String type, Handling handling) {
        if (type.isBlank()) {
            problems.add("a job type is blank");
        } else if (handlers.putIfAbsent(type, handling) != null) {
            problems.add("type '" + type + "' has two handlers");
        }
        return this;
    }

    private static void atLeastOne(List<String> wrong, String name, int value) {
        if (value < 1) {
            wrong.add(name + " must be at least 1, is " + value);
        }
    }
}
