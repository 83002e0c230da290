package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.auth.Tenant;
import dev.devmesh.store.IdempotentAnswer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The table of answers kept for idempotency keys: whose they are, that there is one of each, and when they go. */
public abstract class IdempotencyContract extends StoreTestBase {

    private static final Duration LIFE = Duration.ofHours(24);

    @Test
    void underAKeyThatNobodyUsedThereIsNothing() {
        assertThat(find(ACME, "alice", "k")).isEmpty();
    }

    @Test
    void anAnswerComesBackAsItWasGiven() {
        IdempotentAnswer answer = new IdempotentAnswer(
                "alice",
                "k-1.~:/",
                "0".repeat(64),
                201,
                Map.of("Location", "/x/1", "ETag", "\"1\""),
                "{\"name\":\"\u00e9\u4e16\ud83d\ude00\"}",
                clock.instant().plus(LIFE));

        record(ACME, answer);

        assertThat(find(ACME, "alice", "k-1.~:/")).contains(answer);
    }

    @Test
    void aKeyIsItsCallersOwnWithinTheTenant() {
        record(ACME, answer("alice", "k", "1"));

        assertThat(find(ACME, "bob", "k")).isEmpty();
        assertThat(find(GLOBEX, "alice", "k")).isEmpty();
        record(ACME, answer("bob", "k", "2"));
        record(GLOBEX, answer("alice", "k", "3"));

        assertThat(find(ACME, "alice", "k")).map(IdempotentAnswer::body).contains("1");
        assertThat(find(ACME, "bob", "k")).map(IdempotentAnswer::body).contains("2");
        assertThat(find(GLOBEX, "alice", "k")).map(IdempotentAnswer::body).contains("3");
    }

    @Test
    void thereIsOneAnswerOfAKey() {
        record(ACME, answer("alice", "k", "1"));

        assertThatIllegalStateException().isThrownBy(() -> record(ACME, answer("alice", "k", "2")));

        assertThat(find(ACME, "alice", "k")).map(IdempotentAnswer::body).contains("1");
    }

    @Test
    void anExpiredAnswerIsAsIfItHadNeverBeen() {
        record(ACME, answer("alice", "k", "1"));

        clock.advance(LIFE.minusMillis(1));
        assertThat(find(ACME, "alice", "k")).isPresent();
        clock.advance(Duration.ofMillis(1));
        assertThat(find(ACME, "alice", "k")).isEmpty();

        record(ACME, answer("alice", "k", "2"));
        assertThat(find(ACME, "alice", "k")).map(IdempotentAnswer::body).contains("2");
    }

    @Test
    void purgingRemovesExpiredAnswersOfEveryTenant() {
        record(ACME, answer("alice", "k", "1"));
        record(GLOBEX, answer("george", "k", "2"));
        clock.advance(Duration.ofHours(1));
        record(ACME, answer("alice", "younger", "3"));

        assertThat(store.system().purge(clock.instant(), Instant.EPOCH)).isZero();
        clock.advance(LIFE.minusHours(1));
        assertThat(store.system().purge(clock.instant(), Instant.EPOCH)).isEqualTo(2);

        assertThat(find(ACME, "alice", "younger")).isPresent();
        assertThat(store.system().purge(clock.instant(), Instant.EPOCH)).isZero();
    }

    @Test
    void aRollbackLeavesNoTrace() {
        assertThatThrownBy(() -> store.inTransaction(ACME, tx -> {
                    tx.idempotency().lock("alice", "k", clock.instant());
                    tx.idempotency().record(answer("alice", "k", "1"), clock.instant());
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");

        assertThat(find(ACME, "alice", "k")).isEmpty();
    }

    @Test
    void ofManyAtTheSameTimeOneRecordsAndTheOthersSeeIt() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<String>> attempts = IntStream.range(0, 32)
                    .<Callable<String>>mapToObj(i -> () -> store.inTransaction(ACME, tx -> {
                        Optional<IdempotentAnswer> kept = tx.idempotency().lock("alice", "k", clock.instant());
                        if (kept.isPresent()) {
                            return kept.get().body();
                        }
                        tx.idempotency().record(answer("alice", "k", "by " + i), clock.instant());
                        return "by " + i;
                    }))
                    .toList();

            List<String> seen = threads.invokeAll(attempts).stream()
                    .map(IdempotencyContract::get)
                    .distinct()
                    .toList();

            assertThat(seen).hasSize(1);
        } finally {
            threads.shutdownNow();
        }
    }

    private static String get(Future<String> done) {
        try {
            return done.get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private IdempotentAnswer answer(String caller, String key, String body) {
        return new IdempotentAnswer(
                caller,
                key,
                "0".repeat(64),
                201,
                Map.of(),
                body,
                clock.instant().plus(LIFE));
    }

    private void record(Tenant tenant, IdempotentAnswer answer) {
        store.<Void>inTransaction(tenant, tx -> {
            tx.idempotency().lock(answer.caller(), answer.key(), clock.instant());
            tx.idempotency().record(answer, clock.instant());
            return null;
        });
    }

    private Optional<IdempotentAnswer> find(Tenant tenant, String caller, String key) {
        return store.inTransaction(tenant, tx -> tx.idempotency().lock(caller, key, clock.instant()));
    }
}
