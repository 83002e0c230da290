package dev.devmesh.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.contract.SettableClock;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.store.SystemStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is remembered of keys, over a store that counts who asks it. */
final class KeyLookupTest {

    private static final Principal ALICE = Principal.administrator(new Tenant("acme"), "alice");

    private final SettableClock clock = new SettableClock();
    private final CountedStore store = new CountedStore();
    private final ApiKeys keys = ApiKeys.in(store, clock);
    private final KeyLookup lookup = keys.lookup();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void close() {
        threads.shutdownNow();
        store.close();
    }

    @Test
    void theStoreIsAskedOnceForAsLongAsItsAnswerIsGood() {
        ApiKey key = keys.create(ALICE, KeySpec.named("ci")).key();
        for (int i = 0; i < 10; i++) {
            assertThat(lookup.byHash(key.hash())).isPresent();
            assertThat(lookup.byId(key.id())).isPresent();
        }
        assertThat(store.asked("keyByHash") + store.asked("keyById")).isEqualTo(1);

        clock.advance(KeyLookup.REMEMBERED.minusMillis(1));
        lookup.byHash(key.hash());
        assertThat(store.asked("keyByHash")).isEqualTo(1);
        clock.advance(Duration.ofMillis(1));
        lookup.byHash(key.hash());
        assertThat(store.asked("keyByHash")).isEqualTo(2);
    }

    @Test
    void aClockThatIsSetBackKeepsNothingAlive() {
        ApiKey key = keys.create(ALICE, KeySpec.named("ci")).key();
        lookup.byHash(key.hash());

        clock.advance(Duration.ofMinutes(-1));
        lookup.byHash(key.hash());

        assertThat(store.asked("keyByHash")).isEqualTo(2);
    }

    @Test
    void thatThereIsNoSuchKeyIsRememberedUntilThereIsOne() {
        String secret = "an-operator-chose-this-secret-0123456789";
        Authenticator authenticator = keys.authenticator();
        for (int i = 0; i < 3; i++) {
            assertThat(authenticator.authenticate(new Credentials("", secret, "")))
                    .isEmpty();
        }
        assertThat(store.asked("keyByHash")).isEqualTo(1);

        keys.importKey(ALICE, KeySpec.named("chosen"), secret);

        assertThat(authenticator.authenticate(new Credentials("", secret, ""))).isPresent();
    }

    @Test
    void whoChangesAKeyOrAllOfThemHasItAskedAgainAtOnce() {
        ApiKey key = keys.create(ALICE, KeySpec.named("ci")).key();
        lookup.byId(key.id());

        keys.update(ALICE, key.id(), KeyChange.nothing().name("other"));
        assertThat(lookup.byHash(key.hash()).orElseThrow().key().name()).isEqualTo("other");
        keys.update(ALICE, key.id(), KeyChange.nothing().expiresIn(Duration.ofDays(1)));
        assertThat(lookup.byHash(key.hash()).orElseThrow().key().expiresAt()).isPresent();
        keys.rotate(ALICE, key.id(), Duration.ZERO);
        assertThat(lookup.byId(key.id()).orElseThrow().key().isExpired(clock.instant()))
                .isTrue();
        int before = store.asked("keyById");
        lookup.forgetAll();
        lookup.byId(key.id());
        assertThat(store.asked("keyById")).isEqualTo(before + 1);
        keys.revocations().revokedElsewhere(key.id());
        lookup.byId(key.id());
        assertThat(store.asked("keyById")).isEqualTo(before + 2);
    }

    @Test
    void ofManyWhoAskAtOnceOneAsksTheStore() throws Exception {
        ApiKey key = keys.create(ALICE, KeySpec.named("ci")).key();
        CountDownLatch answer = store.hold("keyByHash");
        List<Future<Optional<KeyStanding>>> callers = new ArrayList<>();
        AtomicInteger begun = new AtomicInteger();
        for (int i = 0; i < 50; i++) {
            callers.add(threads.submit(() -> {
                begun.incrementAndGet();
                return lookup.byHash(key.hash());
            }));
        }
        await().until(() -> begun.get() == 50 && store.asked("keyByHash") == 1);

        answer.countDown();

        for (Future<Optional<KeyStanding>> caller : callers) {
            assertThat(caller.get(10, TimeUnit.SECONDS)).isPresent();
        }
        assertThat(store.asked("keyByHash")).isEqualTo(1);
    }

