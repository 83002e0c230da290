package dev.devmesh.inmemory;

import dev.devmesh.auth.ApiKey;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * When each key was used last. Kept beside the state that units of work replace, so that to note a use, which happens on
 * the way of every request, never waits for a writer.
 *
 * <p>Safe for use by many threads.
 */
final class LastUses {

    private final ConcurrentMap<String, Instant> byKey = new ConcurrentHashMap<>();

    void note(String keyId, Instant when) {
        byKey.merge(keyId, when, (known, now) -> now.isAfter(known) ? now : known);
    }

    ApiKey with(ApiKey key) {
        @Nullable Instant when = byKey.get(key.id());
        return when == null ? key : key.used(when);
    }
}
