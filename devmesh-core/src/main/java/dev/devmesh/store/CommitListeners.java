package dev.devmesh.store;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is told of one kind of commits. For who writes a store.
 *
 * <p>Safe for use by many threads.
 */
public final class CommitListeners {

    private static final Logger LOG = LoggerFactory.getLogger(CommitListeners.class);

    private final String what;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    /** @param what was committed, for the log */
    public CommitListeners(String what) {
        this.what = what;
    }

    /**
     * Has the listener told from now on; one that is added twice is told twice.
     *
     * @return ends that; harmless when run twice
     */
    public Runnable add(Runnable listener) {
        // a listener of its own for each call: the same one may be handed in twice
        Runnable own = Objects.requireNonNull(listener, "listener")::run;
        listeners.add(own);
        return () -> listeners.remove(own);
    }

    /** Tells all, on the calling thread. What one of them throws is logged and keeps it from nobody else. */
    public void tell() {
        for (Runnable listener : listeners) {
            try {
                listener.run();
            } catch (RuntimeException failed) {
                // The unit has committed: throwing would tell its caller that it had not. Who listens also polls.
                LOG.error("A listener failed to hear of {}, which are committed", what, failed);
            }
        }
    }
}
