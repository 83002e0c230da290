package dev.devmesh.inmemory;

import dev.devmesh.auth.Tenant;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.store.SystemStore;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

    private static final Logger LOG = LoggerFactory.getLogger(InMemoryStore.class);

    private final Clock clock;
    private final SystemStore system = new InMemorySystem(this);
    private final ReentrantLock writer = new ReentrantLock();
    private final Set<Thread> threadsInUnits = ConcurrentHashMap.newKeySet();
    private final List<Runnable> jobListeners = new CopyOnWriteArrayList<>();
    private final List<Runnable> itemListeners = new CopyOnWriteArrayList<>();
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
            announce("jobs", jobListeners);
        }
        if (unit.hasAppended()) {
            announce("items", itemListeners);
        }
        return result;
    }

    @Override
    public SystemStore system() {
        return system;
    }

    @Override
    public Runnable onJobsEnqueued(Runnable listener) {
        return add(listener, jobListeners);
    }

    @Override
    public Runnable onItemsAppended(Runnable listener) {
        return add(listener, itemListeners);
    }

    private static Runnable add(Runnable listener, List<Runnable> listeners) {
        // a listener of its own for each call: the same one may be handed in twice
        Runnable own = Objects.requireNonNull(listener, "listener")::run;
        listeners.add(own);
        return () -> listeners.remove(own);
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
        if (!threadsInUnits.add(Thread.currentThread())) {
            throw new IllegalStateException("This thread is within a unit of work of this store already."
                    + " Use the session at hand, or begin the next unit after this one has ended.");
        }
    }

    private void leave() {
        threadsInUnits.remove(Thread.currentThread());
    }

    private static void announce(String what, List<Runnable> listeners) {
        for (Runnable listener : listeners) {
            try {
                listener.run();
            } catch (RuntimeException failed) {
                // The unit has committed: throwing would tell its caller that it had not. Who listens also polls.
                LOG.error("In-memory store: a listener for new {} failed; they are recorded", what, failed);
            }
        }
    }
}
