package dev.devmesh.mcp;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes may be kept in the streams of all sessions together, for clients that come back. What somebody depends on is kept
 * beyond that; whoever keeps it then gives up what it can.
 *
 * <p>Safe for use by many threads.
 */
final class ReplayBudget {

    static final long MOST_BYTES = 64L << 20;

    private final AtomicLong taken = new AtomicLong();
    private final long most;

    ReplayBudget(long most) {
        this.most = most;
    }

    void take(long bytes) {
        taken.addAndGet(bytes);
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }

    /** Whether more is kept than should be. */
    boolean isUsedUp() {
        return taken.get() > most;
    }

    /** How much is kept. */
    long taken() {
        return taken.get();
    }
}
