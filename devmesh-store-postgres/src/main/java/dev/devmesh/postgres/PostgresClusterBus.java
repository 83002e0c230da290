package dev.devmesh.postgres;

import dev.devmesh.cluster.ClusterBacklog;
import dev.devmesh.cluster.ClusterBus;
import dev.devmesh.cluster.ClusterMessage;
import dev.devmesh.cluster.ClusterMessage.Gap;
import dev.devmesh.cluster.ClusterSubscribers;
import dev.devmesh.cluster.ClusterWire;
import dev.devmesh.cluster.ClusterWire.Received;
import dev.devmesh.store.Ids;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Joins all nodes that work on one PostgreSQL database, by its {@code LISTEN} and {@code NOTIFY}.
 *
 * <ul>
 *   <li>It has two connections of its own beside the pool: one to listen, from the first subscriber on, and one to send, from the
 *       first message on. What waits is sent together, not in the units of work: every commit that notifies waits for every other one.
 *   <li>A connection that breaks is opened again within seconds, and the subscribers hear a {@link Gap}. One that is silent for 10 s is
 *       asked whether it lives.
 *   <li>It needs connections that stay: a proxy that pools <em>transactions</em> passes nothing on. Name the server itself, or
 *       another port of the proxy, with {@link #open}.
 *   <li>Whoever may log in to the database may read and send messages.
 * </ul>
 *
 * <p>Safe for use by many threads.
 */
public final class PostgresClusterBus implements ClusterBus {

    private static final Duration PATIENCE_WITH_THE_SERVER = Duration.ofSeconds(3);
    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(2);
    private static final Duration LOOK_WHETHER_CLOSED = Duration.ofSeconds(1);

    /** Between two batches: what is equal and comes within that time is sent once. */
    private static final Duration BETWEEN_BATCHES = Duration.ofMillis(10);

    private static final Duration BETWEEN_LAST_ATTEMPTS = Duration.ofMillis(50);

    /** Of at most 7,900 bytes each. */
    private static final int BATCH = 100;

    private final String node = Ids.next("");
    private final BusLine listening;
    private final BusLine sending;
    private final ClusterSubscribers subscribers = new ClusterSubscribers();
    private final ClusterBacklog unsent = new ClusterBacklog();
    private final ClusterBacklog untold = new ClusterBacklog();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition change = lock.newCondition();
    private @Nullable Thread listener;
    private @Nullable Thread teller;
    private @Nullable Thread sender;

    /** Whether what others publish now will be told. */
    private boolean hears;

    /** Whether somebody subscribed, and may have missed something since. */
    private boolean owesGap;

    private volatile boolean closed;
    private volatile long sendUntil;

    private PostgresClusterBus(PostgresSettings settings) {
        listening = new BusLine(settings);
        sending = new BusLine(settings);
    }

    /**
     * A node of the cluster of all that work on this database. Opens nothing yet.
     *
     * @param settings of which the address, the user who works and the name of the application count. All nodes name the same database;
     *     the address may be another one than the store's
     */
    public static PostgresClusterBus open(PostgresSettings settings) {
        return new PostgresClusterBus(Objects.requireNonNull(settings, "settings"));
    }

    @Override
    public void publish(ClusterMessage message) {
        Objects.requireNonNull(message, "message");
        lock.lock();
        try {
            if (closed) {
                return;
            }
            unsent.add(message);
            if (sender == null) {
                sender = begin("devmesh-cluster-send", this::sendAll);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Runnable subscribe(Consumer<ClusterMessage> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("The cluster bus is closed; open another one.");
            }
            Runnable end = subscribers.add(subscriber);
            if (listener == null) {
                teller = begin("devmesh-cluster", () -> subscribers.tellAll(untold, () -> closed));
                listener = begin("devmesh-cluster-listen", this::listenAll);
            }
            awaitHearing();
            return end;
        } finally {
            lock.unlock();
        }
    }

    private void awaitHearing() {
        long left = PATIENCE_WITH_THE_SERVER.toNanos();
        try {
            while (!hears && !closed && left > 0) {
                left = change.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        owesGap |= !hears;
    }

    private static Thread begin(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void listenAll() {
        Retries retries = new Retries("listen");
        while (!closed) {
            try {
                listening.listen();
                hearsAgain();
                retries.succeeded();
                while (!closed) {
                    listening.awaitMessages().forEach(this::came);
                }
            } catch (SQLException failed) {
                hearsNothing();
                if (!closed) {
                    pause(retries.failed(failed));
                }
            }
        }
        listening.hangUp();
    }

    private void came(String text) {
        Optional<Received> received = ClusterWire.read(text);
        if (received.isPresent() && !received.get().from().equals(node)) {
            untold.add(received.get().message());
        }
    }

    private void hearsAgain() {
        lock.lock();
        try {
            if (owesGap) {
                owesGap = false;
                untold.add(new Gap());
            }
            hears = true;
            change.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void hearsNothing() {
        lock.lock();
        try {
            owesGap |= hears;
            hears = false;
        } finally {
            lock.unlock();
        }
    }

    private void sendAll() {
        Retries retries = new Retries("send");
        while (!closed || !unsent.isEmpty() && System.nanoTime() - sendUntil < 0) {
            List<ClusterMessage> batch = nextBatch();
            if (batch.isEmpty()) {
                continue;
            }
            try {
                sending.send(batch.stream()
                        .map(message -> ClusterWire.write(node, message))
                        .toList());
                retries.succeeded();
                if (!closed) {
                    pause(BETWEEN_BATCHES);
                }
            } catch (SQLException failed) {
                keep(batch, failed);
                Duration time = retries.failed(failed);
                pause(closed ? BETWEEN_LAST_ATTEMPTS : time);
            }
        }
        sending.hangUp();
    }

    /** What waits, or nothing after some time without. */
    private List<ClusterMessage> nextBatch() {
        List<ClusterMessage> batch = new ArrayList<>();
        try {
            Optional<ClusterMessage> next = unsent.take(closed ? Duration.ZERO : LOOK_WHETHER_CLOSED);
            while (next.isPresent()) {
                batch.add(next.get());
                next = batch.size() < BATCH ? unsent.take(Duration.ZERO) : Optional.empty();
            }
        } catch (InterruptedException e) {
            // By close(), which wants what waits to be sent: the caller looks whether there is time for that.
        }
        return batch;
    }

    private void keep(List<ClusterMessage> batch, SQLException failed) {
        if (!Failures.isLost(failed)) {
            // The same again would be refused again, and what comes after it would wait for ever.
            unsent.putBack(new Gap());
            return;
        }
        for (int i = batch.size() - 1; i >= 0; i--) {
            unsent.putBack(batch.get(i));
        }
    }

    /** Shorter when the bus is closed meanwhile. */
    private void pause(Duration time) {
        lock.lock();
        try {
            boolean wasClosed = closed;
            long left = time.toNanos();
            while (closed == wasClosed && left > 0) {
                left = change.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            // By close(): whoever pauses looks whether there is anything left to do.
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        long until = System.nanoTime() + LONGEST_CLOSE.toNanos();
        lock.lock();
        try {
            if (closed) {
                return;
            }
            sendUntil = until;
            closed = true;
            change.signalAll();
        } finally {
            lock.unlock();
        }
        // from here on no thread begins
        if (teller != null) {
            teller.interrupt();
        }
        listening.cut();
        if (sender != null) {
            sender.interrupt();
            join(sender, until);
            sending.cut();
        }
        join(listener, until);
        join(teller, until);
    }

    private static void join(@Nullable Thread thread, long until) {
        if (thread == null || thread == Thread.currentThread()) {
            return;
        }
        try {
            TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, until - System.nanoTime()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
