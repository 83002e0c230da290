package dev.devmesh.token;

import dev.devmesh.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Families of tokens as the store has them, at most five seconds old: each request with a token asks for one.
 *
 * <p>Safe for use by many threads.
 */
final class FamilyLookup {

    private static final Duration KEPT = Duration.ofSeconds(5);
    private static final int MOST = 100_000;

    private record Known(Optional<TokenFamily> family, Instant until) {}

    private final Store store;
    private final InstantSource clock;
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    FamilyLookup(Store store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
    }

    Optional<TokenFamily> find(String id) {
        if (!store.blocking()) {
            return store.system().tokenFamily(id);
        }
        Instant now = clock.instant();
        Known before = known.get(id);
        if (before != null && now.isBefore(before.until())) {
            return before.family();
        }
        Optional<TokenFamily> family = store.system().tokenFamily(id);
        if (known.size() >= MOST) {
            known.values().removeIf(old -> !now.isBefore(old.until()));
        }
        if (known.size() < MOST) {
            known.put(id, new Known(family, now.plus(KEPT)));
        }
        return family;
    }

    /** It was changed: it is asked for anew. */
    void forget(String id) {
        known.remove(id);
    }
}
