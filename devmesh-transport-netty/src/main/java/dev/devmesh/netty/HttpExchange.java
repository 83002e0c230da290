package dev.devmesh.netty;

import dev.devmesh.auth.Principal;
import dev.devmesh.event.LogTrace;
import dev.devmesh.event.TraceContext;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One request and its place in the order of answers. Confined to the event loop, except for what its documentation
 * leaves to any thread.
 */
final class HttpExchange {

    private static final byte[] NOTHING = {};
    private static final int FIRST_PIECE_BYTES = 64 * 1024;

    private final HttpConnection connection;
    private final RequestHead head;
    private final long receivedAt;
    private byte[] body = NOTHING;
    private final AtomicInteger taken = new AtomicInteger();
    private int bodyLength;
    private boolean keepAlive;
    private boolean wantsContinue;
    private boolean ended;
    private int status;
    private @Nullable ArrayDeque<HttpObject> held;
    private @Nullable Principal principal;
    private @Nullable Watcher watcher;
    private volatile TraceHeaders trace;

    /** Told what becomes of the connection as long as the answer is not complete. On the event loop. */
    interface Watcher {

        /** The connection is closed. */
        void left(String reason);

        /** It may be this answer's turn now, or the client has read on: more can be sent. */
        void roomForMore();

        /** The server begins to close. */
        void closing();
    }

    /** @param receivedAt when its head was read, by {@link System#nanoTime()} */
    HttpExchange(HttpConnection connection, RequestHead head, boolean keepAlive, long receivedAt) {
        this.connection = connection;
        this.head = head;
        this.keepAlive = keepAlive;
        this.receivedAt = receivedAt;
        this.trace = head.trace();
    }

    /** For any thread. */
    RequestHead head() {
        return head;
    }

    /** For any thread. */
    HttpConnection connection() {
        return connection;
    }

    /** The body, from index 0 to {@link #bodyLength()}. For any thread, once the request is served. */
    byte[] body() {
        return body;
    }

    /** For any thread, once the request is served. */
    int bodyLength() {
        return bodyLength;
    }

    /** Gives the memory of the body back before the exchange ends. For the thread that has read it. */
    void dropBody() {
        body = NOTHING;
        giveBack();
    }

    private void giveBack() {
        int bytes = taken.getAndSet(0);
        if (bytes > 0) {
            connection.bodies().giveBack(bytes);
        }
    }

    /** Who is calling, if that was found out before the body was read. For any thread, once the request is served. */
    Optional<Principal> principal() {
        return Optional.ofNullable(principal);
    }

    void principal(Principal caller) {
        this.principal = caller;
    }

    /** The trace that it belongs to. For any thread. */
    TraceHeaders trace() {
        return trace;
    }

    /** The body names a trace, whose word counts before that of the header fields. For any thread, before the answer begins. */
    void joins(TraceContext other) {
        trace = trace.joining(other);
    }

    /** The step, with the trace in all that it logs. For any thread. */
    Runnable traced(Runnable step) {
        return () -> {
            LogTrace log = LogTrace.begin(trace.id());
            try {
                step.run();
            } finally {
                log.end();
            }
        };
    }

    void watch(Watcher told) {
        this.watcher = told;
    }

    /**
     * Runs a step on the event loop, in the order of the calls. For any thread.
     *
     * @return false if the server is closed, and the connection with it
     */
    boolean onLoop(Runnable step) {
        try {
            connection.channel().eventLoop().execute(step);
            return true;
        } catch (RejectedExecutionException closed) {
            return false;
        }
    }

    /** Whether the answers before this one are complete, so that what is sent now leaves now. */
    boolean isNext() {
        return connection.isNext(this);
    }

    /** Answers why the request is not served. */
    void refuse(Rejection rejection) {
        connection.refuse(this, rejection);
    }

    /** Sends the whole answer. */
    void respond(HttpResponse whole) {
        connection.write(this, whole, true);
    }

    /** Sends the head of an answer in pieces. */
    void begin(HttpResponse start) {
        connection.write(this, start, false);
    }

    /** Sends a piece of the answer. */
    void proceed(HttpContent piece) {
        connection.write(this, piece, false);
    }

    /** Has the pieces that a step sends leave together. */
    void together(Runnable step) {
        connection.together(step);
    }

    /** Sends the last piece of the answer. */
    void end(HttpContent piece) {
        connection.write(this, piece, true);
    }

    // What follows is the connection's business.

    /** What became of a piece of a body. */
    enum Piece {
        TAKEN,
        /** The body would be larger than allowed. */
        TOO_LARGE,
        /** The bodies of all requests together would be. */
        NO_ROOM
    }

    /** Takes a piece of the body, and the memory for it out of the budget. */
    Piece append(ByteBuf piece, int limit, BodyBudget budget) {
        int more = piece.readableBytes();
        if (more > limit - bodyLength) {
            return Piece.TOO_LARGE;
        }
        if (more > body.length - bodyLength) {
            int room = roomFor(bodyLength + more, limit);
            if (!budget.take(room - body.length)) {
                return Piece.NO_ROOM;
            }
            taken.addAndGet(room - body.length);
            body = Arrays.copyOf(body, room);
        }
        piece.readBytes(body, bodyLength, more);
        bodyLength += more;
        return Piece.TAKEN;
    }

    private int roomFor(int bytes, int limit) {
        // The declared length is believed up to a bound only: memory is taken as bytes arrive, not as they are
        // announced.
        long announced = Math.min(head.bodyLength(), FIRST_PIECE_BYTES);
        long doubled = bodyLength == 0 ? bytes : Math.min(2L * body.length, limit);
        return (int) Math.max(bytes, Math.max(announced, doubled));
    }

    boolean keepAlive() {
        return keepAlive;
    }

    void endConnection() {
        keepAlive = false;
    }

    boolean wantsContinue() {
        return wantsContinue;
    }

    void wantsContinue(boolean wanted) {
        wantsContinue = wanted;
    }

    long receivedAt() {
        return receivedAt;
    }

    /** The status of its answer, once that has begun to leave. */
    int status() {
        return status;
    }

    void status(int code) {
        status = code;
    }

    boolean ended() {
        return ended;
    }

    void markEnded() {
        ended = true;
        giveBack();
    }

    void hold(HttpObject part) {
        if (held == null) {
            held = new ArrayDeque<>(2);
        }
        held.add(part);
    }

    @Nullable
    HttpObject pollHeld() {
        return held == null ? null : held.poll();
    }

    boolean holdsNothing() {
        return held == null || held.isEmpty();
    }

    /** The connection is closed. */
    void abandon(String reason) {
        if (held != null) {
            held.forEach(ReferenceCountUtil::release);
            held = null;
        }
        dropBody();
        if (watcher != null) {
            watcher.left(reason);
        }
    }

    /** See {@link Watcher#roomForMore}. */
    void roomForMore() {
        if (watcher != null) {
            watcher.roomForMore();
        }
    }

    /** See {@link Watcher#closing}. */
    void closing() {
        if (watcher != null) {
            watcher.closing();
        }
    }
}
