package dev.devmesh.auth;

import dev.devmesh.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Finds keys with the standing of their tenant and user. Where the store would have to be waited for, what it said is remembered
 * for {@link #REMEMBERED}, that there is no such key too; of many who ask for the same key at once, one asks the store.
 *
 * <p>What changes here, or is told of by another node, is forgotten at once. What nobody tells of is seen when the time is over:
 * open connections look at their credential every {@link #LOOKED_AT_AGAIN}, so together no right outlives its end by five seconds.
 *
 * <p>Safe for use by many threads. Who finds what is remembered takes no lock.
 */
public final class KeyLookup {

    /** How long an answer of the store is good. */
    public static final Duration REMEMBERED = Duration.ofSeconds(2);

    /** How often whoever holds something open by a credential asks again. */
    public static final Duration LOOKED_AT_AGAIN = Duration.ofMillis(2_500);

    private static final int MAX_KEYS = 100_000;

    /** A key is remembered by its id and by its hash. */
    private static final int MAX_NAMES = 2 * MAX_KEYS;

    /** Beyond it unknown names are not remembered, so that guesses cannot push keys out. */
    private static final int MAX_NAMES_WITH_GUESSES = MAX_NAMES / 2;

    private static final Duration USE_NOTED_AT_MOST_EVERY = Duration.ofMinutes(1);
    private static final long SWEPT_EVERY_NANOS = Duration.ofSeconds(10).toNanos();

    private final Store store;
    private final Clock clock;
    private final Map<String, Answer> remembered = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Answer>> asking = new ConcurrentHashMap<>();
    private final AtomicLong forgotten = new AtomicLong();
    private final AtomicLong swept = new AtomicLong(System.nanoTime());

    KeyLookup(Store store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * What the store said.
     *
     * @param found the key, or that there is none
     * @param at when it was asked, by the injected clock
     * @param nanos the same by the clock that nobody sets: an answer must not live longer because the other was set back
     * @param lastUse when the key was used last, as far as it was noted
     */
    private record Answer(Optional<KeyStanding> found, Instant at, long nanos, AtomicReference<Instant> lastUse) {

        boolean isGood(Instant now) {
            return !now.isBefore(at)
                    && now.isBefore(at.plus(REMEMBERED))
                    && System.nanoTime() - nanos < REMEMBERED.toNanos();
        }
    }

    /** The key whose secret has this SHA-256, good or not. */
    Optional<KeyStanding> byHash(String sha256) {
        return store.blocking()
                ? find(sha256, () -> store.system().keyByHash(sha256))
                : store.system().keyByHash(sha256);
    }

    /** The key of this id, of any tenant, good or not. */
    public Optional<KeyStanding> byId(String id) {
        return store.blocking()
                ? find(id, () -> store.system().keyById(id))
                : store.system().keyById(id);
    }

    /** Notes that a key is used now, which was found a moment ago; in the store at most once a minute. */
    public void used(ApiKey key) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        if (isNoted(key.lastUsedAt().orElse(Instant.MIN), now)) {
            return;
        }
        Answer answer = remembered.get(key.id());
        if (answer != null) {
            Instant last = answer.lastUse.get();
            if (isNoted(last, now) || !answer.lastUse.compareAndSet(last, now)) {
                return;
            }
        }
        store.system().keyUsed(key.id(), now);
    }

    private static boolean isNoted(Instant lastUse, Instant now) {
        return now.isBefore(lastUse.plus(USE_NOTED_AT_MOST_EVERY));
    }

    /**
     * Something about a key changed: the store is asked again.
     *
     * @param name its id, or the SHA-256 of its secret
     */
    public void forget(String name) {
        beginForgetting();
        Answer answer = remembered.remove(name);
        if (answer != null) {
            answer.found.map(KeyStanding::key).ifPresent(key -> {
                remembered.remove(key.id());
                remembered.remove(key.hash());
            });
        }
    }

    /** Something changed that concerns many keys, or nobody knows which: the store is asked about each again. */
    public void forgetAll() {
        beginForgetting();
        remembered.clear();
    }

    /** Who asks the store at this moment may have been told what was: that is not remembered, and nobody else is told it. */
    private void beginForgetting() {
        forgotten.incrementAndGet();
        asking.clear();
    }

    private Optional<KeyStanding> find(String name, Supplier<Optional<KeyStanding>> inStore) {
        Answer known = remembered.get(name);
        if (known != null && known.isGood(clock.instant())) {
            return known.found;
        }
        CompletableFuture<Answer> mine = new CompletableFuture<>();
        CompletableFuture<Answer> others = asking.putIfAbsent(name, mine);
        if (others != null) {
            return joined(others, inStore);
        }
        try {
            Answer answer = ask(name, inStore);
            mine.complete(answer);
            return answer.found;
        } catch (RuntimeException | Error failed) {
            mine.completeExceptionally(failed);
            throw failed;
        } finally {
            asking.remove(name, mine);
        }
    }

    /** Waits for who asks already. Where that fails, the reason may be theirs alone, such as a deadline: then the caller asks. */
    private static Optional<KeyStanding> joined(
            CompletableFuture<Answer> others, Supplier<Optional<KeyStanding>> inStore) {
        try {
            return others.get().found;
        } catch (ExecutionException theirs) {
            return inStore.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return inStore.get();
        }
    }

    private Answer ask(String name, Supplier<Optional<KeyStanding>> inStore) {
        long before = forgotten.get();
        Instant at = clock.instant();
        long nanos = System.nanoTime();
        Optional<KeyStanding> found = inStore.get();
        Instant lastUse = found.flatMap(standing -> standing.key().lastUsedAt()).orElse(Instant.MIN);
        Answer answer = new Answer(found, at, nanos, new AtomicReference<>(lastUse));
        sweep();
        if (remembered.size() < (found.isPresent() ? MAX_NAMES : MAX_NAMES_WITH_GUESSES)) {
            remembered.put(name, answer);
            found.map(KeyStanding::key).ifPresent(key -> {
                remembered.put(key.id(), answer);
                remembered.put(key.hash(), answer);
            });
        }
        if (forgotten.get() != before) {
            remembered.values().removeIf(stale -> stale == answer);
        }
        return answer;
    }

    private void sweep() {
        long last = swept.get();
        if (System.nanoTime() - last > SWEPT_EVERY_NANOS && swept.compareAndSet(last, System.nanoTime())) {
            Instant now = clock.instant();
            remembered.values().removeIf(answer -> !answer.isGood(now));
        }
    }
}
