package dev.devmesh.inmemory;

import dev.devmesh.auth.Tenant;
import dev.devmesh.store.CommitListeners;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.store.SystemStore;
import dev.devmesh.store.UnitThreads;
import java.time.Clock;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * A store that lives and dies with the process, within {@link InMemoryBounds}.
 *
 * <p>What it holds is one immutable state that a commit replaces:
 *
 * <ul>
 *   <li>Reading takes no lock. A unit of work that has not written yet sees what was committed last, each time it looks.
 *   <li>The first write, or the first {@code lock}, takes the one writer lock; from then on until its end the unit of
 *       work sees its own copy, and others that want to write wait. So do slow work before the first write.
 *   <li>A commit publishes the copy at once; a rollback forgets it.
 * </ul>
 *
 * <p>Safe for use by many threads.
 */
public final class InMemoryStore implements Store {

    private final Clock clock;
    private final SystemStore system = new InMemorySystem(this);
    private final ReentrantLock writer = new ReentrantLock();
    private final UnitThreads threads = new UnitThreads();
    private final CommitListeners jobListeners = new CommitListeners("new jobs");
    private final CommitListeners itemListeners = new CommitListeners("new items");
    private final LastUses lastUses = new LastUses();
    private volatile Tables committed;
    private volatile boolean closed;

    private InMemoryStore(Clock clock, InMemoryBounds bounds) {
        this.clock = Objects.requireNonNull(clock, "clock");
        this.committed = new Tables(bounds);
    }

    /** An empty store with the default bounds. */
    public static InMemoryStore create() {
        return create(Clock.systemUTC());
    }

    /** An empty store with the default bounds; jobs are dated by the clock. */
    public static InMemoryStore create(Clock clock) {
        return create(clock, InMemoryBounds.defaults());
    }

    /** An empty store; jobs are dated by the clock. */
    public static InMemoryStore create(Clock clock, InMemoryBounds bounds) {
        return new InMemoryStore(clock, bounds);
    }

    @Override
    public <T> T inTransaction(Tenant tenant, Function<? super StoreSession, ? extends T> work) {
        Objects.requireNonNull(tenant, "tenant");
        enter();
        UnitOfWork unit = new UnitOfWork(this, tenant);
        T result;
        try {
            result = work.apply(unit);
            unit.commit();
        } finally {
            unit.end();
            leave();
        }
        if (unit.hasEnqueued()) {
            jobListeners.tell();
        }
        if (unit.hasAppended()) {
            itemListeners.tell();
        }
        return result;
    }

    @Override
    public SystemStore system() {
        return system;
    }

    @Override
    public Runnable onJobsEnqueued(Runnable listener) {
        return jobListeners.add(listener);
    }

    @Override
    public Runnable onItemsAppended(Runnable listener) {
        return itemListeners.add(listener);
    }

    /** No: nothing here waits for I/O. */
    @Override
    public boolean blocking() {
        return false;
    }

    /** Refuses every further call. What was stored is gone with the store; calling it twice has no further effect. */
    @Override
    public void close() {
        closed = true;
    }

    /** What was committed last. */
    Tables committed() {
        return committed;
    }

    Clock clock() {
        return clock;
    }

    LastUses lastUses() {
        return lastUses;
    }

    /** Takes the writer lock for the caller and gives it a copy to write to. */
    Tables beginWriting() {
        writer.lock();
        return new Tables(committed);
    }

    void publish(Tables written) {
        committed = written;
    }

    void endWriting() {
        writer.unlock();
    }

    /** Runs a system operation that writes, as a unit of its own, and returns what it counted. */
    int writeAlone(ToIntFunction<Tables> change) {
        enter();
        try {
            Tables draft = beginWriting();
            try {
                int count = change.applyAsInt(draft);
                publish(draft);
                return count;
            } finally {
                endWriting();
            }
        } finally {
            leave();
        }
    }

    /** What a system operation reads, as a unit of its own. */
    Tables readAlone() {
        enter();
        leave();
        return committed;
    }

    private void enter() {
        if (closed) {
            throw new IllegalStateException("The in-memory store is closed. Close it only after what uses it.");
        }
        threads.enter();
    }

    private void leave() {
        threads.leave();
    }
}
