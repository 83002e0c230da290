package dev.devmesh.store;

import dev.devmesh.MeshException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What is noted of the sessions of one tenant's MCP clients, within a unit of work.
 *
 * <p>Notes of another tenant, and those that are expired at the {@code now} given, are as if they did not exist.
 *
 * @see SystemStore#purge
 */
public interface SessionStore {

    /** What is noted of this session. */
    Optional<SessionNotes> find(String id, Instant now);

    /**
     * Changes what is noted of a session; where nothing is noted yet, starting from {@link SessionNotes#none}. Changes of one
     * session come one after the other, each seeing what those before it committed.
     *
     * @param expiresAt of the session, for the first notes
     * @param change gives the new notes, of the same id and expiry
     * @return the new notes
     * @throws MeshException with {@code OVERLOADED} if these would be the first notes of a session and the store has room for no more
     * @throws IllegalArgumentException if the change gives notes of another id or expiry; nothing is changed then
     */
    SessionNotes change(String id, Instant now, Instant expiresAt, UnaryOperator<SessionNotes> change);
}
