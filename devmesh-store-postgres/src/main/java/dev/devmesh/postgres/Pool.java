package dev.devmesh.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands out connections, each in a transaction that has begun: its first statement says who works, for which tenant,
 * and how long anything may take. There is no other way to a connection, so no statement runs without.
 *
 * <p>Safe for use by many threads.
 */
final class Pool implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Pool.class);

    /** Entering a role is part of the transaction and ends with it, so what a connection did before does not matter. */
    private static final String BEGIN = """
            SELECT set_config('role', ?, true),
                   set_config('devmesh.tenant_id', ?, true),
                   set_config('search_path', 'devmesh, public', true),
                   set_config('statement_timeout', ?, true),
                   set_config('lock_timeout', ?, true),
                   set_config('idle_in_transaction_session_timeout', ?, true)""";

    private static final String APPLICATION_ROLE = "devmesh_app";
    private static final String SYSTEM_ROLE = "devmesh_system";

    private final PostgresSettings settings;
    private final DataSource connections;
    private final @Nullable HikariDataSource own;
    private final @Nullable Server server;
    private final Holders holders;
    private final Events events = new Events();

    private Pool(
            PostgresSettings settings,
            DataSource connections,
            @Nullable HikariDataSource own,
            @Nullable Server server) {
        this.settings = settings;
        this.connections = connections;
        this.own = own;
        this.server = server;
        this.holders = new Holders(settings.leakDetection());
    }

    /** A pool of our own, over what {@code around} makes of its source of connections. */
    static Pool open(PostgresSettings settings, UnaryOperator<DataSource> around) {
        Server server = new Server(settings);
        HikariConfig config = new HikariConfig();
        config.setPoolName("devmesh-postgres");
        config.setDataSource(around.apply(server));
        config.setAutoCommit(false);
        config.setMaximumPoolSize(settings.poolSize());
        config.setMinimumIdle(settings.maxIdle());
        config.setMaxLifetime(settings.maxLifetime().toMillis());
        // Where all are kept, none is idle for too long, and Hikari wants to hear nothing about it.
        config.setIdleTimeout(
                settings.maxIdle() == settings.poolSize()
                        ? 0
                        : settings.maxLifetime().toMillis() / 2);
        // In slices: who waits looks now and then whether the server is gone altogether.
        config.setConnectionTimeout(Math.max(250, settings.acquireTimeout().toMillis() / 3));
        config.setValidationTimeout(Math.max(250, settings.acquireTimeout().toMillis() / 3));
        config.setInitializationFailTimeout(-1);
        HikariDataSource own = new HikariDataSource(config);
        return new Pool(settings, own, own, server);
    }

    /** A pool of somebody else's, who closes it. */
    static Pool over(DataSource connections, PostgresSettings settings) {
        return new Pool(settings, connections, null, null);
    }

    Events events() {
        return events;
    }

    /** How the connections are used; of a pool of somebody else's only how many units of work hold one. */
    PoolStats stats() {
        if (own == null) {
            return new PoolStats(holders.count(), 0, 0, 0);
        }
        HikariPoolMXBean pool = own.getHikariPoolMXBean();
        return new PoolStats(
                pool.getActiveConnections(),
                pool.getIdleConnections(),
                pool.getThreadsAwaitingConnection(),
                settings.poolSize());
    }

    /** Something to ask the database by. */
    Probe probe() {
        Supplier<String> numbers = () -> stats().toString();
        PostgresSettings apart = settings.applicationName(settings.applicationName() + " health");
        return own == null
                ? new Probe(connections::getConnection, false, numbers)
                : new Probe(() -> Server.connect(apart), true, numbers);
    }

    /** A transaction of this tenant. */
    Link begin(String tenant) {
        return begin(APPLICATION_ROLE, tenant);
    }

    /** A transaction across tenants, for the system operations. */
    Link beginSystem() {
        return begin(SYSTEM_ROLE, "");
    }

    /** Ends the pool if it is ours; who still has a connection loses it. */
    @Override
    public void close() {
        holders.close();
        if (server != null) {
            server.close();
        }
        if (own != null) {
            own.close();
        }
    }

    private Link begin(String role, String tenant) {
        // A connection may have died in the pool. Nothing is done yet, so the next one can do it.
        for (int attempt = 1; ; attempt++) {
            Connection connection = acquired();
            try {
                prepare(connection);
                enter(connection, role, tenant);
                return new Link(connection, holders, own, events);
            } catch (SQLException failed) {
                events.failed(failed);
                discard(connection, failed);
                if (!Failures.isLost(failed) || attempt == 3 || isDown()) {
                    throw roleProblem(failed, role);
                }
            } catch (RuntimeException | Error failed) {
                discard(connection, null);
                throw failed;
            }
        }
    }

    private void enter(Connection connection, String role, String tenant) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(BEGIN)) {
            statement.setString(1, role);
            statement.setString(2, tenant);
            statement.setString(3, millis(settings.queryTimeout()));
            statement.setString(4, millis(settings.lockTimeout()));
            statement.setString(5, millis(settings.idleInTransaction()));
            statement.execute();
        }
    }

    private void prepare(Connection connection) throws SQLException {
        if (own == null) {
            connection.setAutoCommit(false);
        }
    }

    private Connection acquired() {
        long begun = System.nanoTime();
        try {
            return acquire();
        } finally {
            events.acquired(begun);
        }
    }

    private Connection acquire() {
        long deadline = System.nanoTime() + settings.acquireTimeout().toNanos();
        while (true) {
            if (isDown()) {
                throw down(server == null ? null : server.lastFailure());
            }
            try {
                return connections.getConnection();
            } catch (SQLTransientConnectionException timeout) {
                // Half a slice of tolerance, so that the last slice does not begin when the time is as good as over.
                long left = deadline - System.nanoTime();
                if (own == null || left < settings.acquireTimeout().toNanos() / 6) {
                    throw isDown() && server != null ? down(server.lastFailure()) : exhausted(timeout);
                }
            } catch (SQLException failed) {
                events.failed(failed);
                throw own != null && own.isClosed() ? closed(failed) : Failures.of(failed);
            }
        }
    }

    private RuntimeException down(@Nullable SQLException why) {
        if (why != null) {
            events.failed(why);
        }
        return Failures.unavailable(why);
    }

    private RuntimeException exhausted(SQLException timeout) {
        events.poolExhausted();
        String numbers = "";
        if (own != null) {
            HikariPoolMXBean pool = own.getHikariPoolMXBean();
            numbers = "active " + pool.getActiveConnections() + ", idle " + pool.getIdleConnections() + ", waiting "
                    + pool.getThreadsAwaitingConnection() + ", of at most " + settings.poolSize() + "; ";
        }
        return Failures.exhausted(
                numbers
                        + holders.longest()
                                .map(who -> "longest held for " + who)
                                .orElse("held by nobody known"),
                timeout);
    }

    private boolean isDown() {
        return server != null
                && own != null
                && server.isDown()
                && own.getHikariPoolMXBean().getIdleConnections() == 0;
    }

    private void discard(Connection connection, @Nullable SQLException why) {
        try {
            connection.rollback();
        } catch (SQLException alsoFailed) {
            LOG.debug("PostgreSQL: a connection that failed could not roll back", alsoFailed);
        }
        if (own != null && why != null && Failures.isLost(why)) {
            own.evictConnection(connection);
        }
        try {
            connection.close();
        } catch (SQLException alsoFailed) {
            LOG.debug("PostgreSQL: a connection that failed could not be closed", alsoFailed);
        }
    }

    private static RuntimeException roleProblem(SQLException failed, String role) {
        String state = Failures.state(failed);
        if (state.equals("42501") || state.equals("22023") || state.equals("42704")) {
            return new IllegalStateException(
                    "PostgreSQL: the user of the store may not become " + role
                            + ". Migrate first, as a user who may grant it, or run: GRANT devmesh_app, devmesh_system TO"
                            + " <that user>",
                    failed);
        }
        return Failures.of(failed);
    }

    static IllegalStateException closed(@Nullable Throwable cause) {
        return new IllegalStateException("The PostgreSQL store is closed. Close it only after what uses it.", cause);
    }

    private static String millis(Duration time) {
        return Long.toString(Math.max(1, time.toMillis()));
    }
}
