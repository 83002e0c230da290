package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.devmesh.contract.ApiKeysContract;
import dev.devmesh.contract.ContextsContract;
import dev.devmesh.contract.IdempotencyContract;
import dev.devmesh.contract.JobStoreContract;
import dev.devmesh.contract.SessionStoreContract;
import dev.devmesh.contract.StoreContract;
import dev.devmesh.contract.TaskContract;
import dev.devmesh.store.Store;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * All that the contracts ask of a store, over a caller's data source, while it is watched that every transaction begins
 * with saying who works and for which tenant, and that nothing runs outside one.
 */
final class TransactionBeginTest {

    private static final AtomicInteger STATEMENTS = new AtomicInteger();

    @AfterAll
    static void manyStatementsWereWatched() {
        assertThat(STATEMENTS).hasValueGreaterThan(1_000);
    }

    @Nested
    final class OfStore extends StoreContract {
        @Override
        protected Store open(Clock clock) {
            return watched(clock);
        }
    }

    @Nested
    final class OfContexts extends ContextsContract {
        @Override
        protected Store open(Clock clock) {
            return watched(clock);
        }
    }

    @Nested
    final class OfKeys extends ApiKeysContract {
        @Override
        protected Store open(Clock clock) {
            return watched(clock);
        }
    }

    @Nested
    final class OfJobs extends JobStoreContract {
        @Override
        protected Store open(Clock clock) {
            return watched(clock);
        }
    }

    @Nested
    final class OfTasks extends TaskContract {
        @Override
        protected Store open(Clock clock) {
            return watched(clock);
        }
    }

    @Nested
    final class OfSessions extends SessionStoreContract {
        @Override
        protected Store open(Clock clock) {
            return watched(clock);
        }
    }

    @Nested
    final class OfIdempotency extends IdempotencyContract {
        @Override
        protected Store open(Clock clock) {
            return watched(clock);
        }
    }

    @Test
    void aPathThatDoesNotSayWhoseItIsIsNoticed() throws SQLException {
        try (TestPostgres.Database database = TestPostgres.migrated();
                HikariDataSource pool = pool(database)) {
            StatementWatch watch = new StatementWatch(pool);
            watch.watch();
            try (Connection connection = watch.getConnection();
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.executeQuery("SELECT 1").close();
                connection.rollback();
            }

            assertThat(watch.strays()).containsExactly("SELECT 1");
        }
    }

    @Test
    void aCallersDataSourceIsNotClosedAndItsConnectionsComeBackAsTheyWere() throws SQLException {
        try (TestPostgres.Database database = TestPostgres.migrated();
                HikariDataSource pool = pool(database)) {
            PostgresStore.over(pool, database.settings(), Clock.systemUTC()).close();

            assertThat(pool.isClosed()).isFalse();
            try (Connection connection = pool.getConnection();
                    Statement statement = connection.createStatement()) {
                assertThat(connection.getAutoCommit()).isTrue();
                try (var row = statement.executeQuery("SELECT current_user::text = session_user::text")) {
                    row.next();
                    assertThat(row.getBoolean(1)).isTrue();
                }
            }
        }
    }

    private static Store watched(Clock clock) {
        TestPostgres.Database database = TestPostgres.migrated();
        HikariDataSource pool = pool(database);
        StatementWatch watch = new StatementWatch(pool);
        PostgresStore store = PostgresStore.over(watch, database.settings(), clock);
        watch.watch();
        return TestStores.closing(store, () -> {
            pool.close();
            database.close();
            STATEMENTS.addAndGet(watch.statements());
            assertThat(watch.strays())
                    .as("statements outside a tenant's transaction")
                    .isEmpty();
        });
    }

    /** As a caller has it: connections that commit by themselves. */
    private static HikariDataSource pool(TestPostgres.Database database) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(new Server(database.settings()));
        config.setMaximumPoolSize(10);
        config.setMinimumIdle(0);
        return new HikariDataSource(config);
    }
}
