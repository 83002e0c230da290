package dev.devmesh.mcp;

import dev.devmesh.Revision;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.LogLevel;
import dev.devmesh.store.SessionNotes;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
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

    /** Changes what is noted of the session, in the store. */
    @FunctionalInterface
    interface Notebook {
        SessionNotes change(SessionToken token, UnaryOperator<SessionNotes> change);
    }

    private final SessionToken token;
    private final String node;
    private final Notebook notebook;
    private final ReplayBudget budget;
    private final Questions questions;
    private final Session session;
    private final OpenRequests requests = new OpenRequests();
    private final AtomicLong streamNumbers = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, SessionStream> streams = new LinkedHashMap<>();
    private @Nullable SessionStream standalone;
    private @Nullable News news;
    private volatile SessionNotes notes;
    private volatile Instant notesReadAt = Instant.MIN;
    private volatile Instant usedAt = Instant.MIN;
    private volatile boolean over;

    /** @param node tells this process from others that serve the session */
    HttpSession(SessionToken token, String node, Notebook notebook, ReplayBudget budget) {
        this.token = token;
        this.node = node;
        this.notebook = notebook;
        this.budget = budget;
        this.questions = new Questions(node + '-');
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

    /** What the store says, as of then. */
    void notes(SessionNotes read, Instant at) {
        notes = read;
        notesReadAt = at;
        News told = news();
        if (told != null) {
            Set<Topic> wanted = resources();
            told.topics().stream()
                    .filter(topic -> topic.kind() == Topic.Kind.RESOURCE && !wanted.contains(topic))
                    .toList()
                    .forEach(told::mute);
            wanted.forEach(told::hear);
        }
    }

    SessionNotes notes() {
        return notes;
    }

    Instant notesReadAt() {
        return notesReadAt;
    }

    private Set<Topic> resources() {
        Set<Topic> topics = new HashSet<>();
        notes.resources().forEach(uri -> topics.add(new Topic(Topic.Kind.RESOURCE, uri)));
        return topics;
    }

    @Override
    public LogLevel level() {
        return notes.level().orElse(Session.USUAL_LEVEL);
    }

    @Override
    public void level(LogLevel least) {
        if (least != level()) {
            notes = notebook.change(token, known -> known.withLevel(least));
        }
    }

    @Override
    public void subscribe(Topic resource) {
        if (!notes.resources().contains(resource.name())) {
            notes = notebook.change(token, known -> {
                Set<String> more = new HashSet<>(known.resources());
                more.add(resource.name());
                return known.withResources(Sessions.bounded(more));
            });
        }
        News told = news();
        if (told != null) {
            told.hear(resource);
        }
    }

    @Override
    public void unsubscribe(Topic resource) {
        if (notes.resources().contains(resource.name())) {
            notes = notebook.change(token, known -> {
                Set<String> less = new HashSet<>(known.resources());
                less.remove(resource.name());
                return known.withResources(less);
            });
        }
        News told = news();
        if (told != null) {
            told.mute(resource);
        }
    }

    // ---- streams

    /** A stream for the answer to a POST. */
    SessionStream newStream() {
        SessionStream stream = new SessionStream(
                node + '.' + Long.toString(streamNumbers.incrementAndGet(), 36), canComeBack(), budget);
        SessionStream dropped = null;
        lock.lock();
        try {
            streams.put(stream.id(), stream);
            if (streams.size() > MOST_STREAMS) {
                dropped = streams.values().stream()
                        .filter(old -> old.isComplete() && !old.isAttached())
                        .findFirst()
                        .orElse(null);
                if (dropped != null) {
                    streams.remove(dropped.id());
                }
            }
        } finally {
            lock.unlock();
        }
        if (dropped != null) {
            dropped.drop();
        }
        return stream;
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
     */
    SessionStream standalone(Principal principal, Set<Topic> lists, Subscriptions subscriptions) {
        lock.lock();
        try {
            if (standalone == null) {
                SessionStream made = new SessionStream(node + '.' + STANDALONE, canComeBack(), budget);
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

    void used(Instant at) {
        usedAt = at;
    }

    /** Whether nothing would be missed, were this forgotten: nothing is under way or attached, and nobody came since then. */
    boolean isIdleSince(Instant then) {
        lock.lock();
        try {
            return usedAt.isBefore(then)
                    && requests.count() == 0
                    && (standalone == null || !standalone.isAttached())
                    && streams.values().stream().noneMatch(SessionStream::isAttached);
        } finally {
            lock.unlock();
        }
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
            told.finish();
        }
        if (own != null) {
            own.complete();
        }
    }

    /** Forgets everything; what is under way is cancelled. */
    void end(String reason) {
        over = true;
        requests.forEach(request -> request.cancel(reason));
        questions.closeAll();
        News told;
        SessionStream own;
        Map<String, SessionStream> all;
        lock.lock();
        try {
            told = news;
            own = standalone;
            all = Map.copyOf(streams);
            streams.clear();
        } finally {
            lock.unlock();
        }
        if (told != null) {
            told.end(reason);
        }
        if (own != null) {
            own.drop();
        }
        all.values().forEach(SessionStream::drop);
    }
}
