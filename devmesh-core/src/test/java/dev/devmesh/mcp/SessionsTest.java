package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.Revision;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.LogLevel;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.seal.Seals;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.store.SystemStore;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionsTest {

    private static final Handshake AGREED = new Handshake(Revision.V2025_11_25, Set.of());
    private static final Principal ANN = Principal.of(new Tenant("acme"), "ann");

    private final SettableClock clock = new SettableClock();
    private final Store memory = InMemoryStore.create(clock);
    private final ReplayBudget budget = new ReplayBudget(1 << 20);
    private final Sessions sessions = sessions(memory);

    @AfterEach
    void close() {
        memory.close();
    }

    private Sessions sessions(Store store) {
        return new Sessions(
                Seals.of("a secret of these tests, long enough").forPurpose("session"),
                Duration.ofHours(24),
                new SessionNotebook(store, clock, new Elsewhere()),
                budget,
                clock);
    }

    /** A store that may wait, and counts how often it is asked. */
    private record Remote(Store store, AtomicInteger asked) implements Store {

        @Override
        public boolean blocking() {
            return true;
        }

        @Override
        public <T> T inTransaction(Tenant tenant, Function<? super StoreSession, ? extends T> work) {
            asked.incrementAndGet();
            return store.inTransaction(tenant, work);
        }

        @Override
        public SystemStore system() {
            return store.system();
        }

        @Override
        public Runnable onJobsEnqueued(Runnable listener) {
            return store.onJobsEnqueued(listener);
        }

        @Override
        public Runnable onItemsAppended(Runnable listener) {
            return store.onItemsAppended(listener);
        }

        @Override
        public void close() {}
    }

    @Test
    void nothingIsInTheStoreBeforeItIsAskedFor() {
        String token = sessions.begin(AGREED, ANN);
        sessions.find(token, ANN);

        assertThat(memory.system().purge(clock.instant().plus(Duration.ofDays(2)), clock.instant()))
                .isZero();
    }

    @Test
    void aStoreThatMayWaitIsAskedOnceInAWhileAndToldAtOnce() {
        AtomicInteger asked = new AtomicInteger();
        Sessions here = sessions(new Remote(memory, asked));
        Sessions there = sessions(new Remote(memory, new AtomicInteger()));
        String token = here.begin(AGREED, ANN);
        for (int i = 0; i < 10; i++) {
            here.find(token, ANN);
        }
        assertThat(asked).hasValue(1);

        there.find(token, ANN).level(LogLevel.ERROR);
        assertThat(here.find(token, ANN).level()).isEqualTo(LogLevel.INFO);
        here.find(token, ANN).level(LogLevel.INFO);
        clock.advance(SessionNotebook.FRESH);
        assertThat(there.find(token, ANN).level())
                .as("what was said last counts, though it was no news to who heard it")
                .isEqualTo(LogLevel.INFO);
        there.end(token, there.find(token, ANN));
        assertThatThrownBy(() -> here.find(token, ANN).level(LogLevel.DEBUG)).isInstanceOf(McpError.class);
        clock.advance(SessionNotebook.FRESH);
        assertThatThrownBy(() -> here.find(token, ANN))
                .isInstanceOfSatisfying(
                        McpError.class, gone -> assertThat(gone.status()).isEqualTo(404));
    }

    @Test
    void soManySessionsMayBeAtWorkAtOnce() {
        for (int i = 0; i < Sessions.MOST; i++) {
            sessions.find(sessions.begin(AGREED, ANN), ANN);
        }
        String one = sessions.begin(AGREED, ANN);
        assertThatThrownBy(() -> sessions.find(one, ANN))
                .isInstanceOfSatisfying(
                        McpError.class, full -> assertThat(full.status()).isEqualTo(503));

        clock.advance(Duration.ofSeconds(11));
        sessions.find(one, ANN);
    }

    @Test
    void soManyResourcesMayBeSubscribedToInASession() {
        HttpSession session = sessions.find(sessions.begin(AGREED, ANN), ANN);
        IntStream.range(0, Session.MOST_RESOURCES).forEach(i -> session.subscribe("farm://" + i));
        assertThatThrownBy(() -> session.subscribe("farm://more"))
                .isInstanceOfSatisfying(
                        McpError.class, full -> assertThat(full.status()).isEqualTo(429));

        session.subscribe("farm://0");
        session.unsubscribe("farm://0");
        session.subscribe("farm://more");
        assertThat(session.notes().resources()).hasSize(Session.MOST_RESOURCES).contains("farm://more");
    }

    @Test
    void theirAddressesAreBoundedTogether() {
        HttpSession session = sessions.find(sessions.begin(AGREED, ANN), ANN);
        session.subscribe("farm://" + "a".repeat(Session.MOST_RESOURCE_CHARS / 2));

        assertThatThrownBy(() -> session.subscribe("farm://" + "b".repeat(Session.MOST_RESOURCE_CHARS / 2)))
                .isInstanceOf(McpError.class);
    }

    @Test
    void aForgottenSessionLeavesNothingBehind() {
        HttpSession session = sessions.find(sessions.begin(AGREED, ANN), ANN);
        SessionStream stream = session.newStream();
        stream.add(out -> out.writeString("x".repeat(1000)));
        assertThat(budget.taken()).isPositive();
        clock.advance(Sessions.IDLE.plusSeconds(1));
        sessions.lookAfter();

        assertThat(session.isOver()).isTrue();
        assertThat(budget.taken()).isZero();
        SessionStream late = session.newStream();
        assertThat(late.add(out -> out.writeNumber(1))).isFalse();
        assertThat(budget.taken()).isZero();
    }

    @Test
    void aSessionThatIsForgottenWhileItIsLookedUpGoesOn() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int i = 0; i < 500; i++) {
                String token = sessions.begin(AGREED, ANN);
                sessions.find(token, ANN);
                clock.advance(Sessions.IDLE.plusSeconds(1));
                CyclicBarrier together = new CyclicBarrier(2);
                Future<?> forgotten = threads.submit(() -> {
                    together.await();
                    sessions.lookAfter();
                    return null;
                });
                Future<HttpSession> found = threads.submit(() -> {
                    together.await();
                    return sessions.find(token, ANN);
                });
                forgotten.get();

                assertThat(found.get().isOver()).isFalse();
                assertThat(sessions.find(token, ANN)).isSameAs(found.get());
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
