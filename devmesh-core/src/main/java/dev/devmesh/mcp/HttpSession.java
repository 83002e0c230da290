package dev.devmesh.mcp;

import dev.devmesh.Revision;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.LogLevel;
import dev.devmesh.store.SessionNotes;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A session over HTTP, as far as this process has to do with it: what is under way, which streams a client may come back to, what it
 * was asked. What outlives the process is in the token and in the store's {@link SessionNotes}.
 *
 * <p>Safe for use by many threads.
 */
final class HttpSession implements Session.Memory {

    /** So many streams that are complete are kept for clients that come back. */
    static final int MOST_STREAMS = 64;

    /** The id of the standalone stream, which each process has; others have numbers. */
    private static final String STANDALONE = "s";

    private final SessionToken token;
    private final String name;
    private final SessionNotebook notebook;
    private final ReplayBudget budget;
    private final Questions questions;
    private final Session session;
    private final OpenRequests requests = new OpenRequests();
    private final AtomicLong streamNumbers = new AtomicLong();

    /** Held while what is noted is read or changed: what is older must not take the place of what is newer. */
    private final ReentrantLock noting = new ReentrantLock();

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, SessionStream> streams = new LinkedHashMap<>();
    private @Nullable SessionStream standalone;
    private @Nullable News news;
    private volatile SessionNotes notes;
    private volatile boolean doubted;
    private Instant notesReadAt = Instant.MIN;
    private Instant usedAt;
    private volatile boolean over;

    /** @param name tells this from everything else that serves or has served the session, in this process or another */
    HttpSession(SessionToken token, String name, SessionNotebook notebook, ReplayBudget budget, Instant now) {
        this.token = token;
        this.name = name;
        this.notebook = notebook;
        this.budget = budget;
        this.usedAt = now;
        this.questions = new Questions(name + '-');
        this.session = new Session(token.revision(), token.capabilities(), this, questions);
        this.notes = SessionNotes.none(token.id(), token.expiresAt());
    }

    SessionToken token() {
        return token;
    }

    Session session() {
        return session;
    }

    /** What is under way in this process. */
    OpenRequests requests() {
        return requests;
    }

    /** Whether the client knows how to come back to a stream that was closed on purpose. */
    boolean canComeBack() {
        return token.revision().isAtLeast(Revision.V2025_11_25);
    }

    boolean isOver() {
        return over;
    }

    // ---- what is noted

    /** Reads what is noted, unless that was done just now. */
    void refresh(Instant now) {
        noting.lock();
        try {
            if (doubted) {
                doubted = false; // before it is read: who doubts it meanwhile means what comes later
                notesReadAt = Instant.MIN;
            }
            if (!notebook.isFresh(notesReadAt, now)) {
                note(notebook.read(token, now));
                notesReadAt = now;
            }
        } finally {
            noting.unlock();
        }
    }

    /** What is noted may have changed: it is read anew the next time. */
    void doubt() {
        doubted = true;
    }

    /** Always in the store: what this process knows may be old. */
    private void change(UnaryOperator<SessionNotes> change) {
        noting.lock();
        try {
            note(notebook.change(token, change));
        } finally {
            noting.unlock();
        }
    }

    private void note(SessionNotes known) {
        if (known.equals(notes)) {
            return;
        }
        notes = known;
        News told = news();
        if (told != null) {
            told.hearOnly(resources());
        }
    }

    SessionNotes notes() {
        return notes;
    }

    private Set<Topic> resources() {
        return notes.resources().stream().map(Topic::resource).collect(Collectors.toSet());
    }

    @Override
    public LogLevel level() {
        return notes.level().orElse(Session.USUAL_LEVEL);
    }

    @Override
    public void level(LogLevel least) {
        change(known -> known.withLevel(least));
    }

    @Override
    public void subscribe(String uri) {
        change(known -> {
            Set<String> more = new HashSet<>(known.resources());
            more.add(uri);
            return known.withResources(Session.bounded(more));
        });
    }

    @Override
    public void unsubscribe(String uri) {
        change(known -> {
            Set<String> less = new HashSet<>(known.resources());
            less.remove(uri);
            return known.withResources(less);
        });
    }

    // ---- streams

    /** A stream for the answer to a POST; one that is over if the session is. */
    SessionStream newStream() {
        SessionStream stream = new SessionStream(
                name + '.' + Long.toString(streamNumbers.incrementAndGet(), 36), canComeBack(), budget);
        List<SessionStream> dropped;
        lock.lock();
        try {
            if (over) {
                dropped = List.of(stream);
            } else {
                streams.put(stream.id(), stream);
                dropped = tooMany();
            }
        } finally {
            lock.unlock();
        }
        dropped.forEach(SessionStream::drop);
        return stream;
    }

