package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import dev.devmesh.event.TraceContext;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.limit.Charge;
import java.time.Duration;
import java.util.Optional;

/**
 * The transport's half of one incoming message: what came beside it, and the way back.
 *
 * <p>The engine calls exactly one of {@link #answer} and {@link #accept}, once, as its last act, from any thread; it
 * calls {@link #push} before that, from any thread, one call at a time. Messages reach the client in the order of the
 * calls. After the client has gone all of them do nothing.
 */
public interface McpExchange {

    /** Who sent the message, as authenticated by the transport. */
    Principal principal();

    /** Where the message comes from, or empty where there is nothing to say: who has no credential is counted by it. */
    default String remoteAddress() {
        return "";
    }

    /**
     * What the sender was charged for the message, and has left: on HTTP the answer says so. Called before it is answered, on the thread
     * that handed the message to the engine; the last call counts.
     */
    default void charged(Charge charge) {}

    /** The trace that the message belongs to, as far as the transport knows. Asked for once. */
    default TraceContext trace() {
        return TraceContext.begin();
    }

    /** The message itself names the trace that it belongs to. Called before it is answered, at most once. */
    default void joins(TraceContext trace) {}

    /** The headers beside the message, or empty where the transport has none (stdio, WebSocket). */
    Optional<McpHeaders> headers();

    /**
     * Ends the exchange with a response.
     *
     * @param status the HTTP status, unless something was pushed before; transports without statuses ignore it
     * @param message one JSON-RPC response
     * @param retryAfter how long the client should wait, or zero for nothing to say
     */
    void answer(int status, JsonWritable message, Duration retryAfter);

    /**
     * The answer refuses for want of this scope, which on HTTP it says in a header field to whoever came with a token. Called right before
     * {@link #answer}.
     */
    default void lacksScope(String scope) {}

    /** Ends the exchange of what has no response: taken, nothing to say. */
    void accept();

    /**
     * A session begins with this exchange: on HTTP the answer carries its id in the header {@code Mcp-Session-Id}. Called before
     * {@link #answer}, at most once, and only where there are {@link #headers()}.
     *
     * @param id of characters that are allowed in the header
     */
    default void beginSession(String id) {}

    /**
     * Sends a notification ahead of the response, which on HTTP turns the answer into an event stream. Not called for clients
     * with sessions: see {@link #stream}.
     *
     * @return false if it was dropped, because the client is too slow or has gone
     */
    boolean push(JsonWritable notification);

    /**
     * Makes the answer a stream, which on HTTP is an event stream and begins at once. The transport takes events out of the box
     * as long as the client has room for them, and leaves them there while it has not. The stream ends when the box is empty
     * and {@linkplain McpOutbox#isOver() over}, or by {@link #answer}; what the box then still holds goes out before that
     * response as far as there is room.
     *
     * <p>A client that has no room for longer than the transport bears, is disconnected, and the message told so with
     * that reason ({@link McpCall#disconnected}). So a transport keeps no more for a client than it does for any other answer.
     *
     * <p>Called instead of {@link #push}, at most once.
     *
     * @return what to run when something was put into the box: from any thread, does not wait
     */
    Runnable stream(McpOutbox outbox);
}
