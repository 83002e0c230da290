package dev.devmesh.call;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many calls of one handler run, and how many may. Never waits; safe for use by many threads.
 */
public final class Permits {

    private final int total;
    private final AtomicInteger taken = new AtomicInteger();

    /** So many at once. */
    public Permits(int total) {
        this.total = total;
    }

    /** Takes one, if one is free. */
    public boolean tryTake() {
        if (taken.incrementAndGet() <= total) {
            return true;
        }
        taken.decrementAndGet();
        return false;
    }

    /** Gives one back. */
    public void giveBack() {
        taken.decrementAndGet();
    }

    /** How many are taken. */
    public int taken() {
        return Math.min(taken.get(), total);
    }

    /** How many there are. */
    public int total() {
        return total;
    }
}
