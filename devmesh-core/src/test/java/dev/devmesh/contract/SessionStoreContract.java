package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.auth.Tenant;
import dev.devmesh.call.LogLevel;
import dev.devmesh.store.SessionNotes;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The table of what is noted of sessions: whose it is, how it changes, and when it goes. */
public abstract class SessionStoreContract extends StoreTestBase {

    private static final Duration LIFE = Duration.ofHours(24);

    @Test
    void ofASessionThatNothingIsNotedOfNothingIsFound() {
        assertThat(find(ACME, "s1")).isEmpty();
    }

    @Test
    void theFirstChangeStartsFromNothing() {
        change(ACME, "s1", notes -> {
            assertThat(notes).isEqualTo(SessionNotes.none("s1", clock.instant().plus(LIFE)));
            return notes.withLevel(LogLevel.WARNING);
        });

        assertThat(find(ACME, "s1"))
                .contains(SessionNotes.none("s1", clock.instant().plus(LIFE)).withLevel(LogLevel.WARNING));
    }

    @Test
    void notesComeBackAsTheyWereGiven() {
        Set<String> resources = Set.of("test://a", "test://b?c=%20d", "test://\u00e9\u4e16\ud83d\ude00");

        SessionNotes given =
                change(ACME, "s1", notes -> notes.withLevel(LogLevel.EMERGENCY).withResources(resources));

        assertThat(given.level()).contains(LogLevel.EMERGENCY);
        assertThat(given.resources()).isEqualTo(resources);
        assertThat(given.deleted()).isFalse();
        assertThat(find(ACME, "s1")).contains(given);
    }

    @Test
    void everyLevelIsKept() {
        for (LogLevel level : LogLevel.values()) {
            change(ACME, "s1", notes -> notes.withLevel(level));

            assertThat(find(ACME, "s1").orElseThrow().level()).contains(level);
        }
    }

    @Test
    void aLaterChangeSeesTheEarlierOneAndTheExpiryStaysThatOfTheFirst() {
        Instant expiresAt = clock.instant().plus(LIFE);
        change(ACME, "s1", notes -> notes.withLevel(LogLevel.DEBUG));
        clock.advance(Duration.ofHours(1));

        SessionNotes second = change(ACME, "s1", notes -> notes.withResources(Set.of("test://a")));

        assertThat(second.level()).contains(LogLevel.DEBUG);
        assertThat(second.expiresAt()).isEqualTo(expiresAt);
        assertThat(change(ACME, "s1", notes -> notes.withResources(Set.of())).resources())
                .isEmpty();
    }

    @Test
    void anEndedSessionStaysEnded() {
        change(ACME, "s1", notes -> notes.withLevel(LogLevel.DEBUG).withResources(Set.of("test://a")));

        change(ACME, "s1", SessionNotes::ended);

        SessionNotes ended = find(ACME, "s1").orElseThrow();
        assertThat(ended.deleted()).isTrue();
        assertThat(ended.resources()).isEmpty();
        assertThat(ended.level()).isEmpty();
    }

    @Test
    void anIdBelongsToItsTenantOnly() {
        change(ACME, "s1", SessionNotes::ended);

        assertThat(find(GLOBEX, "s1")).isEmpty();
        change(GLOBEX, "s1", notes -> {
            assertThat(notes.deleted()).isFalse();
            return notes.withLevel(LogLevel.ERROR);
        });

        assertThat(find(ACME, "s1").orElseThrow().deleted()).isTrue();
        assertThat(find(GLOBEX, "s1").orElseThrow().deleted()).isFalse();
    }

    @Test
    void neitherIdNorExpiryCanBeChanged() {
        SessionNotes before = change(ACME, "s1", notes -> notes.withLevel(LogLevel.INFO));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> change(ACME, "s1", notes -> SessionNotes.none("s2", notes.expiresAt())));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> change(
                        ACME,
                        "s1",
                        notes -> SessionNotes.none("s1", notes.expiresAt().plusSeconds(1))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> change(ACME, "s2", notes -> SessionNotes.none("s1", notes.expiresAt())));

