package dev.devmesh.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.contract.SettableClock;
import dev.devmesh.inmemory.InMemoryStore;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.store.SystemStore;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** The form of a secret, and that what has not the form costs no look-up. */
final class KeySecretTest {

    @Test
    void theCheckDigitsAreTheCrcOfWhatStandsBeforeThem() {
        // Computed apart from this program, with Python's zlib.crc32 and a base-62 of 0-9A-Za-z.
        assertThat(KeySecret.isSound("dmk_live_000000000000000000000000000000_2y9BrM"))
                .isTrue();
        assertThat(KeySecret.isSound("dmk_test_abcdefghijklmnopqrstuvwxyzABCD_3Xx9Px"))
                .isTrue();
    }

    @Property(tries = 1_000)
    void noSingleWrongCharacterPasses(@ForAll @IntRange(max = 45) int place, @ForAll char wrong) {
        String secret = KeySecret.next("live");
        String typo = secret.substring(0, place) + wrong + secret.substring(place + 1);

        assertThat(KeySecret.isSound(secret)).isTrue();
        assertThat(KeySecret.isSound(typo)).isEqualTo(typo.equals(secret));
    }

    @Test
    void secretsDoNotRepeat() {
        assertThat(Stream.generate(() -> KeySecret.next("live")).limit(1_000).distinct())
                .hasSize(1_000);
    }

    @Test
    void whatIsNoSoundKeyAsksNoStore() {
        AtomicInteger lookUps = new AtomicInteger();
        try (Store store = counting(lookUps)) {
            SettableClock clock = new SettableClock();
            Authenticator authenticator = ApiKeys.in(store, clock).authenticator();
            String secret = KeySecret.next("live");

            for (String shown : List.of(
                    "dmk_live_typo",
                    secret.substring(0, secret.length() - 1) + "!",
                    secret + "0",
                    "short",
                    "x".repeat(513),
                    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
                    "white space in what could otherwise be a secret")) {
                Assertions.catchThrowable(() -> authenticator.authenticate(new Credentials(shown, shown, "")));
            }
            assertThat(lookUps).hasValue(0);

            Assertions.catchThrowable(() -> authenticator.authenticate(new Credentials(secret, "", "")));
            assertThat(lookUps).hasValue(1);
        }
    }

    /** A real store whose look-ups by hash are counted. */
    private static Store counting(AtomicInteger lookUps) {
        InMemoryStore store = InMemoryStore.create();
        SystemStore system = store.system();
        SystemStore counted = (SystemStore) Proxy.newProxyInstance(
                SystemStore.class.getClassLoader(), new Class<?>[] {SystemStore.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("keyByHash")) {
                        lookUps.incrementAndGet();
                    }
                    return method.invoke(system, arguments);
                });
        return new Store() {
            @Override
            public <T> T inTransaction(Tenant tenant, Function<? super StoreSession, ? extends T> work) {
                return store.inTransaction(tenant, work);
            }

            @Override
            public SystemStore system() {
                return counted;
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
            public void close() {
                store.close();
            }
        };
    }
}
