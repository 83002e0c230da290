package dev.devmesh.token;

import dev.devmesh.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Families of tokens as the store has them, or had them two seconds ago where it would have to be waited for: each request with a
 * token asks for one. Open connections look at their credential every few seconds, so together nothing outlives the end of a family by
 * five.
 *
 * <p>Safe for use by many threads.
 */
final class FamilyLookup {

    static final Duration REMEMBERED = Duration.ofSeconds(2);

    private static final int MOST = 100_000;

    /**
     * What the store said.
     *
     * @param at when it was asked, by the injected clock
     * @param nanos the same by the clock that nobody sets: an answer must not live longer because the other was set back
     */
    private record Answer(Optional<TokenFamily> family, Instant at, long nanos) {

        boolean isGood(Instant now) {
            return !now.isBefore(at)
                    && now.isBefore(at.plus(REMEMBERED))
                    && System.nanoTime() - nanos < REMEMBERED.toNanos();
        }
    }

    private final Store store;
    private final InstantSource clock;
    private final Map<String, Answer> remembered = new ConcurrentHashMap<>();

    FamilyLookup(Store store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    Optional<TokenFamily> find(String id) {
        if (!store.blocking()) {
            return store.system().tokenFamily(id);
        }
        Instant now = clock.instant();
        Answer before = remembered.get(id);
        if (before != null && before.isGood(now)) {
            return before.family();
        }
        long nanos = System.nanoTime();
        Optional<TokenFamily> family = store.system().tokenFamily(id);
        if (remembered.size() >= MOST) {
            remembered.values().removeIf(old -> !old.isGood(now));
        }
        if (remembered.size() < MOST) {
            remembered.put(id, new Answer(family, now, nanos));
        }
        return family;
    }

    /** It was changed: it is asked for anew. */
    void forget(String id) {
        remembered.remove(id);
    }
}
