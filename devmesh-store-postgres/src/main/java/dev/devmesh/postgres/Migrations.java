package dev.devmesh.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the schema {@code devmesh} of a database to what this version needs, or says how far it is from that.
 *
 * <ul>
 *   <li>One process at a time: the others wait for its advisory lock, and then find nothing to do.
 *   <li>Each migration is one transaction, together with its line in {@code devmesh.schema_history}: one that was cut
 *       off has not happened, and the next start does it.
 *   <li>What was applied must be what this version has: a checksum that differs, or a migration that this version does
 *       not know, is refused before anything is changed.
 * </ul>
 *
 * <p>Safe for use by many threads.
 */
public final class Migrations {

    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);

    /** The lock's number means nothing but this. */
    private static final long LOCK = 0x6465766d657368L;

    private static final Duration BETWEEN_TRIES = Duration.ofMillis(100);
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(5);

    private static final String HISTORY = """
            CREATE SCHEMA IF NOT EXISTS devmesh;
            GRANT USAGE ON SCHEMA devmesh TO PUBLIC;
            CREATE TABLE IF NOT EXISTS devmesh.schema_history (
                version    integer NOT NULL PRIMARY KEY,
                name       text NOT NULL,
                checksum   text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now(),
                took_ms    bigint NOT NULL
            );
            GRANT SELECT ON devmesh.schema_history TO PUBLIC;
            """;

    private final Opener opener;
    private final String worker;
    private final List<Migration> known;

    @FunctionalInterface
    interface Opener {
        Connection open() throws SQLException;
    }

    private Migrations(Opener opener, String worker, List<Migration> known) {
        this.opener = opener;
        this.worker = worker;
        this.known = List.copyOf(known);
    }

    /** The migrations of the database of these settings. */
    public static Migrations of(PostgresSettings settings) {
        return of(settings, Migration.all());
    }

    static Migrations of(PostgresSettings settings, List<Migration> known) {
        boolean separate =
                !settings.ownerUser().isEmpty() && !settings.ownerUser().equals(settings.user());
        return new Migrations(() -> Server.connectOwner(settings), separate ? settings.user() : "", known);
    }

    /** The migrations of the database that these connections lead to; the data source is not closed here. */
    public static Migrations over(DataSource connections) {
        return new Migrations(connections::getConnection, "", Migration.all());
    }

    /**
     * Applies what is missing.
     *
     * @return the names of the migrations that this call applied
     * @throws IllegalStateException if the schema is newer than this version, was changed by hand, or cannot be changed
     *     by this user
     * @throws dev.devmesh.MeshException with {@code DATABASE_UNAVAILABLE} if the database cannot be reached
     */
    public List<String> apply() {
        return connected(connection -> {
            if (pending(connection).isEmpty()) {
                return List.of();
            }
            giveUpWithTheClient(connection);
            lock(connection);
            try {
                return applyPending(connection);
            } finally {
                unlock(connection);
            }
        });
    }

    /**
     * What keeps this version from working with the database, in sentences; empty if nothing does. Changes nothing.
     *
     * @throws dev.devmesh.MeshException with {@code DATABASE_UNAVAILABLE} if the database cannot be reached
     */
    public List<String> problems() {
        return connected(connection -> {
            Map<Integer, Applied> applied = applied(connection);
            List<String> problems = new ArrayList<>(conflicts(applied));
            missing(applied).forEach(migration -> problems.add("Migration " + migration.name() + " is not applied."));
            return problems;
        });
    }

    /**
     * The SQL that {@link #apply} would run, empty if there is nothing to do. Changes nothing.
     *
     * @throws IllegalStateException where {@link #apply} would throw it for the state of the schema
     * @throws dev.devmesh.MeshException with {@code DATABASE_UNAVAILABLE} if the database cannot be reached
     */
    public String sql() {
        return connected(connection -> {
            List<Migration> pending = pending(connection);
            if (pending.isEmpty()) {
                return "";
            }
            StringBuilder all = new StringBuilder(Roles.sql(worker)).append(HISTORY);
            for (Migration migration : pending) {
                all.append("\n-- ")
                        .append(migration.name())
                        .append("\nBEGIN;\n")
                        .append(migration.sql());
                all.append("INSERT INTO devmesh.schema_history (version, name, checksum, took_ms) VALUES (")
                        .append(migration.version())
                        .append(", '")
                        .append(migration.name())
                        .append("', '")
                        .append(migration.checksum())
                        .append("', 0);\nCOMMIT;\n");
            }
            return all.toString();
        });
    }

    /** Makes the index unless it is there as it should be. */
    void make(VectorIndex index) {
        this.<Boolean>connected(connection -> {
            if (!index.isSettled(connection)) {
                giveUpWithTheClient(connection);
                lock(connection);
                try {
                    index.make(connection);
                } finally {
                    unlock(connection);
                }
            }
            return true;
        });
    }

    /** Refuses a schema that is not what this version needs. */
    void requireCurrent() {
        List<String> problems = problems();
        if (!problems.isEmpty()) {
            throw new IllegalStateException("PostgreSQL: " + String.join(" ", problems)
                    + " Migrate with a version of DevMesh that fits, or let opening the store do it.");
        }
    }

    /**
     * Runs {@code work} while no other process migrates, or runs work by this method: for what the first process to come
     * does for all. Waits its turn.
     *
     * @throws dev.devmesh.MeshException with {@code DATABASE_UNAVAILABLE} if the database cannot be reached
     */
    public <T> T alone(Supplier<T> work) {
        return connected(connection -> {
            lock(connection);
            try {
                return work.get();
            } finally {
                unlock(connection);
            }
        });
    }

    private List<String> applyPending(Connection connection) throws SQLException {
        List<Migration> pending = pending(connection);
        if (pending.isEmpty()) {
            return List.of();
        }
        Roles.ensure(connection, worker);
        try (Statement statement = connection.createStatement()) {
            statement.execute(HISTORY);
        }
        List<String> names = new ArrayList<>();
        for (Migration migration : pending) {
            apply(connection, migration);
            names.add(migration.name());
        }
        return names;
    }

    private static void apply(Connection connection, Migration migration) throws SQLException {
        long start = System.nanoTime();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            // Rather fail, and be tried again, than make every reader of a table queue up behind this.
            statement.execute("SET LOCAL lock_timeout = '3s'");
            statement.execute(migration.sql());
            record(connection, migration, Duration.ofNanos(System.nanoTime() - start));
            connection.commit();
            LOG.info("PostgreSQL: applied {}", migration.name());
        } catch (SQLException failed) {
            connection.rollback();
            throw failed;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    private static void record(Connection connection, Migration migration, Duration took) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO devmesh.schema_history (version, name, checksum, took_ms) VALUES (?, ?, ?, ?)")) {
            statement.setInt(1, migration.version());
            statement.setString(2, migration.name());
            statement.setString(3, migration.checksum());
            statement.setLong(4, took.toMillis());
            statement.executeUpdate();
        }
    }

    private List<Migration> pending(Connection connection) throws SQLException {
        Map<Integer, Applied> applied = applied(connection);
        List<String> conflicts = conflicts(applied);
        if (!conflicts.isEmpty()) {
            throw new IllegalStateException("PostgreSQL: " + String.join(" ", conflicts));
        }
        return missing(applied);
    }

    private List<Migration> missing(Map<Integer, Applied> applied) {
        return known.stream()
                .filter(migration -> !applied.containsKey(migration.version()))
                .toList();
    }

    private List<String> conflicts(Map<Integer, Applied> applied) {
        List<String> conflicts = new ArrayList<>();
        int newest =
                applied.keySet().stream().mapToInt(version -> version).max().orElse(0);
        if (newest > known.size()) {
            conflicts.add("The schema is at version " + newest + ", and this program knows versions up to "
                    + known.size() + ". Run a newer version of DevMesh, or restore the database from before.");
        }
        for (Migration migration : known) {
            Applied there = applied.get(migration.version());
            if (there != null && !there.checksum().equals(migration.checksum())) {
                conflicts.add("Migration " + there.name() + " was applied with another text (checksum "
                        + there.checksum() + ") than this program has (" + migration.checksum()
                        + "). Run the version of DevMesh that applied it; an applied migration must not be edited.");
            }
        }
        return conflicts;
    }

    private record Applied(String name, String checksum) {}

    private static Map<Integer, Applied> applied(Connection connection) throws SQLException {
        Map<Integer, Applied> applied = new TreeMap<>();
        try (Statement statement = connection.createStatement()) {
            try (ResultSet there = statement.executeQuery(
                    "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = 'devmesh' AND tablename = 'schema_history'")) {
                if (!there.next()) {
                    return applied;
                }
            }
            try (ResultSet rows =
                    statement.executeQuery("SELECT version, name, checksum FROM devmesh.schema_history")) {
                while (rows.next()) {
                    applied.put(
                            rows.getInt("version"), new Applied(rows.getString("name"), rows.getString("checksum")));
                }
            }
        }
        return applied;
    }

    /** Else the server goes on with a long statement, and keeps the lock, after this process was killed. */
    private static void giveUpWithTheClient(Connection connection) {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET client_connection_check_interval = '1s'");
        } catch (SQLException unknown) {
            LOG.debug("PostgreSQL: this server cannot notice that a client has gone", unknown);
        }
    }

    private static void lock(Connection connection) throws SQLException {
        long begun = System.nanoTime();
        long told = begun;
        while (!ask(connection, "SELECT pg_try_advisory_lock(?)")) {
            if (System.nanoTime() - told > BETWEEN_LINES.toNanos()) {
                told = System.nanoTime();
                LOG.info(
                        "PostgreSQL: waiting since {} s for another process to migrate the schema",
                        TimeUnit.NANOSECONDS.toSeconds(told - begun));
            }
            try {
                TimeUnit.NANOSECONDS.sleep(BETWEEN_TRIES.toNanos());
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(
                        "PostgreSQL: interrupted while waiting for another process to migrate; start again",
                        interrupted);
            }
        }
    }

    private static void unlock(Connection connection) {
        try {
            ask(connection, "SELECT pg_advisory_unlock(?)");
        } catch (SQLException lost) {
            // The server gives the lock up with the connection.
            LOG.debug("PostgreSQL: the connection was lost while migrating", lost);
        }
    }

    private static boolean ask(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, LOCK);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private interface Work<T> {
        T with(Connection connection) throws SQLException;
    }

    private <T> T connected(Work<T> work) {
        try (Connection connection = opener.open()) {
            boolean before = connection.getAutoCommit();
            connection.setAutoCommit(true);
            try {
                return work.with(connection);
            } finally {
                if (!connection.isClosed() && !before) {
                    connection.setAutoCommit(false);
                }
            }
        } catch (SQLException failed) {
            throw problem(failed);
        }
    }

    private static RuntimeException problem(SQLException failed) {
        String state = Failures.state(failed);
        if (state.equals("42501")) {
            return new IllegalStateException(
                    "PostgreSQL: this user may not migrate the schema. Give it CREATE on the database, or name one that"
                            + " may with PostgresSettings.owner.",
                    failed);
        }
        if (state.startsWith("28") || state.equals("3D000")) {
            return new IllegalStateException(
                    "PostgreSQL: the user, the password or the name of the database is wrong (SQLSTATE " + state + ").",
                    failed);
        }
        return Failures.of(failed);
    }
}
