package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.auth.ApiKey;
import dev.devmesh.auth.KeyStanding;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Standing;
import dev.devmesh.auth.Tenant;
import dev.devmesh.context.Context;
import dev.devmesh.context.ContextFilter;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.EmbeddingState;
import dev.devmesh.context.Role;
import dev.devmesh.context.Search;
import dev.devmesh.json.Json;
import dev.devmesh.queue.Job;
import dev.devmesh.queue.NewJob;
import dev.devmesh.store.ErasureScope;
import dev.devmesh.store.Position;
import dev.devmesh.store.StoreSession;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Units of work: all of it or nothing, one tenant each, gone when they end. */
public abstract class StoreContract extends StoreTestBase {

    @Test
    void whatAUnitWroteIsThereWhenItHasEnded() {
        Context context = context(ACME, "ctx_1");
        ApiKey key = key(ACME, "key_1", "a1");

        Job job = store.inTransaction(ACME, session -> write(session, context, key));

        store.inTransaction(ACME, session -> {
            assertThat(session.contexts().find("ctx_1", clock.instant())).contains(context);
            assertThat(session.contexts().items("ctx_1", 0, 10)).hasSize(1);
            assertThat(session.keys().find("key_1")).contains(key);
            assertThat(session.jobs().find(job.id())).contains(job);
            return null;
        });
        assertThat(store.system().keyByHash(key.hash())).contains(new KeyStanding(key, Standing.good()));
        assertThat(store.system().keyById("key_1")).contains(new KeyStanding(key, Standing.good()));
        assertThat(store.system().jobsToDeliver(Instant.MAX, 10)).containsExactly(job);
    }

    @Test
    void aUnitThatThrowsLeavesNoTraceOfContextsKeysOrJobs() {
        RuntimeException boom = new IllegalArgumentException("boom");
        AtomicReference<Job> job = new AtomicReference<>();

        assertThatThrownBy(() -> store.inTransaction(ACME, session -> {
                    job.set(write(session, context(ACME, "ctx_1"), key(ACME, "key_1", "a1")));
                    throw boom;
                }))
                .isSameAs(boom);

        store.inTransaction(ACME, session -> {
            assertThat(session.contexts().find("ctx_1", clock.instant())).isEmpty();
            assertThat(session.contexts().items("ctx_1", 0, 10)).isEmpty();
            assertThat(session.keys().find("key_1")).isEmpty();
            assertThat(session.jobs().find(job.get().id())).isEmpty();
            assertThat(session.contexts().search(Search.text("hello"), clock.instant()))
                    .isEmpty();
            return null;
        });
        assertThat(store.system().keyByHash(hash("a1"))).isEmpty();
        assertThat(store.system().jobsToDeliver(Instant.MAX, 10)).isEmpty();
    }

    @Test
    void aRollbackRestoresWhatWasChangedAndDeleted() {
        Context before = context(ACME, "ctx_1");
        Job job = store.inTransaction(ACME, session -> write(session, before, key(ACME, "key_1", "a1")));

        assertThatThrownBy(() -> store.inTransaction(ACME, session -> {
                    session.contexts().lock("ctx_1", clock.instant());
                    session.contexts().truncate("ctx_1", Long.MAX_VALUE, 1);
                    session.contexts().delete("ctx_1");
                    session.jobs().claim(job.id(), 1);
                    session.jobs().complete(job.id(), 1);
                    session.keys()
                            .lock("key_1")
                            .map(key -> key.revoked(clock.instant()))
                            .ifPresent(session.keys()::update);
                    throw new IllegalArgumentException("boom");
                }))
                .hasMessage("boom");

        store.inTransaction(ACME, session -> {
            assertThat(session.contexts().find("ctx_1", clock.instant())).contains(before);
            assertThat(session.contexts().items("ctx_1", 0, 10)).hasSize(1);
            assertThat(session.keys().find("key_1").orElseThrow().revokedAt()).isEmpty();
            assertThat(session.jobs().claim(job.id(), 1)).isTrue();
            return null;
        });
    }

