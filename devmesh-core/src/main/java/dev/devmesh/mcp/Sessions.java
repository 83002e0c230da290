package dev.devmesh.mcp;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.seal.Seal;
import dev.devmesh.store.Ids;
import dev.devmesh.store.SessionNotes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The sessions of HTTP clients.
 *
 * <p>A session is its token: nothing is kept of one that only makes requests. What a client asks to have remembered is in the store,
 * and so is that it ended its session, until the token is over. What this process keeps besides ({@link HttpSession}) it makes
 * when it needs it and forgets when nobody came for {@link #IDLE}.
 *
 * <p>What another process changes of a session, this one sees at once where a cluster bus tells of it. Else it sees it with the next
 * request: at once where looking it up costs no I/O, otherwise within {@link SessionNotebook#FRESH}; a stream that is open
 * meanwhile learns of it by {@link #lookAfter}.
 *
 * <p>Safe for use by many threads.
 */
final class Sessions {

    /** For how long a client that lost its connection may stay away before what it missed is forgotten. */
    static final Duration IDLE = Duration.ofMinutes(5);

    /** So many sessions may be known to one process at once. */
    static final int MOST = 10_000;

    /** When there are too many, those are forgotten that nobody used for so long. */
    private static final Duration IDLE_WHEN_FULL = Duration.ofSeconds(10);

    private final String node = Ids.next("").substring(0, 6);
    private final AtomicLong made = new AtomicLong();
    private final Map<String, HttpSession> known = new ConcurrentHashMap<>();
    private final AtomicReference<Instant> madeRoomAt = new AtomicReference<>(Instant.EPOCH);
    private final ReplayBudget budget;
    private final Seal seal;
    private final Duration life;
    private final SessionNotebook notebook;
    private final InstantSource clock;

    Sessions(Seal seal, Duration life, SessionNotebook notebook, ReplayBudget budget, InstantSource clock) {
        this.seal = seal;
        this.life = life;
        this.notebook = notebook;
        this.budget = budget;
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
        while (true) {
            Instant now = clock.instant();
            HttpSession session = known.get(sealed);
            if (session == null) {
                session = made(SessionToken.open(sealed, seal).orElseThrow(Sessions::gone), now);
            }
            if (!session.token().isOf(principal)) {
                throw gone(); // and does not say that it is somebody else's
            }
            if (!goesOn(sealed, session, now)) {
                throw gone();
            }
            HttpSession kept = keep(sealed, session, now);
            if (kept.use(now)) {
                return kept;
            }
            known.remove(sealed, kept); // it was forgotten in the meantime
        }
    }

    /** Each has names of its own for its streams and questions: a client may still know those of one that was forgotten. */
    private HttpSession made(SessionToken token, Instant now) {
        return new HttpSession(token, node + Long.toString(made.incrementAndGet(), 36), notebook, budget, now);
    }

    private boolean goesOn(String sealed, HttpSession session, Instant now) {
        if (!now.isBefore(session.token().expiresAt())) {
            forget(sealed, "session expired");
            return false;
        }
        session.refresh(now);
        if (session.notes().deleted()) {
            forget(sealed, "session ended");
            return false;
        }
        return true;
    }

    private HttpSession keep(String sealed, HttpSession session, Instant now) {
        HttpSession before = known.putIfAbsent(sealed, session);
        if (before != null) {
            return before;
        }
        if (known.size() > MOST) {
            makeRoom(now);
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

    /** Looks through all of them, so not for each of those who come while there are too many. */
    private void makeRoom(Instant now) {
        Instant last = madeRoomAt.get();
        if (!now.isBefore(last.plusSeconds(1)) && madeRoomAt.compareAndSet(last, now)) {
            forgetIdle(now, IDLE_WHEN_FULL);
        }
    }

    /** Ends a session for its client: whoever names it from now on is told that there is none. */
    void end(String sealed, HttpSession session) {
        notebook.change(session.token(), SessionNotes::ended);
        forget(sealed, "session ended by the client");
    }

    private void forget(String sealed, String reason) {
        @Nullable HttpSession session = known.remove(sealed);
        if (session != null) {
            session.end(reason);
        }
    }

    /** Forgets what is kept for clients that stay away, and tells open streams what became of their sessions elsewhere. */
    void lookAfter() {
        Instant now = clock.instant();
        forgetIdle(now, IDLE);
        known.forEach((id, session) -> {
            if (session.isListening()) {
                goesOn(id, session, now);
            }
        });
    }

    // What other processes tell of.

    /** Whether this process gave, now or earlier, a question this id. */
    boolean hasNamed(String question) {
        return question.startsWith(node);
    }

    /** A session was ended at another process. Does not wait. */
    void endedElsewhere(String id) {
        ofId(id, (token, session) -> forget(token, "session ended"));
    }

    /**
     * What is noted of a session was changed at another process. Does not wait.
     *
     * @param threads for what may
     */
    void changedElsewhere(String id, Executor threads) {
        ofId(id, (token, session) -> {
            session.doubt();
            if (session.isListening()) {
                threads.execute(() -> goesOn(token, session, clock.instant()));
            }
        });
    }

    /** A client answered at another process what it may have been asked here. */
    void answeredElsewhere(String id, ObjectNode response) {
        ofId(id, (token, session) -> session.session().questions().answered(response));
    }

    /** Anything may have changed at other processes: it is looked up before it is believed again. */
    void doubtAll() {
        known.values().forEach(HttpSession::doubt);
    }

    private void ofId(String id, BiConsumer<String, HttpSession> action) {
        known.forEach((token, session) -> {
            if (session.token().id().equals(id)) {
                action.accept(token, session);
            }
        });
    }

    /** A credential is good no longer: the streams that were opened by it end. */
    void revoked(Predicate<Principal> whose) {
        known.values().forEach(session -> session.revoked(whose, Subscriptions.REVOKED));
    }

    private void forgetIdle(Instant now, Duration idle) {
        known.forEach((id, session) -> {
            if (session.endIfIdle(now.minus(idle), now)) {
                known.remove(id, session);
            }
        });
    }

    /** The process ends: the sessions go on elsewhere. What is under way goes on. */
    void close() {
        known.values().forEach(HttpSession::finish);
    }

    /** There is no such session, or not for this caller. */
    static McpError gone() {
        return McpError.of(new MeshException(
                ErrorCode.SESSION_NOT_FOUND,
                "There is no such session here: it is over, or never was.",
                "Begin another one with initialize."));
    }
}
