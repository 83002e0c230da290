package dev.devmesh.postgres;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * Opens connections for the pool, and knows whether the server can be reached.
 *
 * <p>While it cannot, an attempt goes on until it succeeds, several times a second, and {@link #isDown()} says so:
 * callers need not wait for what cannot come, and the pool, which would wait ever longer between two attempts, has its
 * connection the moment the server is back.
 *
 * <p>Safe for use by many threads.
 */
final class Server implements DataSource {

    private static final org.slf4j.Logger LOG = org.slf4j.LoggerFactory.getLogger(Server.class);
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(200);
    private static final Driver DRIVER = new Driver();

    private final PostgresSettings settings;
    private volatile @Nullable SQLException lastFailure;
    private volatile boolean closed;

    Server(PostgresSettings settings) {
        this.settings = settings;
    }

    /** One attempt to open a connection for the user who works. */
    static Connection connect(PostgresSettings settings) throws SQLException {
        return open(settings, settings.user(), settings.password(), settings.queryTimeout());
    }

    /** One attempt to open a connection for the user who migrates. What it does may take any time. */
    static Connection connectOwner(PostgresSettings settings) throws SQLException {
        boolean sameUser = settings.ownerUser().isEmpty();
        return open(
                settings,
                sameUser ? settings.user() : settings.ownerUser(),
                sameUser ? settings.password() : settings.ownerPassword(),
                null);
    }

    /** One attempt to open a connection for the user who works, beside the pool, for statements that take no time. */
    static Connection connectBus(PostgresSettings settings) throws SQLException {
        return open(
                settings.applicationName(settings.applicationName() + "-bus"),
                settings.user(),
                settings.password(),
                Duration.ZERO);
    }

    /** Whether the last attempt to connect failed. */
    boolean isDown() {
        return lastFailure != null;
    }

    /** Why the last attempt failed, if it did. */
    @Nullable
    SQLException lastFailure() {
        return lastFailure;
    }

    /** Ends the attempts under way. */
    void close() {
        closed = true;
    }

    @Override
    public Connection getConnection() throws SQLException {
        while (true) {
            try {
                Connection connection = connect(settings);
                if (lastFailure != null) {
                    LOG.info("PostgreSQL: the server can be reached again");
                    lastFailure = null;
                }
                return connection;
            } catch (SQLException failed) {
                if (lastFailure == null) {
                    LOG.warn("PostgreSQL: the server cannot be reached; trying on", failed);
                }
                lastFailure = failed;
                if (closed || !pause()) {
                    throw failed;
                }
            }
        }
    }

    @Override
    public Connection getConnection(String username, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("the user is part of the settings");
    }

    private boolean pause() {
        try {
            TimeUnit.NANOSECONDS.sleep(BETWEEN_ATTEMPTS.toNanos());
            return !closed;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Connection open(
            PostgresSettings settings, String user, String password, @Nullable Duration queryTimeout)
            throws SQLException {
        Properties properties = new Properties();
        if (!user.isEmpty()) {
            PGProperty.USER.set(properties, user);
        }
        if (!password.isEmpty()) {
            PGProperty.PASSWORD.set(properties, password);
        }
        PGProperty.APPLICATION_NAME.set(properties, settings.applicationName());
        PGProperty.TARGET_SERVER_TYPE.set(properties, "primary");
        PGProperty.CONNECT_TIMEOUT.set(properties, 3);
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        // The server ends a statement first; this is for a server that has silently gone.
        PGProperty.SOCKET_TIMEOUT.set(properties, queryTimeout == null ? 0 : (int) queryTimeout.toSeconds() + 5);
        Connection connection = DRIVER.connect(settings.url(), properties);
        if (connection == null) {
            throw new SQLException(
                    "pgjdbc does not understand the URL; write jdbc:postgresql://host:5432/name", "08001");
        }
        return connection;
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) {
        // Logging goes through SLF4J.
    }

    @Override
    public void setLoginTimeout(int seconds) {
        // The pool proposes its own; connectTimeout is the one that counts.
    }

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException("logging goes through SLF4J");
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        throw new SQLException("this wraps nothing");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
        return false;
    }
}
