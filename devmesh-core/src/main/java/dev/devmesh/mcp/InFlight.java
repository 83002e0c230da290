package dev.devmesh.mcp;

import java.util.concurrent.ConcurrentHashMap;

/** How many requests of each credential are under way. Holds only credentials that have some. */
final class InFlight {

    private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();
    private final int most;

    InFlight(int most) {
        this.most = most;
    }

    /** Takes a place, if there is one. */
    boolean enter(String credential) {
        int count = counts.merge(credential, 1, Integer::sum);
        if (count > most) {
            leave(credential);
            return false;
        }
        return true;
    }

    /** How many there are of all credentials together. */
    int total() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Gives the place back. */
    void leave(String credential) {
        counts.computeIfPresent(credential, (key, count) -> count == 1 ? null : count - 1);
    }
}