    /** Takes the oldest streams out that nobody reads or adds to, as many as there are beyond those that are kept. */
    private List<SessionStream> tooMany() {
        int more = streams.size() - MOST_STREAMS;
        if (more <= 0) {
            return List.of();
        }
        List<SessionStream> old = streams.values().stream()
                .filter(stream -> stream.isComplete() && !stream.isAttached())
                .limit(more)
                .toList();
        old.forEach(stream -> streams.remove(stream.id()));
        return old;
    }

    /** The stream of this id, if this process keeps it. */
    Optional<SessionStream> stream(String id) {
        lock.lock();
        try {
            return Optional.ofNullable(standalone != null && standalone.id().equals(id) ? standalone : streams.get(id));
        } finally {
            lock.unlock();
        }
    }

    /** Whether this is the id of a standalone stream, of whatever process. */
    static boolean isStandalone(String id) {
        return id.endsWith('.' + STANDALONE);
    }

    /**
     * The stream for what belongs to no request, made when it is first needed.
     *
     * @throws dev.devmesh.MeshException if the caller listens too many times
     * @throws McpError if the session is over
     */
    SessionStream standalone(Principal principal, Set<Topic> lists, Subscriptions subscriptions) {
        lock.lock();
        try {
            if (over) {
                throw Sessions.gone();
            }
            if (standalone == null) {
                SessionStream made = new SessionStream(name + '.' + STANDALONE, canComeBack(), budget);
                Set<Topic> topics = new HashSet<>(lists);
                topics.addAll(resources());
                News begun = News.begin(principal, topics, subscriptions, told -> made.wake());
                made.source(begun);
                news = begun;
                standalone = made;
            }
            return standalone;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable News news() {
        lock.lock();
        try {
            return news;
        } finally {
            lock.unlock();
        }
    }

    // ---- life

    /** Somebody comes for the session: false if it is over here. */
    boolean use(Instant at) {
        lock.lock();
        try {
            usedAt = at;
            return !over;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends what is kept here if nothing is under way or attached and nobody came since then: nothing would be missed. The time that a
     * client may stay away begins only when its connection is gone, so what is in use now counts as used now.
     */
    boolean endIfIdle(Instant then, Instant now) {
        lock.lock();
        try {
            if (isInUse()) {
                usedAt = now;
            }
            if (!usedAt.isBefore(then)) {
                return false;
            }
            over = true;
        } finally {
            lock.unlock();
        }
        end("nobody came back");
        return true;
    }

    private boolean isInUse() {
        return requests.count() > 0
                || standalone != null && standalone.isAttached()
                || streams.values().stream().anyMatch(SessionStream::isAttached);
    }

    /** Whether the client has the stream open for what belongs to no request. */
    boolean isListening() {
        lock.lock();
        try {
            return standalone != null && standalone.isAttached();
        } finally {
            lock.unlock();
        }
    }

    /** A credential is good no longer, or not for the same rights: a standalone stream that was opened by it ends. The session goes on with another one. */
    void revoked(Predicate<Principal> whose, String reason) {
        News told;
        SessionStream own;
        lock.lock();
        try {
            told = news;
            own = standalone;
            if (told == null || own == null || !whose.test(told.principal())) {
                return;
            }
            news = null;
            standalone = null;
        } finally {
            lock.unlock();
        }
        told.end(reason);
        own.complete();
    }

    /** The server is about to close: nobody can answer here any more, and nothing more is told. What is under way goes on. */
    void finish() {
        questions.closeAll();
        News told;
        SessionStream own;
        lock.lock();
        try {
            told = news;
            own = standalone;
        } finally {
            lock.unlock();
        }
        if (told != null) {
            told.finish(Listen.CLOSING);
        }
        if (own != null) {
            own.complete();
        }
    }

    /** Forgets everything; what is under way is cancelled. */
    void end(String reason) {
        News told;
        SessionStream own;
        List<SessionStream> all;
        lock.lock();
        try {
            over = true; // from here on nothing is added
            told = news;
            own = standalone;
            all = List.copyOf(streams.values());
            streams.clear();
        } finally {
            lock.unlock();
        }
        requests.forEach(request -> request.cancel(reason));
        questions.closeAll();
        if (told != null) {
            told.end(reason);
        }
        if (own != null) {
            own.drop();
        }
        all.forEach(SessionStream::drop);
    }
}
