package dev.devmesh.store;

import dev.devmesh.MeshException;
import java.time.Instant;
import java.util.Optional;

/**
 * Answers of one tenant that are kept, within a unit of work, so that a request that comes again has no second effect: the
 * answer is recorded in the unit that makes the effect, so that either both are there or neither.
 *
 * <p>An answer of another tenant, and one that is expired at the {@code now} given, is as if it did not exist.
 *
 * @see SystemStore#purge
 */
public interface IdempotencyStore {

    /**
     * The answer recorded under this caller's key. Keeps others from recording one under it until this unit of work ends; where
     * another unit does that, this one waits for its end and sees what it committed.
     *
     * @param caller whose key it is
     */
    Optional<IdempotentAnswer> lock(String caller, String key, Instant now);

    /**
     * Keeps an answer under a key that this unit of work has locked.
     *
     * @throws IllegalStateException if there is one under its key already
     * @throws MeshException with {@code OVERLOADED} if the store has room for no more
     */
    void record(IdempotentAnswer answer, Instant now);
}
