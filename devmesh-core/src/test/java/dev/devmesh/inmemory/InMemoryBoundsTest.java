package dev.devmesh.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.audit.AuditEntry;
import dev.devmesh.audit.AuditFilter;
import dev.devmesh.audit.AuditLog;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Item;
import dev.devmesh.context.NewContext;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.queue.Job;
import dev.devmesh.queue.NewJob;
import dev.devmesh.store.IdempotentAnswer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** A store in memory says that it is full before the heap is. */
final class InMemoryBoundsTest {

    private static final Tenant TENANT = new Tenant("acme");
    private static final Principal ALICE = Principal.administrator(TENANT, "alice");

    private final SettableClock clock = new SettableClock();
    private final InMemoryStore store =
            InMemoryStore.create(clock, new InMemoryBounds(2, 3, 1, 1, 2, 2, 2, 2, 2, 2, 1_000));
    private final Contexts contexts = Contexts.in(store, clock);

    @Test
    void contextsBeyondTheBoundAreRefusedUntilOneIsDeletedOrExpired() {
        String first = contexts.create(ALICE, NewContext.named("1")).id();
        contexts.create(ALICE, NewContext.named("2").expiresIn(Duration.ofSeconds(5)));

        full("2 contexts", () -> contexts.create(ALICE, NewContext.named("3")));

        contexts.delete(ALICE, first);
        contexts.create(ALICE, NewContext.named("3"));
        clock.advance(Duration.ofSeconds(5));
        contexts.create(ALICE, NewContext.named("4"));
        full("2 contexts", () -> contexts.create(ALICE, NewContext.named("5")));
    }

    @Test
    void itemsBeyondTheBoundAreRefusedAndTruncatedOnesMakeRoom() {
        String id = contexts.create(ALICE, NewContext.named("1").maxTokens(2)).id();
        contexts.append(ALICE, id, Item.user("a"), Item.user("b"));
        contexts.append(ALICE, id, Item.user("c"));
        contexts.append(ALICE, id, Item.user("d"));

        String other = contexts.create(ALICE, NewContext.named("2")).id();
        contexts.append(ALICE, other, Item.user("e"));
        full("3 items", () -> contexts.append(ALICE, other, Item.user("f")));

        contexts.delete(ALICE, id);
        contexts.append(ALICE, other, Item.user("f"), Item.user("g"));
    }

    @Test
    void charactersBeyondTheBoundAreRefusedAndCountedDownWhenTheyGo() {
        for (int i = 0; i < 10; i++) {
            String id = contexts.create(ALICE, NewContext.named("1")).id();
            contexts.append(ALICE, id, Item.user("x".repeat(900)));
            full("1000 characters", () -> contexts.append(ALICE, id, Item.user("y".repeat(100))));
            assertThat(contexts.items(ALICE, id, 0, 10)).hasSize(1);
            contexts.delete(ALICE, id);
        }
    }

    @Test
    void keysBeyondTheBoundAreRefused() {
        ApiKeys keys = ApiKeys.in(store, clock);
        keys.create(ALICE, KeySpec.named("1"));

        full("1 API keys", () -> keys.create(ALICE, KeySpec.named("2")));
    }

    @Test
    void jobsThatAreDoneMakeRoomForNewOnesAndOthersDoNot() {
        Job first = enqueue();
        Job second = enqueue();
        full("2 jobs", this::enqueue);

        complete(second);
        Job third = enqueue();
        assertThat(store.system().jobsToDeliver(Instant.MAX, 10)).containsExactly(first, third);
        full("2 jobs", this::enqueue);
    }

    @Test
    void sessionsWithNotesBeyondTheBoundAreRefusedUntilOneIsExpired() {
        note("s1", Duration.ofSeconds(5), Set.of());
        note("s2", Duration.ofSeconds(9), Set.of());

        full("2 sessions", () -> note("s3", Duration.ofSeconds(9), Set.of()));

        note("s2", Duration.ofSeconds(9), Set.of("a://b"));
        clock.advance(Duration.ofSeconds(5));
        note("s3", Duration.ofSeconds(9), Set.of());
        full("2 sessions", () -> note("s4", Duration.ofSeconds(9), Set.of()));
    }

