package dev.devmesh.netty;

import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshEvents;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The open connections of one server. Safe for use by many threads. */
final class Connections {

    /** So many connections above a limit are told so; further ones are closed unheard. */
    private static final int TOLD = 64;

    /** Whether a connection is within the limits. */
    enum Admission {
        /** It is. */
        ADMITTED,
        /** Its address has too many already. */
        ADDRESS_FULL,
        /** The server has too many already. */
        SERVER_FULL,
        /** There are so many above a limit that this one is not even told. */
        UNHEARD
    }

    private final int limit;
    private final int perAddress;
    private final TrustedProxies proxies;
    private final ConcurrentHashMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();
    private final MeshEvents events;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger count = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition empty = lock.newCondition();

    /** @param proxies who carry the connections of many, so that no limit of one address is theirs */
    Connections(int limit, int perAddress, TrustedProxies proxies, MeshEvents events) {
        this.limit = limit;
        this.perAddress = perAddress;
        this.proxies = proxies;
        this.events = events;
    }

    /** Takes a connection in; also one above a limit counts until {@link #remove}. */
    Admission add(Connection connection) {
        open.add(connection);
        events.on(new MeshEvent.ConnectionOpened());
        int all = count.incrementAndGet();
        int same = address(connection)
                .map(from -> byAddress.merge(from, 1, Integer::sum))
                .orElse(1);
        if (all > limit + TOLD || same > perAddress + TOLD) {
            return Admission.UNHEARD;
        }
        return all > limit ? Admission.SERVER_FULL : same > perAddress ? Admission.ADDRESS_FULL : Admission.ADMITTED;
    }

    private Optional<InetAddress> address(Connection connection) {
        return connection.channel().remoteAddress() instanceof InetSocketAddress socket
                ? Optional.ofNullable(socket.getAddress()).filter(from -> !proxies.contains(from))
                : Optional.empty();
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
        address(connection).ifPresent(from -> byAddress.computeIfPresent(from, (same, n) -> n == 1 ? null : n - 1));
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
