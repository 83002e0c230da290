package dev.devmesh.auth;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells that keys are good no longer, or not for the same rights, after the commit: to who holds something open by their right. What
 * hears it asks the store again, or ends.
 *
 * <p>Safe for use by many threads.
 */
public final class Revocations {

    private static final Logger LOG = LoggerFactory.getLogger(Revocations.class);

    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<String>> ofOwn = new CopyOnWriteArrayList<>();
    private final Map<String, Set<Watch>> watched = new ConcurrentHashMap<>();

    Revocations() {}

    /** Has the id of each key told that is revoked or has other rights from now on, here or elsewhere; must not wait. */
    public void onRevoked(Consumer<String> listener) {
        listeners.add(listener);
    }

    /** Has the id of each key told that is revoked or given other rights here from now on; must not wait. */
    public void onRevokedHere(Consumer<String> listener) {
        ofOwn.add(listener);
    }

    /**
     * Has it told, on any thread, that this one key was revoked or has other rights.
     *
     * @param credentialId its id; one that is no key's is never told of
     * @param told must not wait
     * @return ends that; harmless when run twice
     */
    public Runnable watch(String credentialId, Runnable told) {
        Watch watch = new Watch(told);
        watched.compute(credentialId, (id, all) -> {
            Set<Watch> some = all == null ? ConcurrentHashMap.newKeySet() : all;
            some.add(watch);
            return some;
        });
        return () -> watched.computeIfPresent(credentialId, (id, all) -> {
            all.remove(watch);
            return all.isEmpty() ? null : all;
        });
    }

    /** Another node of the cluster told that a key was revoked or has other rights: it goes no further than to those who listen here. */
    public void revokedElsewhere(String keyId) {
        listeners.forEach(listener -> tell(() -> listener.accept(keyId)));
        watched.getOrDefault(keyId, Set.of()).forEach(watch -> tell(watch.told));
    }

    void revokedHere(String keyId) {
        revokedElsewhere(keyId);
        ofOwn.forEach(listener -> tell(() -> listener.accept(keyId)));
    }

    private static void tell(Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException e) {
            // the key is changed: throwing would tell whoever did it that it is not
            LOG.warn("A listener failed on a key that was revoked or changed", e);
        }
    }

    /** Compared by identity, so that the same may be told twice. */
    private static final class Watch {
        private final Runnable told;

        Watch(Runnable told) {
            this.told = told;
        }
    }
}
