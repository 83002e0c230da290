package dev.devmesh.tool;

import java.util.concurrent.atomic.AtomicInteger;

/** How many calls of one tool run, and how many may. Never waits. */
final class Permits {

    private final int total;
    private final AtomicInteger taken = new AtomicInteger();

    Permits(int total) {
        this.total = total;
    }

    boolean tryTake() {
        if (taken.incrementAndGet() <= total) {
            return true;
        }
        taken.decrementAndGet();
        return false;
    }

    void giveBack() {
        taken.decrementAndGet();
    }

    int taken() {
        return Math.min(taken.get(), total);
    }

    int total() {
        return total;
    }
}
