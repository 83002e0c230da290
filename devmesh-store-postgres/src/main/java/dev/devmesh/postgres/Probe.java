package dev.devmesh.postgres;

import dev.devmesh.health.HealthCheck;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the database something small, over a connection of its own: whether it answers must not depend on whether units of
 * work have taken every connection of the pool.
 *
 * <p>Safe for use by many threads, which it serves one after the other.
 */
final class Probe implements HealthCheck, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Probe.class);

    /** Whoever asks for health is answered within a second. */
    private static final Duration LONGEST = Duration.ofMillis(800);

    private final Migrations.Opener opener;
    private final Supplier<String> pool;
    private final boolean keeps;
    private final ReentrantLock asking = new ReentrantLock();
    private @Nullable Connection connection;
    private boolean closed;

    /**
     * @param opener makes a connection for the probe alone
     * @param keeps whether it keeps that from one check to the next
     * @param pool how the pool stands, in words
     */
    Probe(Migrations.Opener opener, boolean keeps, Supplier<String> pool) {
        this.opener = opener;
        this.keeps = keeps;
        this.pool = pool;
    }

    @Override
    public Outcome check() {
        asking.lock();
        try {
            if (closed) {
                return new Outcome(false, "the store is closed");
            }
            long begun = System.nanoTime();
            int version = version();
            long millis = Duration.ofNanos(System.nanoTime() - begun).toMillis();
            return new Outcome(true, "answered in " + millis + " ms, schema version " + version + ", " + pool.get());
        } catch (SQLException failed) {
            LOG.debug("PostgreSQL: the database does not answer", failed);
            giveUp();
            return new Outcome(false, "the database does not answer (SQLSTATE " + Failures.state(failed) + ")");
        } finally {
            asking.unlock();
        }
    }

    private int version() throws SQLException {
        Connection current = connection;
        if (current != null) {
            try {
                return version(current);
            } catch (SQLException broken) {
                // It may have broken long ago, when the server was started again: a new one says how things are now.
                giveUp();
                if (!Failures.isLost(broken)) {
                    throw broken;
                }
            }
        }
        if (!keeps) {
            try (Connection borrowed = opener.open()) {
                int version = version(borrowed);
                if (!borrowed.getAutoCommit()) {
                    borrowed.rollback();
                }
                return version;
            }
        }
        Connection fresh = opener.open();
        connection = fresh;
        fresh.setAutoCommit(true);
        fresh.setNetworkTimeout(Runnable::run, (int) LONGEST.toMillis());
        return version(fresh);
    }

    private static int version(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT max(version) FROM devmesh.schema_history")) {
            row.next();
            return row.getInt(1);
        }
    }

    private void giveUp() {
        Connection broken = connection;
        connection = null;
        if (broken != null) {
            try {
                broken.close();
            } catch (SQLException alreadyGone) {
                LOG.debug("PostgreSQL: the connection of the health check could not be closed", alreadyGone);
            }
        }
    }

    @Override
    public void close() {
        asking.lock();
        try {
            closed = true;
            giveUp();
        } finally {
            asking.unlock();
        }
    }
}
