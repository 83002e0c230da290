package dev.devmesh.inmemory;

import dev.devmesh.cluster.ClusterBacklog;
import dev.devmesh.cluster.ClusterBus;
import dev.devmesh.cluster.ClusterMessage;
import dev.devmesh.cluster.ClusterSubscribers;
import dev.devmesh.cluster.ClusterWire;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One node's way to the others of an {@link InMemoryClusterHub}. Messages are written down and read as on any other bus, and each
 * node is told on a thread of its own, which begins with the first subscriber.
 *
 * <p>Safe for use by many threads.
 */
public final class InMemoryClusterBus implements ClusterBus {

    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(2);

    private final InMemoryClusterHub hub;
    private final String node;
    private final ClusterSubscribers subscribers = new ClusterSubscribers();
    private final ClusterBacklog unsent = new ClusterBacklog();
    private final ClusterBacklog untold = new ClusterBacklog();
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Thread teller;
    private volatile boolean connected = true;
    private volatile boolean closed;

    InMemoryClusterBus(InMemoryClusterHub hub, String node) {
        this.hub = hub;
        this.node = node;
    }

    @Override
    public void publish(ClusterMessage message) {
        hub.pass(this, Objects.requireNonNull(message, "message"));
    }

    @Override
    public Runnable subscribe(Consumer<ClusterMessage> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("The cluster bus is closed; join the hub again.");
            }
            Runnable end = subscribers.add(subscriber);
            if (teller == null) {
                teller = new Thread(() -> subscribers.tellAll(untold, () -> closed), "devmesh-cluster");
                teller.setDaemon(true);
                teller.start();
            }
            return end;
        } finally {
            lock.unlock();
        }
    }

    /** Cuts this node off, as a network does: what it publishes waits, and what others publish it misses. */
    public void disconnect() {
        hub.whileQuiet(() -> connected = false);
    }

    /** Ends that: what waits is sent, and this node hears that it may have missed something. */
    public void reconnect() {
        hub.whileQuiet(() -> {
            if (!connected) {
                connected = true;
                hear(new ClusterMessage.Gap());
                sendWhatWaits();
            }
        });
    }

    private void sendWhatWaits() {
        try {
            for (Optional<ClusterMessage> next = unsent.take(Duration.ZERO);
                    next.isPresent();
                    next = unsent.take(Duration.ZERO)) {
                hub.pass(this, next.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // what is left goes out with the next reconnect
        }
    }

    // For the hub, which calls these one at a time.

    boolean isConnected() {
        return connected;
    }

    String written(ClusterMessage message) {
        return ClusterWire.write(node, message);
    }

    void keep(ClusterMessage message) {
        unsent.add(message);
    }

    void came(String text) {
        if (connected) {
            ClusterWire.read(text).ifPresent(received -> hear(received.message()));
        }
    }

    private void hear(ClusterMessage message) {
        if (!subscribers.isEmpty()) {
            untold.add(message);
        }
    }

    @Override
    public void close() {
        Thread ended;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            ended = teller;
        } finally {
            lock.unlock();
        }
        hub.leave(this);
        if (ended == null || ended == Thread.currentThread()) {
            return;
        }
        ended.interrupt();
        try {
            ended.join(LONGEST_CLOSE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
