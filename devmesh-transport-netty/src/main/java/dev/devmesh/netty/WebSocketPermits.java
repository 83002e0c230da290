package dev.devmesh.netty;

import java.util.concurrent.ConcurrentHashMap;

/** How many WebSockets each credential has open. Safe for use by many threads. */
final class WebSocketPermits {

    private final int perKey;
    private final ConcurrentHashMap<String, Integer> open = new ConcurrentHashMap<>();

    WebSocketPermits(int perKey) {
        this.perKey = perKey;
    }

    /** Takes a permit, which {@link #leave} gives back; false if this credential has all of its own. */
    boolean enter(String credentialId) {
        // The returned number cannot tell: at the limit it is the same whether a permit was taken or not.
        boolean[] taken = {false};
        open.compute(credentialId, (id, count) -> {
            int now = count == null ? 0 : count;
            taken[0] = now < perKey;
            return taken[0] ? Integer.valueOf(now + 1) : count;
        });
        return taken[0];
    }

    void leave(String credentialId) {
        open.computeIfPresent(credentialId, (id, count) -> count == 1 ? null : count - 1);
    }
}
