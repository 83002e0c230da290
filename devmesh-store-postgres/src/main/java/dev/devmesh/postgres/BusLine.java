package dev.devmesh.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of the cluster bus, opened when it is needed and again when it broke.
 *
 * <p>For one thread; {@link #cut} is for any.
 */
final class BusLine {

    private static final Logger LOG = LoggerFactory.getLogger(BusLine.class);

    private static final String CHANNEL = "devmesh";
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(10);
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(3);

    /** unnest gives the messages in their order, and one transaction tells them in the order of the calls. */
    private static final String SEND = "SELECT pg_notify('" + CHANNEL + "', message) FROM unnest(?) AS message";

    private final PostgresSettings settings;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Connection open;
    private boolean isCut;
    private boolean hasWarned;

    BusLine(PostgresSettings settings) {
        this.settings = settings;
    }

    /** Begins to listen, by a connection that is new. */
    void listen() throws SQLException {
        hangUp();
        Connection connection = connection();
        try (Statement statement = connection.createStatement()) {
            statement.execute("LISTEN " + CHANNEL);
            try (ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
                row.next();
                warnOfProxy(connection.unwrap(PGConnection.class).getBackendPID() != row.getInt(1));
            }
        }
    }

    /**
     * What came, at the latest after 10 s: nothing, if the server then still answers.
     *
     * @throws SQLException if it does not, and whenever the connection is lost
     */
    List<String> awaitMessages() throws SQLException {
        Connection connection = connection();
        PGNotification[] came =
                connection.unwrap(PGConnection.class).getNotifications((int) LONGEST_SILENCE.toMillis());
        if (came.length == 0 && !connection.isValid((int) LONGEST_ANSWER.toSeconds())) {
            throw new SQLException("the server answers no more", "08006");
        }
        return Arrays.stream(came).map(PGNotification::getParameter).toList();
    }

    /** Sends all of these, in this order, or none. */
    void send(List<String> messages) throws SQLException {
        Connection connection = connection();
        try (PreparedStatement statement = connection.prepareStatement(SEND)) {
            statement.setArray(1, connection.createArrayOf("text", messages.toArray()));
            statement.execute();
        } catch (SQLException failed) {
            if (Failures.isLost(failed)) {
                hangUp();
            }
            throw failed;
        }
    }

    /** Ends the connection; the next use opens another one. */
    void hangUp() {
        Connection ended;
        lock.lock();
        try {
            ended = open;
            open = null;
        } finally {
            lock.unlock();
        }
        if (ended != null) {
            try {
                ended.close();
            } catch (SQLException failed) {
                LOG.debug("PostgreSQL: a connection of the cluster bus could not be closed", failed);
            }
        }
    }

    /** Ends the connection for good: whoever waits for it now gets an exception. */
    void cut() {
        Connection ended;
        lock.lock();
        try {
            isCut = true;
            ended = open;
        } finally {
            lock.unlock();
        }
        if (ended != null) {
            try {
                ended.abort(Runnable::run);
            } catch (SQLException failed) {
                LOG.debug("PostgreSQL: a connection of the cluster bus could not be cut", failed);
            }
        }
    }

    private Connection connection() throws SQLException {
        lock.lock();
        try {
            if (open != null) {
                return open;
            }
        } finally {
            lock.unlock();
        }
        Connection fresh = Server.connectBus(settings);
        lock.lock();
        try {
            if (!isCut) {
                open = fresh;
                return fresh;
            }
        } finally {
            lock.unlock();
        }
        fresh.close();
        throw new SQLException("the cluster bus is closed", "08003");
    }

    /** A proxy that pools transactions takes LISTEN and passes nothing on; who is behind one should be told, not left to wonder. */
    private void warnOfProxy(boolean isBehindOne) {
        if (isBehindOne && !hasWarned) {
            hasWarned = true;
            LOG.warn(
                    "PostgreSQL: there is a proxy between the cluster bus and the server. If it pools transactions, messages of"
                            + " other nodes do not come through: give the bus an address that bypasses it.");
        }
    }
}