    @Test
    void aUnitSeesItsOwnWritesAndOthersSeeThemOnlyAfterwards() throws Exception {
        Context context = context(ACME, "ctx_1");
        store.inTransaction(ACME, session -> {
            session.contexts().insert(context);
            assertThat(session.contexts().find("ctx_1", clock.instant())).contains(context);

            Optional<Context> elsewhere = elsewhere(other -> other.contexts().find("ctx_1", clock.instant()));

            assertThat(elsewhere).isEmpty();
            return null;
        });
        Optional<Context> afterwards = elsewhere(other -> other.contexts().find("ctx_1", clock.instant()));
        assertThat(afterwards).contains(context);
    }

    @Test
    void anotherUnitThatLocksTheSameContextWaitsAndSeesWhatTheFirstCommitted() throws Exception {
        store.inTransaction(ACME, session -> insert(session, context(ACME, "ctx_1")));
        CountDownLatch wantsTheLock = new CountDownLatch(1);
        CompletableFuture<Context> second = new CompletableFuture<>();

        store.inTransaction(ACME, session -> {
            Context locked = session.contexts().lock("ctx_1", clock.instant()).orElseThrow();
            Thread thread = new Thread(() -> second.complete(store.inTransaction(ACME, other -> {
                wantsTheLock.countDown();
                return other.contexts().lock("ctx_1", clock.instant()).orElseThrow();
            })));
            thread.start();
            await(wantsTheLock);
            session.contexts().update(renamed(locked, "changed"));
            assertThat(second).isNotDone();
            return null;
        });

        assertThat(second.get(10, TimeUnit.SECONDS).name()).isEqualTo("changed");
    }

    @Test
    void tenantsNeverSeeEachOthersRows() {
        Context context = context(ACME, "ctx_1");
        Job job = store.inTransaction(ACME, session -> write(session, context, key(ACME, "key_1", "a1")));

        store.inTransaction(GLOBEX, session -> {
            Instant now = clock.instant();
            assertThat(session.tenant()).isEqualTo(GLOBEX);
            assertThat(session.contexts().find("ctx_1", now)).isEmpty();
            assertThat(session.contexts().lock("ctx_1", now)).isEmpty();
            assertThat(session.contexts().list(ContextFilter.all(), null, 10, now))
                    .isEmpty();
            assertThat(session.contexts().items("ctx_1", 0, 10)).isEmpty();
            assertThat(session.contexts().lastSeq("ctx_1")).isZero();
            assertThat(session.contexts().search(Search.text("hello"), now)).isEmpty();
            assertThat(session.contexts().search(Search.text("hello").in("ctx_1"), now))
                    .isEmpty();
            assertThat(session.contexts().delete("ctx_1")).isFalse();
            assertThat(session.erasure().count(new ErasureScope.OfTenant()))
                    .allSatisfy((kind, rows) -> assertThat(rows).isZero());
            assertThat(session.keys().find("key_1")).isEmpty();
            assertThat(session.keys().lock("key_1")).isEmpty();
            assertThat(session.keys().findByHash(hash("a1"))).isEmpty();
            assertThat(session.keys().list(null, 10)).isEmpty();
            assertThat(session.jobs().find(job.id())).isEmpty();
            assertThat(session.jobs().claim(job.id(), 1)).isFalse();
            assertThat(session.jobs().complete(job.id(), 1)).isFalse();
            assertThat(session.jobs().bury(job.id(), 1)).isFalse();
            assertThat(session.jobs().revive(job.id())).isFalse();
            return null;
        });
        assertThatIllegalStateException()
                .isThrownBy(() -> inGlobex(session -> session.contexts().append("ctx_1", List.of(item("ctx_1", 9)))));
        assertThatIllegalStateException()
                .isThrownBy(() -> inGlobex(session -> session.contexts().truncate("ctx_1", 9, 9)));
        assertThatIllegalStateException()
                .isThrownBy(() -> inGlobex(session -> session.contexts().compact("ctx_1", item("ctx_1", 1))));
        assertThatIllegalStateException()
                .isThrownBy(() -> inGlobex(session -> session.contexts().update(context)));
        assertThatIllegalStateException()
                .isThrownBy(() -> inGlobex(session -> session.keys().update(key(ACME, "key_1", "a1"))));
    }

