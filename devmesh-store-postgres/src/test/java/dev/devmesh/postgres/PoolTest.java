package dev.devmesh.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.ApiKey;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.event.LogTrace;
import dev.devmesh.json.Json;
import dev.devmesh.queue.Job;
import dev.devmesh.queue.NewJob;
import dev.devmesh.store.StoreSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Connections: who waits for one, who holds one too long, and what a caller is told. */
final class PoolTest {

    private static final Tenant ACME = new Tenant("acme");

    private final TestPostgres.Database database = TestPostgres.migrated();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> new Thread(task, "keeper-thread"));
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void close() throws InterruptedException {
        release.countDown();
        threads.shutdown();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        database.close();
    }

    @Test
    void whoFindsNoConnectionIsToldTheNumbersAndWhoHasThem() throws Exception {
        PostgresSettings settings = database.settings().poolSize(2).acquireTimeout(Duration.ofSeconds(1));
        try (PostgresStore store = PostgresStore.open(settings)) {
            hold(store);
            Future<?> second = hold(store);
            long begun = System.nanoTime();

            MeshException refusal =
                    catchThrowableOfType(MeshException.class, () -> store.inTransaction(ACME, StoreSession::tenant));

            Duration waited = Duration.ofNanos(System.nanoTime() - begun);
            assertThat(refusal.code()).isEqualTo(ErrorCode.DATABASE_POOL_EXHAUSTED);
            assertThat(refusal.code().status()).isEqualTo(503);
            assertThat(refusal.retryAfter()).isPresent();
            assertThat(refusal)
                    .hasMessageContaining("active 2, idle 0, waiting 0, of at most 2")
                    .hasMessageContaining("longest held for")
                    .hasMessageContaining("GET /api/v1/contexts, thread keeper-thread")
                    .hasMessageContaining("trace a-trace");
            assertThat(waited).isBetween(Duration.ofMillis(800), Duration.ofMillis(1_500));
            release.countDown();
            second.get(5, TimeUnit.SECONDS);
            assertThat(store.<Tenant>inTransaction(ACME, StoreSession::tenant)).isEqualTo(ACME);
        }
    }

    @Test
    void whoHoldsAConnectionTooLongIsLoggedWithTheWayThere() throws Exception {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        Logger logger = (Logger) LoggerFactory.getLogger(Holders.class);
        logger.addAppender(log);
        PostgresSettings settings = database.settings().leakDetection(Duration.ofMillis(200));
        try (PostgresStore store = PostgresStore.open(settings)) {
            hold(store);

            await().atMost(Duration.ofSeconds(5)).until(() -> !log.list.isEmpty());

            ILoggingEvent line = log.list.get(0);
            assertThat(line.getFormattedMessage())
                    .contains("GET /api/v1/contexts, thread keeper-thread", "has held a connection for");
            assertThat(ThrowableProxyUtil.asString(line.getThrowableProxy()))
                    .contains("PoolTest.aRouteThatTakesItsTime");
        } finally {
            logger.detachAppender(log);
        }
    }

    @Test
    void aStatementThatTakesTooLongIsEndedAndTheUnitWithIt() {
        try (PostgresStore store = PostgresStore.open(database.settings().queryTimeout(Duration.ofMillis(300)))) {
            MeshException refusal = refused(store, session -> run(session, "SELECT pg_sleep(20)"));

            assertThat(refusal.code()).isEqualTo(ErrorCode.DATABASE_TIMEOUT);
            assertThat(database.query("SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                            + " AND query LIKE '%pg_sleep(20)%' AND state = 'active' AND pid <> pg_backend_pid()"))
                    .isEmpty();
        }
    }

    @Test
    void whoWaitsForALockTooLongIsToldToComeAgain() throws Exception {
        try (PostgresStore store = PostgresStore.open(database.settings().lockTimeout(Duration.ofMillis(200)))) {
            Job job = store.inTransaction(ACME, session -> session.jobs().enqueue(NewJob.of("q", "t", Map.of())));
            CountDownLatch locked = new CountDownLatch(1);
            threads.submit(() -> store.<Boolean>inTransaction(ACME, session -> {
                session.jobs().claim(job.id(), 1);
                locked.countDown();
                return aRouteThatTakesItsTime();
            }));
            locked.await();

            MeshException refusal = refused(store, session -> session.jobs().claim(job.id(), 2));

            assertThat(refusal.code()).isEqualTo(ErrorCode.DATABASE_BUSY);
            assertThat(refusal.retryAfter()).isPresent();
        }
    }

    @Test
    void aUnitThatDoesNothingForTooLongIsEndedByTheServer() {
        try (PostgresStore store = PostgresStore.open(database.settings().idleInTransaction(Duration.ofMillis(200)))) {
            MeshException refusal = refused(store, session -> {
                await().pollDelay(Duration.ofMillis(600)).until(() -> true);
                return session.jobs().find("job_1");
            });

            assertThat(refusal.code()).isEqualTo(ErrorCode.DATABASE_TIMEOUT);
            assertThat(store.<Tenant>inTransaction(ACME, StoreSession::tenant)).isEqualTo(ACME);
        }
    }

    @Test
    void aCharacterThatCannotBeStoredIsRefusedBeforeAnythingIsSent() {
        try (PostgresStore store = PostgresStore.open(database.settings())) {
            Job job = store.inTransaction(ACME, session -> {
                MeshException refusal = catchThrowableOfType(
                        MeshException.class, () -> session.keys().insert(key("nul \0")));
                assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_VALUE);
                assertThat(catchThrowableOfType(
                                        MeshException.class,
                                        () -> session.keys().insert(key("half \ud83d")))
                                .code())
                        .isEqualTo(ErrorCode.INVALID_VALUE);
                // Had it been sent, the transaction would be of no use any more.
                return session.jobs().enqueue(NewJob.of("q", "t", Map.of("escaped", "nul \0 in JSON")));
            });

            store.<Void>inTransaction(ACME, session -> {
                assertThat(session.keys().list(null, 10)).isEmpty();
                assertThat(session.jobs().find(job.id()).orElseThrow().payload())
                        .isEqualTo(Json.object().put("escaped", "nul \0 in JSON"));
                return null;
            });
        }
    }

    @Test
    void theSecretsOfSettingsAreNotShown() {
        PostgresSettings settings = PostgresSettings.of(
                        "postgres://bob:s3cr%40t@db1:5432,db2:5433/devmesh?sslmode=require")
                .owner("boss", "s3cr3t");

        assertThat(settings.url()).isEqualTo("jdbc:postgresql://db1:5432,db2:5433/devmesh?sslmode=require");
        assertThat(settings.user()).isEqualTo("bob");
        assertThat(settings.password()).isEqualTo("s3cr@t");
        assertThat(settings.toString()).doesNotContain("s3cr", "bob", "db1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PostgresSettings.of("mysql://bob:s3cr3t@db/x"))
                .withMessageNotContaining("s3cr3t");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        PostgresSettings.of("jdbc:postgresql://db/x?user=bob").user("eve", "s3cr3t"))
                .withMessageContaining("names a user")
                .withMessageNotContaining("s3cr3t");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PostgresSettings.of("postgres://bob:s3cr%t@db/x"))
                .withMessageNotContaining("s3cr");
    }

    @Test
    void aUserWhomTheServerDoesNotKnowIsToldSoWithoutSecrets() {
        assertThat(catchThrowableOfType(
                        RuntimeException.class,
                        () -> PostgresStore.open(database.settings().user("devmesh_test_missing", "s3cr3t"))))
                .isInstanceOf(IllegalStateException.class)
                .satisfies(failed -> assertThat(failed.getMessage()).doesNotContain("s3cr3t", "127.0.0.1"));
    }

    private Future<?> hold(PostgresStore store) throws InterruptedException {
        CountDownLatch held = new CountDownLatch(1);
        Future<?> holding = threads.submit(() -> {
            LogTrace log = LogTrace.begin("a-trace", "GET /api/v1/contexts");
            try {
                return store.<Boolean>inTransaction(ACME, session -> {
                    held.countDown();
                    return aRouteThatTakesItsTime();
                });
            } finally {
                log.end();
            }
        });
        held.await();
        return holding;
    }

    private boolean aRouteThatTakesItsTime() {
        try {
            return release.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private static MeshException refused(PostgresStore store, Function<StoreSession, Object> work) {
        MeshException refusal =
                catchThrowableOfType(MeshException.class, () -> store.<Object>inTransaction(ACME, work));
        assertThat(refusal).isNotNull();
        return refusal;
    }

    private static boolean run(StoreSession session, String sql) {
        try (Statement statement = session.unwrap(Connection.class).createStatement()) {
            return statement.execute(sql);
        } catch (SQLException e) {
            throw Failures.of(e);
        }
    }

    private static ApiKey key(String name) {
        return new ApiKey(
                "key_1",
                ACME,
                "",
                name,
                "0".repeat(64),
                Scopes.none(),
                "default",
                Instant.EPOCH,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }
}
