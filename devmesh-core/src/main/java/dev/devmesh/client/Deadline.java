package dev.devmesh.client;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Until when the server may take. What handlers on this side take in between does not count. */
final class Deadline {

    /** While a handler runs, time stands still; whoever waits looks again after this. */
    private static final long PAUSED_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Pauses pauses;
    private final long atMost;
    private final long since = System.nanoTime();
    private final long pausedBefore;

    private Deadline(Duration atMost, Pauses pauses) {
        this.atMost = atMost.toNanos();
        this.pauses = pauses;
        this.pausedBefore = pauses.totalNanos();
    }

    static Deadline in(Duration atMost) {
        return new Deadline(atMost, new Pauses());
    }

    static Deadline in(Duration atMost, Pauses pauses) {
        return new Deadline(atMost, pauses);
    }

    /** What is left, in nanoseconds; nothing or less when the time is up. */
    long left() {
        boolean paused = pauses.areRunning();
        long left = atMost - (System.nanoTime() - since) + (pauses.totalNanos() - pausedBefore);
        return paused ? Math.max(left, PAUSED_NANOS) : left;
    }
}
