package dev.devmesh.store;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which threads are within a unit of work of a store: each in one at most. For who writes a store.
 *
 * <p>Safe for use by many threads.
 */
public final class UnitThreads {

    private final Set<Thread> within = ConcurrentHashMap.newKeySet();

    /** Nobody is yet. */
    public UnitThreads() {}

    /**
     * The calling thread begins a unit.
     *
     * @throws IllegalStateException if it is within one
     */
    public void enter() {
        if (!within.add(Thread.currentThread())) {
            throw new IllegalStateException("This thread is within a unit of work of this store already."
                    + " Use the session at hand, or begin the next unit after this one has ended.");
        }
    }

    /** The calling thread's unit has ended. */
    public void leave() {
        within.remove(Thread.currentThread());
    }
}
