package dev.devmesh.inmemory;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Tenant;
import dev.devmesh.queue.DeadLetter;
import dev.devmesh.queue.DeadLetters;
import dev.devmesh.queue.Job;
import dev.devmesh.queue.JobQueue;
import dev.devmesh.queue.Lease;
import dev.devmesh.queue.LeaseLostException;
import dev.devmesh.queue.QueueStats;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A job queue in this process. It forgets everything when the process ends; the store behind it decides what is handed
 * over again.
 *
 * <p>Holds at most {@code capacity} jobs over all queues, and the latest {@value #DEAD_LETTERS_PER_QUEUE} dead letters
 * of each queue.
 *
 * <p>Safe for use by many threads.
 */
public final class InMemoryJobQueue implements JobQueue {

    /** How many jobs a queue made without a number holds. */
    public static final int DEFAULT_CAPACITY = 100_000;

    /** How many dead letters one queue keeps; the oldest go first. */
    public static final int DEAD_LETTERS_PER_QUEUE = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(InMemoryJobQueue.class);
    private static final Duration LONGEST_WAIT = Duration.ofDays(1);
    private static final Comparator<Entry> BY_RUN_AT =
            Comparator.<Entry, Instant>comparing(entry -> entry.job.runAt()).thenComparingLong(entry -> entry.seq);
    private static final Comparator<Entry> BY_DEADLINE =
            Comparator.<Entry, Instant>comparing(entry -> entry.deadline).thenComparingLong(entry -> entry.seq);

    private final int capacity;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Channel> channels = new HashMap<>();
    private final Map<String, Entry> entries = new HashMap<>();
    private int live;
    private long lastSeq;
    private long lastToken;
    private boolean closed;

    /** A queue of the default capacity on the system's clock. */
    public InMemoryJobQueue() {
        this(DEFAULT_CAPACITY, InstantSource.system());
    }

    /**
     * @param capacity how many jobs may wait or be leased, over all queues; at least 1
     * @param clock what decides when jobs are due and leases run out
     */
    public InMemoryJobQueue(int capacity, InstantSource clock) {
        if (capacity < 1) {
            throw new IllegalArgumentException("the capacity of a job queue must be at least 1, is " + capacity);
        }
        this.capacity = capacity;
        this.clock = Objects.requireNonNull(clock, "clock");
    }

    @Override
    public void enqueue(List<Job> jobs) {
        lock.lock();
        try {
            requireOpen();
            for (Job job : jobs) {
                if (!entries.containsKey(job.id())) {
                    requireRoom();
                    Entry entry = new Entry(job, ++lastSeq);
                    entries.put(job.id(), entry);
                    live++;
                    channel(job.queue()).await(entry);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Lease> lease(String queue, int max, Duration leaseFor, Duration wait) {
        if (max < 1 || leaseFor.isNegative() || leaseFor.isZero() || wait.isNegative()) {
            throw new IllegalArgumentException("a lease needs max >= 1, leaseFor > 0 and wait >= 0, has max " + max
                    + ", leaseFor " + leaseFor + " and wait " + wait);
        }
        long start = System.nanoTime();
        long patience = (wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait).toNanos();
        lock.lock();
        try {
            requireOpen();
            Channel channel = channel(queue);
            channel.waiters++;
            try {
                while (!closed) {
                    Instant now = clock.instant();
                    List<Lease> taken = channel.take(max, leaseFor, now);
                    long left = patience - (System.nanoTime() - start);
                    if (!taken.isEmpty() || left <= 0) {
                        return taken;
                    }
                    channel.changed.awaitNanos(Math.min(left, channel.nanosToNextChange(now)));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                channel.waiters--;
                forgetIfUnused(channel);
            }
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public DeadLetters deadLetters(String queue) {
        return new Dead(Objects.requireNonNull(queue, "queue"), null);
    }

    @Override
    public QueueStats stats(String queue) {
        lock.lock();
        try {
            requireOpen();
            Channel channel = channels.get(queue);
            return channel == null ? QueueStats.EMPTY : channel.stats(clock.instant());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Set<String> queues() {
        lock.lock();
        try {
            requireOpen();
            return Set.copyOf(channels.keySet());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void pause(String queue) {
        lock.lock();
        try {
            requireOpen();
            channel(queue).paused = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void resume(String queue) {
        lock.lock();
        try {
            requireOpen();
            Channel channel = channel(queue);
            channel.paused = false;
            channel.changed.signalAll();
            forgetIfUnused(channel);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            channels.values().forEach(channel -> channel.changed.signalAll());
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the job queue is closed");
        }
    }

    private void requireRoom() {
        if (live >= capacity) {
            throw new MeshException(
                    ErrorCode.OVERLOADED,
                    "The job queue is full: it holds " + live + " jobs.",
                    "Add workers, or give the queue a larger capacity.",
                    Duration.ofSeconds(1),
                    null);
        }
    }

    private Channel channel(String queue) {
        return channels.computeIfAbsent(queue, Channel::new);
    }

    /** Names come from callers too, so a queue that holds nothing must cost nothing. */
    private void forgetIfUnused(Channel channel) {
        if (channel.waiting.isEmpty()
                && channel.leased.isEmpty()
                && channel.dead.isEmpty()
                && !channel.paused
                && channel.waiters == 0) {
            channels.remove(channel.name, channel);
        }
    }

    private long nextToken(Instant now) {
        lastToken = Math.max(lastToken + 1, ChronoUnit.MICROS.between(Instant.EPOCH, now));
        return lastToken;
    }

    private static Job changed(Job job, int attempt, Instant runAt) {
        return new Job(job.id(), job.tenant(), job.queue(), job.type(), job.payload(), attempt, job.createdAt(), runAt);
    }

    /** One job of a queue. What orders it in a set is changed only while it is in none. Guarded by the queue's lock. */
    private static final class Entry {
        private Job job;
        private long seq;
        private Instant deadline = Instant.MIN;
        private long token;
        private boolean leased;
        private int crashes;
        private String firstError = "";
        private String lastError = "";
        private @Nullable DeadLetter dead;

        Entry(Job job, long seq) {
            this.job = job;
            this.seq = seq;
        }

        void failed(String error) {
            if (!error.isEmpty()) {
                firstError = firstError.isEmpty() ? error : firstError;
                lastError = error;
            }
        }
    }

    /** The jobs under one name. Guarded by the queue's lock. */
    private final class Channel {
        private final String name;
        private final TreeSet<Entry> waiting = new TreeSet<>(BY_RUN_AT);
        private final TreeSet<Entry> leased = new TreeSet<>(BY_DEADLINE);
        private final LinkedHashMap<String, Entry> dead = new LinkedHashMap<>();
        private final Condition changed = lock.newCondition();
        private boolean paused;
        private int waiters;

        Channel(String name) {
            this.name = name;
        }

        void await(Entry entry) {
            waiting.add(entry);
            changed.signalAll();
        }

        List<Lease> take(int max, Duration leaseFor, Instant now) {
            List<Lease> taken = new ArrayList<>();
            endLeases(now);
            while (!paused && taken.size() < max && !waiting.isEmpty() && isDue(waiting.first(), now)) {
                Entry entry = waiting.pollFirst();
                entry.job = changed(entry.job, entry.job.attempt() + 1, entry.job.runAt());
                entry.deadline = now.plus(leaseFor);
                entry.token = nextToken(now);
                entry.leased = true;
                leased.add(entry);
                taken.add(new MemoryLease(this, entry, leaseFor));
            }
            return taken;
        }

        void endLeases(Instant now) {
            while (!leased.isEmpty() && !now.isBefore(leased.first().deadline)) {
                Entry entry = leased.pollFirst();
                entry.leased = false;
                entry.crashes++;
                await(entry);
            }
        }

        long nanosToNextChange(Instant now) {
            Instant next = now.plus(LONGEST_WAIT);
            if (!paused && !waiting.isEmpty() && waiting.first().job.runAt().isBefore(next)) {
                next = waiting.first().job.runAt();
            }
            if (!leased.isEmpty() && leased.first().deadline.isBefore(next)) {
                next = leased.first().deadline;
            }
            // never so short that a clock which stands still makes this a busy loop
            return Math.max(
                    TimeUnit.MILLISECONDS.toNanos(1),
                    Duration.between(now, next).toNanos());
        }

        QueueStats stats(Instant now) {
            endLeases(now);
            long ready = waiting.stream().takeWhile(entry -> isDue(entry, now)).count();
            Duration oldest = ready == 0
                    ? Duration.ZERO
                    : Duration.between(waiting.first().job.runAt(), now);
            return new QueueStats(ready, waiting.size() - ready, leased.size(), dead.size(), oldest, paused);
        }

        void bury(Entry entry, String reason, Instant now) {
            entry.dead = new DeadLetter(entry.job, reason, entry.firstError, entry.lastError, now);
            dead.put(entry.job.id(), entry);
            live--;
            if (dead.size() > DEAD_LETTERS_PER_QUEUE) {
                String oldest = dead.keySet().iterator().next();
                dead.remove(oldest);
                entries.remove(oldest);
                LOG.warn("{}: more than {} dead letters, forgot that of job {}", name, DEAD_LETTERS_PER_QUEUE, oldest);
            }
        }

        private boolean isDue(Entry entry, Instant now) {
            return !entry.job.runAt().isAfter(now);
        }
    }

    private final class MemoryLease implements Lease {
        private final Channel channel;
        private final Entry entry;
        private final Job job;
        private final long token;
        private final int crashes;
        private final Duration leaseFor;
        private boolean acked;

        MemoryLease(Channel channel, Entry entry, Duration leaseFor) {
            this.channel = channel;
            this.entry = entry;
            this.job = entry.job;
            this.token = entry.token;
            this.crashes = entry.crashes;
            this.leaseFor = leaseFor;
        }

        @Override
        public Job job() {
            return job;
        }

        @Override
        public long token() {
            return token;
        }

        @Override
        public int crashes() {
            return crashes;
        }

        @Override
        public Instant deadline() {
            lock.lock();
            try {
                // after the lease has ended this may be the deadline of the one who holds the job now
                return entry.token == token ? entry.deadline : Instant.MIN;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void extend() {
            lock.lock();
            try {
                Instant now = endLease();
                entry.leased = true;
                entry.deadline = now.plus(leaseFor);
                channel.leased.add(entry);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void ack() {
            lock.lock();
            try {
                if (!acked) {
                    endLease();
                    acked = true;
                    entries.remove(job.id());
                    live--;
                    forgetIfUnused(channel);
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void retry(Duration delay, String error) {
            Objects.requireNonNull(error, "error");
            giveBack(delay, error, job.attempt());
        }

        @Override
        public void release(Duration delay) {
            giveBack(delay, null, job.attempt() - 1);
        }

        @Override
        public void bury(String reason, String error) {
            Objects.requireNonNull(reason, "reason");
            Objects.requireNonNull(error, "error");
            lock.lock();
            try {
                Instant now = endLease();
                entry.failed(error);
                channel.bury(entry, reason, now);
            } finally {
                lock.unlock();
            }
        }

        private void giveBack(Duration delay, @Nullable String error, int attempt) {
            if (delay.isNegative()) {
                throw new IllegalArgumentException("the delay of a job must not be negative, is " + delay);
            }
            lock.lock();
            try {
                Instant now = endLease();
                if (error != null) {
                    entry.failed(error);
                    entry.crashes = 0;
                }
                entry.job = changed(job, attempt, delay.isZero() ? job.runAt() : now.plus(delay));
                channel.await(entry);
            } finally {
                lock.unlock();
            }
        }

        /** Takes the entry out of the leased ones, if it is still this lease's. */
        private Instant endLease() {
            Instant now = clock.instant();
            if (closed || !entry.leased || entry.token != token || !now.isBefore(entry.deadline)) {
                throw new LeaseLostException(job.id());
            }
            channel.leased.remove(entry);
            entry.leased = false;
            return now;
        }
    }

    private final class Dead implements DeadLetters {
        private final String queue;
        private final @Nullable Tenant tenant;

        Dead(String queue, @Nullable Tenant tenant) {
            this.queue = queue;
            this.tenant = tenant;
        }

        @Override
        public List<DeadLetter> list(int max) {
            if (max < 1) {
                throw new IllegalArgumentException("max must be at least 1, is " + max);
            }
            lock.lock();
            try {
                requireOpen();
                Channel channel = channels.get(queue);
                if (channel == null) {
                    return List.of();
                }
                List<DeadLetter> oldestFirst = new ArrayList<>();
                for (Entry entry : channel.dead.values()) {
                    if (entry.dead != null && isVisible(entry)) {
                        oldestFirst.add(entry.dead);
                    }
                }
                List<DeadLetter> newestFirst = new ArrayList<>();
                for (int i = oldestFirst.size() - 1; i >= 0 && newestFirst.size() < max; i--) {
                    newestFirst.add(oldestFirst.get(i));
                }
                return newestFirst;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public Optional<DeadLetter> find(String jobId) {
            lock.lock();
            try {
                requireOpen();
                Entry entry = entry(jobId);
                return entry == null ? Optional.empty() : Optional.ofNullable(entry.dead);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public boolean replay(String jobId) {
            lock.lock();
            try {
                requireOpen();
                Entry entry = entry(jobId);
                if (entry == null) {
                    return false;
                }
                requireRoom();
                Channel channel = channel(queue);
                channel.dead.remove(jobId);
                Entry again = new Entry(changed(entry.job, 0, clock.instant()), ++lastSeq);
                again.token = entry.token;
                entries.put(jobId, again);
                live++;
                channel.await(again);
                return true;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public boolean drop(String jobId) {
            lock.lock();
            try {
                requireOpen();
                if (entry(jobId) == null) {
                    return false;
                }
                Channel channel = channel(queue);
                channel.dead.remove(jobId);
                entries.remove(jobId);
                forgetIfUnused(channel);
                return true;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public DeadLetters ofTenant(Tenant only) {
            if (tenant != null && !tenant.equals(only)) {
                throw new IllegalArgumentException("these are the dead letters of another tenant");
            }
            return new Dead(queue, only);
        }

        private @Nullable Entry entry(String jobId) {
            Channel channel = channels.get(queue);
            Entry entry = channel == null ? null : channel.dead.get(jobId);
            return entry != null && isVisible(entry) ? entry : null;
        }

        private boolean isVisible(Entry entry) {
            return tenant == null || entry.job.tenant().equals(tenant);
        }
    }
}
