package dev.devmesh.auth;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells that keys are good no longer, after the commit: to who holds something open by their right. What hears it asks the store
 * again, or ends.
 *
 * <p>Safe for use by many threads.
 */
public final class Revocations {

    private static final Logger LOG = LoggerFactory.getLogger(Revocations.class);

    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private final List<Consumer<String>> ofOwn = new CopyOnWriteArrayList<>();
    private final List<BiConsumer<Tenant, String>> rights = new CopyOnWriteArrayList<>();
    private final List<BiConsumer<Tenant, String>> ownRights = new CopyOnWriteArrayList<>();
    private final Map<String, Set<Watch>> watched = new ConcurrentHashMap<>();

    Revocations() {}

    /** Has the id of each key told that is revoked from now on, here or elsewhere; must not wait. */
    public void onRevoked(Consumer<String> listener) {
        listeners.add(listener);
    }

    /** Has the id of each key told that is revoked here from now on; must not wait. */
    public void onRevokedHere(Consumer<String> listener) {
        ofOwn.add(listener);
    }

    /**
     * Has told whose rights changed from now on, here or elsewhere: the tenant and the id of the user, which is empty where it may be
     * anybody of the tenant. Must not wait.
     */
    public void onRightsChanged(BiConsumer<Tenant, String> listener) {
        rights.add(listener);
    }

    /** {@link #onRightsChanged}, of what is changed here. */
    public void onRightsChangedHere(BiConsumer<Tenant, String> listener) {
        ownRights.add(listener);
    }

    /** After the commit: the rights of a user changed, or of anybody of the tenant where the id is empty. */
    public void rightsChangedHere(Tenant tenant, String userId) {
        rightsChangedElsewhere(tenant, userId);
        ownRights.forEach(listener -> tell(() -> listener.accept(tenant, userId)));
    }

    /** Another node of the cluster told the same: it goes no further than to those who listen here. */
    public void rightsChangedElsewhere(Tenant tenant, String userId) {
        rights.forEach(listener -> tell(() -> listener.accept(tenant, userId)));
        watched.values()
                .forEach(watches -> watches.stream()
                        .filter(watch -> isOf(watch.principal, tenant, userId))
                        .forEach(watch -> tell(watch.told)));
    }

    /** Whether it is this caller whose rights changed. */
    public static boolean isOf(Principal principal, Tenant tenant, String userId) {
        return principal.tenant().equals(tenant)
                && (userId.isEmpty()
                        || principal.user().map(UserRights::id).orElse("").equals(userId));
    }

    /**
     * Has it told, on any thread, that the key of this caller was revoked, or that the caller's rights changed.
     *
     * @param principal as the caller was known when it began; what is no key is only told of changed rights
     * @param told must not wait
     * @return ends that; harmless when run twice
     */
    public Runnable watch(Principal principal, Runnable told) {
        Watch watch = new Watch(principal, told);
        String credentialId = principal.credentialId();
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

    /** Another node of the cluster told that a key was revoked: it goes no further than to those who listen here. */
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
            // the key is revoked: throwing would tell whoever did it that it is not
            LOG.warn("A listener failed on a revoked key", e);
        }
    }

    /** Compared by identity, so that the same may be told twice. */
    private static final class Watch {
        private final Principal principal;
        private final Runnable told;

        Watch(Principal principal, Runnable told) {
            this.principal = principal;
            this.told = told;
        }
    }
}
