package dev.devmesh.store;

import java.util.Map;

/** Removes what belongs to one agent or to the tenant, within a unit of work; expired rows too. */
public interface ErasureStore {

    /** Hears of each row that an erasure removes. Must not use the unit of work. */
    @FunctionalInterface
    interface Sink {

        /** This row is gone. */
        void row(ErasedKind kind, String id);
    }

    /**
     * Removes everything of this scope.
     *
     * @param gone hears of each row once: the kinds in their order, and of each kind the ids in ascending order, compared
     *     byte by byte in UTF-8
     */
    void erase(ErasureScope scope, Sink gone);

    /**
     * How many rows of this scope there are now, of each kind; what others have committed meanwhile counts. A kind of which
     * there are none may be missing.
     */
    Map<ErasedKind, Long> count(ErasureScope scope);
}
