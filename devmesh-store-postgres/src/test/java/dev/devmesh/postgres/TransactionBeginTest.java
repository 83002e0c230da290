package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.devmesh.contract.JobStoreContract;
import dev.devmesh.contract.StoreContract;
import dev.devmesh.store.Store;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Every transaction begins with saying who works and for which tenant, and nothing runs outside one: here over a caller's
 * data source. All the other contract suites of this package are watched in the same way, over the store's own pool.
 */
final class TransactionBeginTest {

    @Nested
    final class OfStore extends StoreContract {
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
            watch.requireNoStrays();
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