        assertThat(find(ACME, "s1")).contains(before);
        assertThat(find(ACME, "s2")).isEmpty();
    }

    @Test
    void notesOfAnExpiredSessionAreAsIfTheyHadNeverBeen() {
        change(ACME, "s1", SessionNotes::ended);

        clock.advance(LIFE.minusNanos(1_000));
        assertThat(find(ACME, "s1")).isPresent();
        clock.advance(Duration.ofNanos(1_000));
        assertThat(find(ACME, "s1")).isEmpty();

        SessionNotes anew = change(ACME, "s1", UnaryOperator.identity());
        assertThat(anew).isEqualTo(SessionNotes.none("s1", clock.instant().plus(LIFE)));
        assertThat(find(ACME, "s1")).contains(anew);
    }

    @Test
    void purgingRemovesNotesOfExpiredSessionsOfEveryTenant() {
        change(ACME, "s1", SessionNotes::ended);
        change(GLOBEX, "s1", notes -> notes.withResources(Set.of("test://a")));
        clock.advance(Duration.ofHours(1));
        SessionNotes younger = change(ACME, "s2", notes -> notes.withLevel(LogLevel.INFO));

        assertThat(store.system().purge(clock.instant(), Instant.EPOCH)).isZero();
        clock.advance(LIFE.minusHours(1));
        assertThat(store.system().purge(clock.instant(), Instant.EPOCH)).isEqualTo(2);

        assertThat(find(ACME, "s2")).contains(younger);
        assertThat(store.system().purge(clock.instant(), Instant.EPOCH)).isZero();
    }

    @Test
    void aRollbackLeavesNoTrace() {
        SessionNotes before = change(ACME, "s1", notes -> notes.withLevel(LogLevel.INFO));

        assertThatThrownBy(() -> store.inTransaction(ACME, tx -> {
                    Instant now = clock.instant();
                    tx.sessions().change("s1", now, now.plus(LIFE), SessionNotes::ended);
                    tx.sessions().change("s2", now, now.plus(LIFE), SessionNotes::ended);
                    assertThat(tx.sessions().find("s1", now).orElseThrow().deleted())
                            .isTrue();
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");

        assertThat(find(ACME, "s1")).contains(before);
        assertThat(find(ACME, "s2")).isEmpty();
    }

    @Test
    void aChangeThatFailsLeavesTheUnitAsItWas() {
        SessionNotes before = change(ACME, "s1", notes -> notes.withLevel(LogLevel.INFO));

        store.inTransaction(ACME, tx -> {
            Instant now = clock.instant();
            assertThatThrownBy(() -> tx.sessions().change("s1", now, now.plus(LIFE), notes -> {
                        throw new IllegalStateException("no");
                    }))
                    .hasMessage("no");
            return tx.sessions().change("s2", now, now.plus(LIFE), SessionNotes::ended);
        });

        assertThat(find(ACME, "s1")).contains(before);
        assertThat(find(ACME, "s2")).isPresent();
    }

    @Test
    void changesOfOneSessionComeOneAfterTheOther() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<SessionNotes>> subscriptions = IntStream.range(0, 32)
                    .<Callable<SessionNotes>>mapToObj(i -> () -> change(ACME, "s1", notes -> {
                        Set<String> resources = new HashSet<>(notes.resources());
                        resources.add("test://" + i);
                        return notes.withResources(resources);
                    }))
                    .toList();

            for (Future<SessionNotes> done : threads.invokeAll(subscriptions)) {
                assertThat(done.get().resources()).isNotEmpty();
            }

            assertThat(find(ACME, "s1").orElseThrow().resources()).hasSize(32);
        } finally {
            threads.shutdownNow();
        }
    }

    private SessionNotes change(Tenant tenant, String id, UnaryOperator<SessionNotes> change) {
        Instant now = clock.instant();
        return store.inTransaction(tenant, tx -> tx.sessions().change(id, now, now.plus(LIFE), change));
    }

    private Optional<SessionNotes> find(Tenant tenant, String id) {
        return store.inTransaction(tenant, tx -> tx.sessions().find(id, clock.instant()));
    }
}