    @Test
    void whatWasAskedBeforeARevocationIsNeitherRememberedNorToldToWhoComesAfterIt() throws Exception {
        ApiKey key = keys.create(ALICE, KeySpec.named("ci")).key();
        CountDownLatch answer = store.hold("keyByHash");
        Future<Optional<KeyStanding>> early = threads.submit(() -> lookup.byHash(key.hash()));
        await().until(() -> store.asked("keyByHash") == 1);
        store.letOthersPass();

        keys.revoke(ALICE, key.id());

        assertThat(lookup.byHash(key.hash()).orElseThrow().key().revokedAt()).isPresent();
        answer.countDown();
        assertThat(early.get(10, TimeUnit.SECONDS).orElseThrow().key().revokedAt())
                .isEmpty();
        assertThat(lookup.byHash(key.hash()).orElseThrow().key().revokedAt()).isPresent();
        assertThat(lookup.byId(key.id()).orElseThrow().key().revokedAt()).isPresent();
    }

    @Test
    void aStoreThatFailsIsAskedAgainAndNothingIsRemembered() {
        ApiKey key = keys.create(ALICE, KeySpec.named("ci")).key();
        store.failure.set(new IllegalStateException("away"));
        assertThatThrownBy(() -> lookup.byHash(key.hash())).hasMessage("away");

        store.failure.set(null);

        assertThat(lookup.byHash(key.hash())).isPresent();
    }

    @Test
    void theLastUseIsWrittenOnceAMinuteHoweverManyShowTheKey() throws Exception {
        NewKey made = keys.create(ALICE, KeySpec.named("ci"));
        Authenticator authenticator = keys.authenticator();
        Credentials shown = new Credentials(made.secret(), "", "");
        for (int minute = 1; minute <= 3; minute++) {
            List<Future<Optional<Principal>>> callers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                callers.add(threads.submit(() -> authenticator.authenticate(shown)));
            }
            for (Future<Optional<Principal>> caller : callers) {
                caller.get(10, TimeUnit.SECONDS);
            }
            assertThat(store.asked("keyUsed")).isEqualTo(minute);
            clock.advance(Duration.ofMinutes(1));
        }
    }

    @Test
    void moreNamesThanThereIsRoomForAreLookedUpAndNotKept() {
        ApiKey key = keys.create(ALICE, KeySpec.named("ci")).key();
        for (int i = 0; i < 150_000; i++) {
            lookup.byId("key_guess" + i);
        }
        int before = store.asked("keyById");
        lookup.byId("key_guess149999");
        assertThat(store.asked("keyById")).as("guesses have no room").isEqualTo(before + 1);

        lookup.byHash(key.hash());
        lookup.byHash(key.hash());
        assertThat(store.asked("keyByHash")).as("keys have").isEqualTo(1);
    }

    /** A real store that waits, as those of databases do, and counts the operations across tenants. */
    private static final class CountedStore implements Store {

        private final InMemoryStore inside = InMemoryStore.create();
        private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
        private final Map<String, CountDownLatch> held = new ConcurrentHashMap<>();
        private final AtomicReference<RuntimeException> failure = new AtomicReference<>();
        private final SystemStore system = (SystemStore) Proxy.newProxyInstance(
                SystemStore.class.getClassLoader(), new Class<?>[] {SystemStore.class}, (proxy, method, arguments) -> {
                    RuntimeException fails = failure.get();
                    if (fails != null) {
                        throw fails;
                    }
                    try {
                        Object answer = method.invoke(inside.system(), arguments);
                        asked.computeIfAbsent(method.getName(), name -> new AtomicInteger())
                                .incrementAndGet();
                        CountDownLatch latch = held.get(method.getName());
                        if (latch != null) {
                            latch.await();
                        }
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw e.getTargetException();
                    }
                });

        int asked(String operation) {
            AtomicInteger count = asked.get(operation);
            return count == null ? 0 : count.get();
        }

        /** Who asks from now on is answered with what is there then, when the latch is open. */
        CountDownLatch hold(String operation) {
            CountDownLatch latch = new CountDownLatch(1);
            held.put(operation, latch);
            return latch;
        }

        void letOthersPass() {
            held.clear();
        }

        @Override
        public <T> T inTransaction(Tenant tenant, Function<? super StoreSession, ? extends T> work) {
            return inside.inTransaction(tenant, work);
        }

        @Override
        public SystemStore system() {
            return system;
        }

        @Override
        public Runnable onJobsEnqueued(Runnable listener) {
            return inside.onJobsEnqueued(listener);
        }

        @Override
        public Runnable onItemsAppended(Runnable listener) {
            return inside.onItemsAppended(listener);
        }

        @Override
        public void close() {
            inside.close();
        }
    }
}
