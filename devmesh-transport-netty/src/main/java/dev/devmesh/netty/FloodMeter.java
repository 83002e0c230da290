package dev.devmesh.netty;

/** Counts what may come so many times within a second. Confined to one thread. */
final class FloodMeter {

    private static final long SECOND = 1_000_000_000L;

    private final int limit;
    private long since = System.nanoTime();
    private int count;

    FloodMeter(int limit) {
        this.limit = limit;
    }

    /** Counts one more; false if that is one too many. */
    boolean admit() {
        long now = System.nanoTime();
        if (now - since >= SECOND) {
            since = now;
            count = 0;
        }
        return ++count <= limit;
    }
}
