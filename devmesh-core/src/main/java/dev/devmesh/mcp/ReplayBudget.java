package dev.devmesh.mcp;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of what was sent may be kept, in all sessions together, for clients that come back.
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

    boolean take(long bytes) {
        if (taken.addAndGet(bytes) <= most) {
            return true;
        }
        taken.addAndGet(-bytes);
        return false;
    }

    void giveBack(long bytes) {
        taken.addAndGet(-bytes);
    }
}
