package dev.devmesh.mcp;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.seal.Seal;
import dev.devmesh.store.Ids;
import dev.devmesh.store.SessionNotes;
import dev.devmesh.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of HTTP clients.
 *
 * <p>A session is its token: nothing is kept of one that only makes requests. What a client asks to have remembered is in the store,
 * and so is that it ended its session, until the token is over. What this process keeps besides ({@link HttpSession}) it makes
 * when it needs it and forgets when nobody came for {@link #IDLE}.
 *
 * <p>That a session was ended elsewhere is seen at once where looking it up costs no I/O, else within {@link #FRESH}.
 *
 * <p>Safe for use by many threads.
 */
final class Sessions {

    /** How long what the store says of a session is believed where asking it may wait. */
    static final Duration FRESH = Duration.ofSeconds(1);

    /** For how long a client that lost its connection may stay away before what it missed is forgotten. */
    static final Duration IDLE = Duration.ofMinutes(5);

    /** So many sessions may be known to one process at once. */
    static final int MOST = 10_000;

    /** So many resources may be subscribed to in one session. */
    static final int MOST_RESOURCES = 1_000;

    private final String node = Ids.next("").substring(0, 6);
    private final Map<String, HttpSession> known = new ConcurrentHashMap<>();
    private final ReplayBudget budget = new ReplayBudget(ReplayBudget.MOST_BYTES);
    private final Seal seal;
    private final Duration life;
    private final Store store;
    private final InstantSource clock;

    Sessions(Seal seal, Duration life, Store store, InstantSource clock) {
        this.seal = seal;
        this.life = life;
        this.store = store;
        this.clock = clock;
    }

    /** Begins a session of this caller: its token. */
    String begin(Handshake agreed, Principal principal) {
        return new SessionToken(
                        Ids.next("ses_"),
                        agreed.revision(),
                        agreed.capabilities(),
                        principal.tenant().id(),
                        principal.subject(),
                        clock.instant().plus(life).truncatedTo(ChronoUnit.SECONDS))
                .sealed(seal);
    }

    /**
     * The session behind a token.
     *
     * @throws McpError if there is none of this caller
     */
    HttpSession find(String sealed, Principal principal) {
        HttpSession session = known.get(sealed);
        if (session == null) {
            SessionToken token = SessionToken.open(sealed, seal).orElseThrow(Sessions::gone);
            session = new HttpSession(token, node, this::change, budget);
        }
        Instant now = clock.instant();
        if (!session.token().isOf(principal)) {
            throw gone(); // and does not say that it is somebody else's
        }
        if (!now.isBefore(session.token().expiresAt())) {
            forget(sealed, "session expired");
            throw gone();
        }
        refresh(session, now);
        if (session.notes().deleted()) {
            forget(sealed, "session ended");
            throw gone();
        }
        session.used(now);
        return keep(sealed, session);
    }

    private HttpSession keep(String sealed, HttpSession session) {
        HttpSession before = known.putIfAbsent(sealed, session);
        if (before != null) {
            return before;
        }
        if (known.size() > MOST) {
            forgetIdle(clock.instant().minusSeconds(10));
            if (known.size() > MOST) {
                known.remove(sealed, session);
                throw McpError.of(new MeshException(
                        ErrorCode.OVERLOADED,
                        "This server has too many sessions at work.",
                        "Try again shortly.",
                        Duration.ofSeconds(5),
                        null));
            }
        }
        return session;
    }

    private void refresh(HttpSession session, Instant now) {
        if (store.blocking() && now.isBefore(session.notesReadAt().plus(FRESH))) {
            return;
        }
        SessionToken token = session.token();
        SessionNotes read = store.inTransaction(
                new Tenant(token.tenant()),
                tx -> tx.sessions()
                        .find(token.id(), now)
                        .orElseGet(() -> SessionNotes.none(token.id(), token.expiresAt())));
        session.notes(read, now);
    }

    private SessionNotes change(SessionToken token, UnaryOperator<SessionNotes> change) {
        return store.inTransaction(
                new Tenant(token.tenant()),
                tx -> tx.sessions().change(token.id(), clock.instant(), token.expiresAt(), notes -> {
                    if (notes.deleted()) {
                        throw gone();
                    }
                    return change.apply(notes);
                }));
    }

    /** Ends a session for its client: whoever names it from now on is told that there is none. */
    void end(String sealed, HttpSession session) {
        change(session.token(), SessionNotes::ended);
        forget(sealed, "session ended by the client");
    }

    private void forget(String sealed, String reason) {
        @Nullable HttpSession session = known.remove(sealed);
        if (session != null) {
            session.end(reason);
        }
    }

    /** Forgets what is kept for clients that stay away. */
    void forgetIdle() {
        forgetIdle(clock.instant().minus(IDLE));
    }

    private void forgetIdle(Instant then) {
        known.forEach((id, session) -> {
            if (session.isIdleSince(then)) {
                forget(id, "nobody came back");
            }
        });
    }

    /** The process ends: the sessions go on elsewhere. What is under way goes on. */
    void close() {
        known.values().forEach(HttpSession::finish);
    }

    /**
     * These resources, if they are not too many.
     *
     * @throws McpError if they are
     */
    static Set<String> bounded(Set<String> resources) {
        if (resources.size() > MOST_RESOURCES) {
            throw McpError.of(new MeshException(
                    ErrorCode.TOO_MANY_SUBSCRIPTIONS,
                    "A session subscribes to at most " + MOST_RESOURCES + " resources.",
                    "Unsubscribe from some of them."));
        }
        return resources;
    }

    private static McpError gone() {
        return McpError.of(new MeshException(
                ErrorCode.SESSION_NOT_FOUND,
                "There is no such session here: it is over, or never was.",
                "Begin another one with initialize."));
    }
}
