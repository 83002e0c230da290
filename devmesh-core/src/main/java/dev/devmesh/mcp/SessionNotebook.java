package dev.devmesh.mcp;

import dev.devmesh.auth.Tenant;
import dev.devmesh.cluster.ClusterMessage.SessionChanged;
import dev.devmesh.cluster.ClusterMessage.SessionEnded;
import dev.devmesh.store.SessionNotes;
import dev.devmesh.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.UnaryOperator;

/**
 * What the store knows of sessions.
 *
 * <p>Safe for use by many threads.
 */
final class SessionNotebook {

    /** How long what the store says of a session is believed where asking it may wait. */
    static final Duration FRESH = Duration.ofSeconds(1);

    private final Store store;
    private final InstantSource clock;
    private final Elsewhere elsewhere;

    SessionNotebook(Store store, InstantSource clock, Elsewhere elsewhere) {
        this.store = store;
        this.clock = clock;
        this.elsewhere = elsewhere;
    }

    /** Whether what was read then need not be read again now. */
    boolean isFresh(Instant readAt, Instant now) {
        return store.blocking() && now.isBefore(readAt.plus(FRESH));
    }

    SessionNotes read(SessionToken token, Instant now) {
        return store.inTransaction(
                new Tenant(token.tenant()),
                tx -> tx.sessions()
                        .find(token.id(), now)
                        .orElseGet(() -> SessionNotes.none(token.id(), token.expiresAt())));
    }

    /**
     * Changes what is noted of a session, and tells the processes elsewhere.
     *
     * @throws McpError if the session was ended
     */
    SessionNotes change(SessionToken token, UnaryOperator<SessionNotes> change) {
        SessionNotes changed = store.inTransaction(
                new Tenant(token.tenant()),
                tx -> tx.sessions().change(token.id(), clock.instant(), token.expiresAt(), notes -> {
                    if (notes.deleted()) {
                        throw Sessions.gone();
                    }
                    return change.apply(notes);
                }));
        elsewhere.tell(changed.deleted() ? new SessionEnded(token.id()) : new SessionChanged(token.id()));
        return changed;
    }
}
