package dev.devmesh.netty;

import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshEvents;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The open connections of one server. Safe for use by many threads. */
final class Connections {

    private final int limit;
    private final MeshEvents events;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger count = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition empty = lock.newCondition();

    Connections(int limit, MeshEvents events) {
        this.limit = limit;
        this.events = events;
    }

    /** Takes a connection in; false if it is one more than the limit, though it counts until {@link #remove}. */
    boolean add(Connection connection) {
        open.add(connection);
        events.on(new MeshEvent.ConnectionOpened());
        return count.incrementAndGet() <= limit;
    }

    /** Counts a connection under what has become of it. */
    void replace(Connection before, Connection after) {
        open.add(after);
        open.remove(before);
    }

    void remove(Connection connection) {
        if (!open.remove(connection)) {
            return;
        }
        events.on(new MeshEvent.ConnectionClosed());
        if (count.decrementAndGet() == 0) {
            lock.lock();
            try {
                empty.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    int count() {
        return count.get();
    }

    Set<Connection> open() {
        return open;
    }

    /** Waits until none is open; false if that took too long or the thread was interrupted, which it then still is. */
    boolean awaitNone(long nanos) {
        long left = nanos;
        lock.lock();
        try {
            while (count.get() > 0) {
                if (left <= 0) {
                    return false;
                }
                left = empty.awaitNanos(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }
}