    @Test
    void aUnitStoresOnlyWhatBelongsToItsTenant() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> inGlobex(session -> session.contexts().insert(context(ACME, "ctx_1"))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> inGlobex(session -> session.keys().insert(key(ACME, "key_1", "a1"))));
    }

    @Test
    void aUnitWithinAUnitIsRefusedAndTheOuterOneGoesOn() {
        store.inTransaction(ACME, session -> {
            assertThatIllegalStateException()
                    .isThrownBy(() -> store.inTransaction(GLOBEX, inner -> null))
                    .withMessageContaining("unit of work");
            assertThatIllegalStateException().isThrownBy(() -> store.system().purge(clock.instant(), clock.instant()));
            return insert(session, context(ACME, "ctx_1"));
        });

        assertThat(store.<Optional<Context>>inTransaction(
                        ACME, session -> session.contexts().find("ctx_1", clock.instant())))
                .isPresent();
    }

    @Test
    void aSessionIsOfNoUseOnceItsUnitHasEnded() {
        AtomicReference<StoreSession> kept = new AtomicReference<>();
        store.inTransaction(ACME, session -> {
            kept.set(session);
            return null;
        });
        assertDead(kept.get());

        assertThatThrownBy(() -> store.inTransaction(ACME, session -> {
                    kept.set(session);
                    throw new IllegalArgumentException("boom");
                }))
                .hasMessage("boom");
        assertDead(kept.get());
    }

    @Test
    void whatASessionHandedOutIsOfNoUseEither() {
        var contexts = store.inTransaction(ACME, StoreSession::contexts);
        var keys = store.inTransaction(ACME, StoreSession::keys);
        var jobs = store.inTransaction(ACME, StoreSession::jobs);

        assertThatIllegalStateException().isThrownBy(() -> contexts.find("ctx_1", clock.instant()));
        assertThatIllegalStateException().isThrownBy(() -> contexts.insert(context(ACME, "ctx_1")));
        assertThatIllegalStateException().isThrownBy(() -> keys.list(null, 1));
        assertThatIllegalStateException().isThrownBy(() -> jobs.enqueue(job()));
    }

    @Test
    void aSessionBelongsToTheThreadThatBeganIt() {
        store.inTransaction(ACME, session -> {
            assertThat(CompletableFuture.runAsync(session::contexts))
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableThat()
                    .withCauseInstanceOf(IllegalStateException.class);
            return null;
        });
    }

    @Test
    void aClosedStoreTakesNoMoreWork() {
        store.close();
        store.close();

        assertThatIllegalStateException().isThrownBy(() -> store.inTransaction(ACME, session -> null));
    }

    @Test
    void aHandleThatTheStoreDoesNotHaveIsRefused() {
        store.inTransaction(ACME, session -> {
            assertThatIllegalStateException().isThrownBy(() -> session.unwrap(StoreContract.class));
            return null;
        });
    }

    @Test
    void listenersHearOfNewJobsAfterTheCommitAndOnlyThen() {
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger deliverable = new AtomicInteger();
        store.onJobsEnqueued(() -> {
            calls.incrementAndGet();
            deliverable.set(store.system().jobsToDeliver(Instant.MAX, 10).size());
        });

        store.inTransaction(ACME, session -> insert(session, context(ACME, "ctx_1")));
        assertThat(calls).hasValue(0);

        assertThatThrownBy(() -> store.inTransaction(ACME, session -> {
                    session.jobs().enqueue(job());
                    throw new IllegalArgumentException("boom");
                }))
                .hasMessage("boom");
        assertThat(calls).hasValue(0);

        store.inTransaction(ACME, session -> {
            session.jobs().enqueue(job());
            session.jobs().enqueue(job());
            assertThat(calls).hasValue(0);
            return null;
        });
        assertThat(calls).hasValue(1);
        assertThat(deliverable).hasValue(2);
    }

    @Test
    void aListenerThatLeftHearsNothingMore() {
        AtomicInteger calls = new AtomicInteger();
        Runnable leave = store.onJobsEnqueued(calls::incrementAndGet);
        store.inTransaction(ACME, session -> session.jobs().enqueue(job()));

        leave.run();
        leave.run();
        store.inTransaction(ACME, session -> session.jobs().enqueue(job()));

        assertThat(calls).hasValue(1);
    }

    @Test
    void aListenerThatFailsDoesNotUndoTheCommit() {
        AtomicInteger calls = new AtomicInteger();
        store.onJobsEnqueued(() -> {
            throw new IllegalStateException("a listener that fails");
        });
        store.onJobsEnqueued(calls::incrementAndGet);

        Job job = store.inTransaction(ACME, session -> session.jobs().enqueue(job()));

        assertThat(calls).hasValue(1);
        assertThat(store.system().jobsToDeliver(Instant.MAX, 10)).containsExactly(job);
    }

    @Test
    void contextsAreListedNewestFirstFromAnyPlace() {
        for (int i = 0; i < 6; i++) {
            String id = "ctx_" + i;
            // Two at a time share an instant: their ids decide then.
            if (i % 2 == 0) {
                clock.advance(Duration.ofSeconds(1));
            }
            store.inTransaction(ACME, session -> insert(session, context(ACME, id)));
            store.inTransaction(GLOBEX, session -> insert(session, context(GLOBEX, "other" + id)));
        }
        store.inTransaction(ACME, session -> {
            List<Context> all = session.contexts().list(ContextFilter.all(), null, 10, clock.instant());
            assertThat(all)
                    .extracting(Context::id)
                    .containsExactly("ctx_5", "ctx_4", "ctx_3", "ctx_2", "ctx_1", "ctx_0");
            for (int i = 0; i < all.size(); i++) {
                Position place = new Position(all.get(i).createdAt(), all.get(i).id());
                assertThat(session.contexts().list(ContextFilter.all(), place, 10, clock.instant()))
                        .isEqualTo(all.subList(i + 1, all.size()));
            }
            assertThat(session.contexts().list(ContextFilter.all(), null, 2, clock.instant()))
                    .isEqualTo(all.subList(0, 2));
            return null;
        });
    }

    @Test
    void purgingRemovesWhatIsExpiredAndWhatWasDoneOfEveryTenant() {
        Instant expiry = clock.instant().plusSeconds(10);
        store.inTransaction(ACME, session -> insert(session, expiring(context(ACME, "ctx_1"), expiry)));
        store.inTransaction(GLOBEX, session -> insert(session, expiring(context(GLOBEX, "ctx_2"), expiry)));
        store.inTransaction(
                GLOBEX, session -> insert(session, expiring(context(GLOBEX, "ctx_3"), expiry.plusMillis(1))));
        store.inTransaction(GLOBEX, session -> insert(session, context(GLOBEX, "ctx_4")));
        Job done = store.inTransaction(ACME, session -> session.jobs().enqueue(job()));
        Job open = store.inTransaction(ACME, session -> session.jobs().enqueue(job()));
        store.inTransaction(
                ACME,
                session -> session.jobs().claim(done.id(), 1) && session.jobs().complete(done.id(), 1));

        assertThat(store.system().purge(expiry, clock.instant())).isEqualTo(2);
        assertThat(store.system().purge(expiry, clock.instant().plusMillis(1))).isEqualTo(1);
        assertThat(store.system().purge(expiry, clock.instant().plusMillis(1))).isZero();

        store.inTransaction(ACME, session -> {
            assertThat(session.jobs().find(done.id())).isEmpty();
            assertThat(session.jobs().find(open.id())).isPresent();
            return null;
        });
        store.inTransaction(GLOBEX, session -> {
            // Purged for good: not even a clock set back brings it back.
            assertThat(session.contexts().find("ctx_2", Instant.EPOCH)).isEmpty();
            assertThat(session.contexts().list(ContextFilter.all(), null, 10, Instant.EPOCH))
                    .extracting(Context::id)
                    .containsExactly("ctx_4", "ctx_3");
            return null;
        });
    }

    @Test
    void anIdIsTakenOnce() {
        store.inTransaction(ACME, session -> write(session, context(ACME, "ctx_1"), key(ACME, "key_1", "a1")));

        assertThatIllegalStateException()
                .isThrownBy(() -> store.inTransaction(ACME, session -> insert(session, context(ACME, "ctx_1"))));
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        store.inTransaction(ACME, session -> session.keys().insert(key(ACME, "key_1", "a2"))));
    }

    @Test
    void aSecretIsTakenOnceInTheWholeStore() {
        assertThat(store.<Boolean>inTransaction(ACME, session -> session.keys().insert(key(ACME, "key_1", "a1"))))
                .isTrue();
        assertThat(store.<Boolean>inTransaction(ACME, session -> session.keys().insert(key(ACME, "key_2", "a1"))))
                .isFalse();
        assertThat(store.<Boolean>inTransaction(
                        GLOBEX, session -> session.keys().insert(key(GLOBEX, "key_3", "a1"))))
                .isFalse();

        assertThat(store.system().keyByHash(hash("a1")))
                .map(found -> found.key().id())
                .contains("key_1");
    }

    @Test
    void theLatestUseOfAKeyIsKept() {
        store.inTransaction(ACME, session -> session.keys().insert(key(ACME, "key_1", "a1")));
        Instant late = clock.instant().plusSeconds(9);

        store.system().keyUsed("key_1", late);
        store.system().keyUsed("key_1", late.minusSeconds(5));
        store.system().keyUsed("key_unknown", late);

        assertThat(store.system().keyByHash(hash("a1")).orElseThrow().key().lastUsedAt())
                .contains(late);
        store.inTransaction(ACME, session -> {
            ApiKey key = session.keys().lock("key_1").orElseThrow();
            session.keys().update(key.revoked(late));
            assertThat(session.keys().list(null, 10))
                    .extracting(ApiKey::lastUsedAt)
                    .containsExactly(Optional.of(late));
            return null;
        });
    }

    @Test
    void itemsGoBehindThoseThereAreOnly() {
        store.inTransaction(ACME, session -> write(session, context(ACME, "ctx_1"), key(ACME, "key_1", "a1")));

        assertThatIllegalStateException()
                .isThrownBy(() -> store.inTransaction(ACME, session -> {
                    session.contexts().lock("ctx_1", clock.instant());
                    session.contexts().append("ctx_1", List.of(item("ctx_1", 1)));
                    return null;
                }));
    }

    private Job write(StoreSession session, Context context, ApiKey key) {
        session.contexts().insert(context);
        session.contexts().append(context.id(), List.of(item(context.id(), 1)));
        session.keys().insert(key);
        return session.jobs().enqueue(job());
    }

    private Context insert(StoreSession session, Context context) {
        session.contexts().insert(context);
        return context;
    }

    private void inGlobex(Consumer<StoreSession> work) {
        store.inTransaction(GLOBEX, session -> {
            work.accept(session);
            return null;
        });
    }

    private <T> T elsewhere(Function<StoreSession, T> work) {
        return CompletableFuture.supplyAsync(() -> store.<T>inTransaction(ACME, work))
                .join();
    }

    private static void assertDead(StoreSession session) {
        assertThatIllegalStateException().isThrownBy(session::tenant);
        assertThatIllegalStateException().isThrownBy(session::contexts);
        assertThatIllegalStateException().isThrownBy(session::keys);
        assertThatIllegalStateException().isThrownBy(session::jobs);
        assertThatIllegalStateException().isThrownBy(() -> session.unwrap(Object.class));
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private static NewJob job() {
        return NewJob.of("mail", "mail.send", Map.of("to", "bob"));
    }

    private Context context(Tenant tenant, String id) {
        Instant now = clock.instant();
        return new Context(id, tenant, "bot", "name", Json.object().put("k", 1), 3, 0, 1, now, now, Optional.empty());
    }

    private static Context renamed(Context context, String name) {
        return new Context(
                context.id(),
                context.tenant(),
                context.agent(),
                name,
                context.metadata(),
                context.tokenCount(),
                context.maxTokens(),
                context.version() + 1,
                context.createdAt(),
                context.updatedAt(),
                context.expiresAt());
    }

    private static Context expiring(Context context, Instant expiresAt) {
        return new Context(
                context.id(),
                context.tenant(),
                context.agent(),
                context.name(),
                context.metadata(),
                context.tokenCount(),
                context.maxTokens(),
                context.version(),
                context.createdAt(),
                context.updatedAt(),
                Optional.of(expiresAt));
    }

    private ContextItem item(String contextId, long seq) {
        return new ContextItem(
                "item_" + seq,
                contextId,
                seq,
                Role.USER,
                "hello there",
                3,
                Json.object(),
                false,
                EmbeddingState.PENDING,
                clock.instant());
    }

    private ApiKey key(Tenant tenant, String id, String secret) {
        return new ApiKey(
                id,
                tenant,
                "",
                "ci",
                hash(secret),
                Scopes.of("tools:execute", "contexts:read"),
                "default",
                clock.instant(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private static String hash(String secret) {
        return secret.repeat(32).substring(0, 64);
    }
}
