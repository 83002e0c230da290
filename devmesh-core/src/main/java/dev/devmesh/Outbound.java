package dev.devmesh;

import dev.devmesh.outbound.OutboundAllow;
import dev.devmesh.outbound.OutboundClient;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The outbound client of a mesh: one that was given, or one of its own that is made when somebody first asks, so that a mesh that calls
 * nobody needs no HTTP client on its class path. Safe for use by many threads.
 */
final class Outbound implements AutoCloseable {

    private final ReentrantLock lock = new ReentrantLock();
    private final OutboundAllow allow;
    private final boolean owned;
    private @Nullable OutboundClient client;
    private boolean closed;

    private Outbound(@Nullable OutboundClient given, OutboundAllow allow) {
        this.client = given;
        this.owned = given == null;
        this.allow = allow;
    }

    static void check(DevMeshBuilder settings) {
        if (settings.outbound != null && settings.outboundAllow != null) {
            throw new IllegalArgumentException(
                    "outbound(...) and outboundAllow(...) are both given; give the list to the client's own builder");
        }
    }

    static Outbound of(DevMeshBuilder settings) {
        return new Outbound(
                settings.outbound, settings.outboundAllow == null ? OutboundAllow.none() : settings.outboundAllow);
    }

    OutboundClient client() {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException(
                        "The mesh is closed, and so is its outbound client; build another one.");
            }
            OutboundClient known = client;
            if (known == null) {
                known = OutboundClient.builder().allow(allow).build();
                client = known;
            }
            return known;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            OutboundClient known = client;
            if (owned && known != null) {
                known.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
