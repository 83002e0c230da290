package dev.devmesh.limit;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many requests of each credential are under way. Holds only credentials that have some.
 *
 * <p>Safe for use by many threads.
 */
public final class InFlight {

    private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();
    private final int most;

    /** Of each credential at most so many. */
    public InFlight(int most) {
        this.most = most;
    }

    /** Takes a place, if there is one. Who took it gives it back by {@link #leave}. */
    public boolean enter(String credential) {
        int count = counts.merge(credential, 1, Integer::sum);
        if (count > most) {
            leave(credential);
            return false;
        }
        return true;
    }

    /**
     * Takes a place.
     *
     * @throws MeshException with {@link ErrorCode#TOO_MANY_IN_FLIGHT} if there is none
     */
    public void require(String credential) {
        if (!enter(credential)) {
            throw new MeshException(
                    ErrorCode.TOO_MANY_IN_FLIGHT,
                    "Too many requests of this credential are under way.",
                    "Wait for some of them to end.",
                    Duration.ofSeconds(1),
                    null);
        }
    }

    /** How many there are of all credentials together. */
    public int total() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Gives a place back. */
    public void leave(String credential) {
        counts.computeIfPresent(credential, (key, count) -> count == 1 ? null : count - 1);
    }
}
