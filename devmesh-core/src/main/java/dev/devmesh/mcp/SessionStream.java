package dev.devmesh.mcp;

import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An event stream of a session over HTTP that outlives its connections: the answer to one POST, or the standalone stream.
 *
 * <p>Its events are numbered. At most one connection takes them out at a time, by an {@link Attachment}; a client that lost its
 * connection names the last event it has seen, and a new attachment goes on behind that one. What holds:
 *
 * <ol>
 *   <li>What was not taken out yet is kept, but for notifications beyond {@link #ROOM} events or {@link #ROOM_BYTES} bytes: nobody
 *       depends on those.
 *   <li>What was taken out is kept for clients that come back: {@link #KEPT} events, {@link #KEPT_BYTES} bytes, and as long as the
 *       {@link ReplayBudget} lasts. It is kept in this process only and lost with it.
 *   <li>All that is kept counts against the budget. A complete stream that nobody reads is forgotten when the budget is used up: so
 *       clients that never come back cannot fill the memory.
 *   <li>The stream is over for a connection when everything was taken out after {@link #complete}, when another connection took its
 *       place, or when the client is to come back later ({@link #pause}).
 * </ol>
 *
 * <p>Safe for use by many threads.
 */
final class SessionStream {

    /** So many events may wait before notifications are dropped. */
    static final int ROOM = 256;

    /** So many bytes may wait before notifications are dropped. */
    static final int ROOM_BYTES = 256 * 1024;

    /** So many events that were sent are kept. */
    static final int KEPT = 256;

    /** So many bytes of what was sent are kept. */
    static final int KEPT_BYTES = 256 * 1024;

    /** When a client whose connection breaks is to come back. */
    private static final Duration USUAL_RETRY = Duration.ZERO;

    private record Logged(long number, String json, int bytes) {}

    private final String id;
    private final boolean primes;
    private final ReplayBudget budget;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Logged> log = new ArrayDeque<>(4);
    private @Nullable McpOutbox source;
    private @Nullable Attachment attached;
    private long last;
    private long taken;
    private long waitingBytes;
    private int keptEvents;
    private long keptBytes;
    private boolean complete;

    /**
     * @param id unique within the session
     * @param primes whether an attachment begins with an empty event, so that the client has an id to come back with
     */
    SessionStream(String id, boolean primes, ReplayBudget budget) {
        this.id = id;
        this.primes = primes;
        this.budget = budget;
    }

    String id() {
        return id;
    }

    /** Takes events out of this box too. Told once, before the stream is attached; {@link #wake} says when there are some. */
    void source(McpOutbox box) {
        source = box;
    }

    /** There may be something to take out. */
    void wake() {
        Attachment now;
        lock.lock();
        try {
            now = attached;
        } finally {
            lock.unlock();
        }
        if (now != null) {
            now.wake.run();
        }
    }

    /** Adds a notification; false if it was dropped. */
    boolean offer(JsonWritable message) {
        return add(message, true);
    }

    /** Adds a message that somebody depends on; false if the stream is complete. */
    boolean add(JsonWritable message) {
        return add(message, false);
    }

    private boolean add(JsonWritable message, boolean mayBeDropped) {
        byte[] json = Json.bytes(message);
        lock.lock();
        try {
            if (complete || mayBeDropped && (last - taken >= ROOM || waitingBytes >= ROOM_BYTES)) {
                return false;
            }
            append(json);
        } finally {
            lock.unlock();
        }
        wake();
        return true;
    }

    private void append(byte[] json) {
        last++;
        log.add(new Logged(last, new String(json, StandardCharsets.UTF_8), json.length));
        waitingBytes += json.length;
        budget.take(json.length);
    }

    /** Nothing will be added any more. */
    void complete() {
        lock.lock();
        try {
            complete = true;
            saveMemory();
        } finally {
            lock.unlock();
        }
        wake();
    }

    private void saveMemory() {
        if (complete && attached == null && budget.isUsedUp()) {
            clear();
        }
    }

    private void clear() {
        budget.giveBack(waitingBytes + keptBytes);
        waitingBytes = 0;
        keptBytes = 0;
        keptEvents = 0;
        log.clear();
        taken = last;
    }

    boolean isComplete() {
        lock.lock();
        try {
            return complete;
        } finally {
            lock.unlock();
        }
    }

    boolean isAttached() {
        lock.lock();
        try {
            return attached != null;
        } finally {
            lock.unlock();
        }
    }

    /** What is there by now goes out; then the client is to come back. Does nothing while there is no client. */
    void pause(Duration comeBackAfter) {
        lock.lock();
        try {
            if (attached != null && !complete) {
                attached.retry = comeBackAfter;
            }
        } finally {
            lock.unlock();
        }
        wake();
    }

    /** The number of the last event that was taken out, or 0. */
    long taken() {
        lock.lock();
        try {
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Gives the stream to a connection, behind the event of this number; a connection that had it finds it over. */
    Attachment attach(long after) {
        Attachment before;
        Attachment now;
        lock.lock();
        try {
            before = attached;
            now = new Attachment(Math.min(after, last)); // nobody has seen what was not sent
            attached = now;
        } finally {
            lock.unlock();
        }
        if (before != null) {
            before.wake.run();
        }
        return now;
    }

    /** Gives the stream to a connection, behind all that was taken out, unless another one has it. */
    Optional<Attachment> attachIfFree() {
        lock.lock();
        try {
            if (attached != null) {
                return Optional.empty();
            }
            attached = new Attachment(taken);
            return Optional.of(attached);
        } finally {
            lock.unlock();
        }
    }

    /** Ends the stream and forgets what is kept. */
    void drop() {
        Attachment before;
        lock.lock();
        try {
            complete = true;
            before = attached;
            attached = null;
            clear();
        } finally {
            lock.unlock();
        }
        if (before != null) {
            before.wake.run();
        }
    }

    /** What one connection takes out. */
    final class Attachment implements McpOutbox {

        private long position;
        private boolean primed;
        private boolean ending;
        private @Nullable Duration retry;
        private volatile Runnable wake = () -> {};

        private Attachment(long after) {
            this.position = after;
        }

        /** Told once, by whom the connection is woken. */
        void wakes(Runnable transport) {
            wake = transport;
            transport.run(); // for what came before there was anybody to wake
        }

        @Override
        public Optional<McpEvent> next() {
            lock.lock();
            try {
                if (attached != this) {
                    return Optional.empty();
                }
                Duration pause = retry;
                if (primes && !primed) {
                    primed = true;
                    return Optional.of(empty(pause == null ? USUAL_RETRY : pause));
                }
                Logged event = following();
                if (event != null) {
                    position = event.number;
                    keep(event);
                    String json = event.json;
                    return Optional.of(
                            new McpEvent(Optional.of(out -> out.writeRawValue(json)), name(position), Duration.ZERO));
                }
                if (complete || ending || pause != null) {
                    attached = null; // the connection has all that it gets, and may be gone before it could say so
                    saveMemory();
                }
                return complete || pause == null
                        ? Optional.empty()
                        : Optional.of(new McpEvent(Optional.empty(), "", pause)); // ids are used once
            } finally {
                lock.unlock();
            }
        }

        private McpEvent empty(Duration pause) {
            return new McpEvent(Optional.empty(), name(position), pause);
        }

        private @Nullable Logged following() {
            if (position >= last && source != null) {
                source.next()
                        .ifPresent(event -> append(Json.bytes(event.message().orElseThrow())));
            }
            if (position >= last) {
                return null;
            }
            for (Logged event : log) {
                if (event.number > position) {
                    return event; // the next one, or the first that is still kept
                }
            }
            return null;
        }

        @Override
        public boolean isOver() {
            lock.lock();
            try {
                return attached != this || (complete || ending) && position >= last;
            } finally {
                lock.unlock();
            }
        }

        /** What is there by now is all that this connection gets; the client may come back. */
        void end() {
            lock.lock();
            try {
                ending = true;
            } finally {
                lock.unlock();
            }
            wake.run();
        }

        /** The connection is gone; the client may come back. */
        void detach() {
            lock.lock();
            try {
                if (attached == this) {
                    attached = null;
                    saveMemory();
                }
            } finally {
                lock.unlock();
            }
        }
    }

    /** An event was taken out: from now on it is kept only as long as there is room. */
    private void keep(Logged event) {
        if (event.number <= taken) {
            return; // not for the first time
        }
        taken = event.number;
        waitingBytes -= event.bytes;
        if (budget.isUsedUp()) {
            log.remove(event);
            budget.giveBack(event.bytes);
        } else {
            keptBytes += event.bytes;
            keptEvents++;
        }
        Iterator<Logged> oldest = log.iterator();
        while (keptEvents > KEPT || keptBytes > KEPT_BYTES && keptEvents > 1) {
            Logged old = oldest.next();
            oldest.remove();
            keptEvents--;
            keptBytes -= old.bytes;
            budget.giveBack(old.bytes);
        }
    }

    private String name(long number) {
        return id + '-' + number;
    }
}
