package dev.devmesh.netty;

import java.util.concurrent.atomic.AtomicLong;

/** The memory that the bodies of all requests of a server may take together. Safe for use by many threads. */
final class BodyBudget {

    private final AtomicLong left;

    BodyBudget(long bytes) {
        this.left = new AtomicLong(bytes);
    }

    /** Whether that many bytes could be taken now. */
    boolean has(long bytes) {
        return bytes <= left.get();
    }

    /** Takes that many bytes, or nothing: then false. */
    boolean take(long bytes) {
        long now = left.get();
        while (bytes <= now) {
            if (left.compareAndSet(now, now - bytes)) {
                return true;
            }
            now = left.get();
        }
        return false;
    }

    void giveBack(long bytes) {
        left.addAndGet(bytes);
    }
}
