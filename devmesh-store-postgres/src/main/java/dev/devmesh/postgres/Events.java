package dev.devmesh.postgres;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells those who listen. Safe for use by many threads. */
final class Events {

    private static final Logger LOG = LoggerFactory.getLogger(Events.class);

    private final List<Consumer<? super PostgresEvent>> listeners = new CopyOnWriteArrayList<>();

    /** Adds one; what is returned takes it away. */
    Runnable add(Consumer<? super PostgresEvent> listener) {
        Consumer<PostgresEvent> own = Objects.requireNonNull(listener, "listener")::accept;
        listeners.add(own);
        return () -> listeners.remove(own);
    }

    void acquired(long sinceNanos) {
        tell(new PostgresEvent.Acquired(age(sinceNanos)));
    }

    void statementEnded(long sinceNanos) {
        tell(new PostgresEvent.StatementEnded(age(sinceNanos)));
    }

    void transactionEnded(boolean committed, Duration took) {
        tell(new PostgresEvent.TransactionEnded(committed, took));
    }

    void failed(SQLException failure) {
        String state = Failures.state(failure);
        tell(new PostgresEvent.Failed(state.matches("[0-9A-Z]{5}") ? state.substring(0, 2) : "none"));
    }

    void poolExhausted() {
        tell(new PostgresEvent.Failed("pool"));
    }

    private void tell(PostgresEvent event) {
        for (Consumer<? super PostgresEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (RuntimeException failed) {
                // Who only counts must not undo the work that is counted.
                LOG.error("PostgreSQL store: a listener failed to hear of {}", event, failed);
            }
        }
    }

    private static Duration age(long sinceNanos) {
        return Duration.ofNanos(System.nanoTime() - sinceNanos);
    }
}