    @Test
    void answersForIdempotencyKeysBeyondTheBoundAreRefusedUntilOneIsExpired() {
        keepAnswer("k1", Duration.ofSeconds(5), "");
        keepAnswer("k2", Duration.ofSeconds(9), "");

        full("2 answers", () -> keepAnswer("k3", Duration.ofSeconds(9), ""));

        clock.advance(Duration.ofSeconds(5));
        keepAnswer("k3", Duration.ofSeconds(9), "x".repeat(900));
        clock.advance(Duration.ofSeconds(9));
        keepAnswer("k4", Duration.ofSeconds(9), "x".repeat(50));
        keepAnswer("k5", Duration.ofSeconds(9), "x".repeat(900));
    }

    @Test
    void addressesOfSessionsCountAsCharactersForAsLongAsTheyAreKept() {
        for (int i = 0; i < 10; i++) {
            note("s1", Duration.ofSeconds(5), Set.of("x".repeat(900)));
            full("1000 characters", () -> note("s2", Duration.ofSeconds(5), Set.of("y".repeat(101))));
            note("s1", Duration.ofSeconds(5), Set.of("z".repeat(800)));
            note("s2", Duration.ofSeconds(5), Set.of("y".repeat(200)));
            clock.advance(Duration.ofSeconds(5));
            assertThat(store.system().purge(clock.instant(), Instant.EPOCH)).isEqualTo(2);
        }
    }

    @Test
    void aRefusalCaughtWithinAUnitLeavesTheUnitAsItWas() {
        String id = contexts.create(ALICE, NewContext.named("1")).id();
        store.inTransaction(TENANT, session -> {
            full("1000 characters", () -> session.jobs().enqueue(NewJob.of("q", "t", Map.of("x", "x".repeat(2_000)))));
            return session.jobs().enqueue(NewJob.of("q", "t", Map.of()));
        });

        assertThat(store.system().jobsToDeliver(Instant.MAX, 10)).hasSize(1);
        contexts.append(ALICE, id, Item.user("x".repeat(900)));
    }

    @Test
    void theOldestEntriesOfTheAuditLogMakeRoom() {
        for (String key : List.of("key_1", "key_2", "key_3")) {
            store.inTransaction(ALICE.tenant(), session -> {
                session.audit().append(AuditEntry.of(ALICE, "key.create", key, clock.instant()));
                return true;
            });
            clock.advance(Duration.ofSeconds(1));
        }

        assertThat(AuditLog.in(store).list(ALICE, AuditFilter.all(), "", 10).data())
                .extracting(AuditEntry::object)
                .containsExactly("key_3", "key_2");
    }

    @Test
    void aBoundIsAtLeastOne() {
        assertThatIllegalArgumentException().isThrownBy(() -> new InMemoryBounds(1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1));
    }

    private Job enqueue() {
        return store.inTransaction(TENANT, session -> session.jobs().enqueue(NewJob.of("q", "t", Map.of())));
    }

    private void keepAnswer(String key, Duration life, String body) {
        store.<Void>inTransaction(TENANT, unit -> {
            unit.idempotency().lock("c", key, clock.instant());
            unit.idempotency()
                    .record(
                            new IdempotentAnswer(
                                    "c",
                                    key,
                                    "0".repeat(64),
                                    201,
                                    Map.of(),
                                    body,
                                    clock.instant().plus(life)),
                            clock.instant());
            return null;
        });
    }

    private void note(String session, Duration life, Set<String> resources) {
        store.inTransaction(
                TENANT,
                unit -> unit.sessions()
                        .change(
                                session,
                                clock.instant(),
                                clock.instant().plus(life),
                                notes -> notes.withResources(resources)));
    }

    private void complete(Job job) {
        assertThat(store.<Boolean>inTransaction(
                        TENANT,
                        session -> session.jobs().claim(job.id(), 1)
                                && session.jobs().complete(job.id(), 1)))
                .isTrue();
    }

    private static void full(String bound, ThrowingCallable call) {
        MeshException refusal = catchThrowableOfType(MeshException.class, call);
        assertThat(refusal).isNotNull().hasMessageContaining(bound);
        assertThat(refusal.code()).isEqualTo(ErrorCode.OVERLOADED);
        assertThat(refusal.fix()).contains("PostgreSQL");
    }
}
