package dev.devmesh.postgres;

import com.zaxxer.hikari.HikariDataSource;
import dev.devmesh.text.Utf8;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection within one transaction, and the few forms of statement that the store needs. Every text is checked
 * before it is sent, and every error of the database becomes one that callers may see.
 *
 * <p>Confined to the thread that began it, which also closes it.
 */
final class Link implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Link.class);

    private final Connection connection;
    private final Holders holders;
    private final Holders.Holder holder;
    private final @Nullable HikariDataSource pool;
    private final Events events;
    private final long begun = System.nanoTime();
    private boolean lost;
    private boolean committed;

    Link(Connection connection, Holders holders, @Nullable HikariDataSource pool, Events events) {
        this.connection = connection;
        this.holders = holders;
        this.holder = holders.begin();
        this.pool = pool;
        this.events = events;
    }

    /** Makes a value of a row. */
    @FunctionalInterface
    interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Takes rows until it has enough. */
    @FunctionalInterface
    interface Taker {
        boolean wantsMore(ResultSet row) throws SQLException;
    }

    /**
     * How an attempt ended.
     *
     * @param changed how many rows it changed
     * @param violated the rule of uniqueness that it would have broken, by the name of its index
     */
    record Attempt(int changed, Optional<String> violated) {}

    Connection connection() {
        return connection;
    }

    /** All rows. */
    <T> List<T> list(String sql, Reader<T> reader, @Nullable Object... values) {
        try (PreparedStatement statement = statement(sql, values);
                ResultSet rows = timed(statement::executeQuery)) {
            List<T> all = new ArrayList<>();
            while (rows.next()) {
                all.add(reader.read(rows));
            }
            return all;
        } catch (SQLException failed) {
            throw failure(failed);
        }
    }

    /** The only row, if there is one. */
    <T> Optional<T> find(String sql, Reader<T> reader, @Nullable Object... values) {
        List<T> rows = list(sql, reader, values);
        return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(0));
    }

    /** Rows as they come, a few hundred at a time, until one is enough. */
    void take(String sql, Taker taker, @Nullable Object... values) {
        try (PreparedStatement statement = statement(sql, values)) {
            statement.setFetchSize(200);
            try (ResultSet rows = timed(statement::executeQuery)) {
                while (rows.next() && taker.wantsMore(rows)) {
                    // The taker does what there is to do.
                }
            }
        } catch (SQLException failed) {
            throw failure(failed);
        }
    }

    /** How many rows it changed. */
    int change(String sql, @Nullable Object... values) {
        try (PreparedStatement statement = statement(sql, values)) {
            return timed(statement::executeUpdate);
        } catch (SQLException failed) {
            throw failure(failed);
        }
    }

    /** The same statement for each of these, in one go. */
    void changeEach(String sql, List<@Nullable Object[]> all) {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (@Nullable Object[] values : all) {
                bind(statement, values);
                statement.addBatch();
            }
            timed(statement::executeBatch);
        } catch (SQLException failed) {
            throw failure(failed);
        }
    }

    /** Something that may break a rule of uniqueness and then leaves no trace. */
    Attempt attempt(String sql, @Nullable Object... values) {
        try (PreparedStatement statement = statement(sql, values)) {
            var before = connection.setSavepoint();
            try {
                int changed = timed(statement::executeUpdate);
                connection.releaseSavepoint(before);
                return new Attempt(changed, Optional.empty());
            } catch (SQLException failed) {
                if (!Failures.state(failed).equals("23505")) {
                    throw failed;
                }
                connection.rollback(before);
                return new Attempt(0, Optional.of(Failures.constraint(failed)));
            }
        } catch (SQLException failed) {
            throw failure(failed);
        }
    }

    void commit() {
        try {
            connection.commit();
            committed = true;
        } catch (SQLException failed) {
            events.failed(failed);
            lost |= Failures.isLost(failed);
            boolean isUnknown = Failures.isLost(failed) && !Failures.isIdleTooLong(failed);
            throw isUnknown ? Failures.unknownOutcome(failed) : Failures.of(failed);
        }
    }

    /** Rolls back unless it committed, and gives the connection back. */
    @Override
    public void close() {
        holders.end(holder);
        events.transactionEnded(committed, Duration.ofNanos(System.nanoTime() - begun));
        try {
            if (!committed) {
                connection.rollback();
            }
        } catch (SQLException failed) {
            LOG.debug("PostgreSQL: a connection could not roll back and is given up", failed);
            lost = true;
        }
        if (lost && pool != null) {
            pool.evictConnection(connection);
        }
        try {
            connection.close();
        } catch (SQLException failed) {
            LOG.debug("PostgreSQL: a connection could not be given back", failed);
        }
    }

    /** Sends a statement. */
    @FunctionalInterface
    private interface Sending<T> {
        T send() throws SQLException;
    }

    private <T> T timed(Sending<T> statement) throws SQLException {
        long sent = System.nanoTime();
        try {
            return statement.send();
        } finally {
            events.statementEnded(sent);
        }
    }

    private RuntimeException failure(SQLException failed) {
        events.failed(failed);
        lost |= Failures.isLost(failed);
        return Failures.of(failed);
    }

    private PreparedStatement statement(String sql, @Nullable Object[] values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            bind(statement, values);
            return statement;
        } catch (SQLException | RuntimeException failed) {
            statement.close();
            throw failed;
        }
    }

    private void bind(PreparedStatement statement, @Nullable Object[] values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            if (value instanceof String text) {
                statement.setString(i + 1, storable(text));
            } else if (value instanceof Instant time) {
                statement.setObject(i + 1, Times.toSql(time));
            } else if (value instanceof String[] texts) {
                for (String text : texts) {
                    storable(text);
                }
                statement.setArray(i + 1, connection.createArrayOf("text", texts));
            } else if (value instanceof UUID[] uuids) {
                statement.setArray(i + 1, connection.createArrayOf("uuid", uuids));
            } else if (value instanceof float[] numbers) {
                statement.setArray(i + 1, connection.createArrayOf("float4", boxed(numbers)));
            } else {
                statement.setObject(i + 1, value);
            }
        }
    }

    private static Float[] boxed(float[] numbers) {
        Float[] boxed = new Float[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            boxed[i] = numbers[i];
        }
        return boxed;
    }

    private static String storable(String text) {
        if (!Utf8.isStorable(text)) {
            throw Failures.unstorable(null);
        }
        return text;
    }
}
