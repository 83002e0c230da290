package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import java.util.Optional;

/**
 * The engine's half of one connection that carries messages both ways: a WebSocket, or the standard streams of a process.
 *
 * <p>Requests run beside each other, and what is sent to the client leaves through one outbox: responses, notifications, what
 * clients with sessions are asked, what is listened to. A request of the stateless revision is served as it comes;
 * {@code initialize} gives the connection a session. {@code notifications/cancelled} cancels in both.
 *
 * <p>{@link #receive} is called by one thread at a time, {@link #next} as well; everything else by any thread.
 */
public final class McpConnection implements McpOutbox {

    private final McpEngine engine;
    private final Principal principal;
    private final Runnable wake;

    McpConnection(McpEngine engine, Principal principal, Runnable wake) {
        this.engine = engine;
        this.principal = principal;
        this.wake = wake;
    }

    /**
     * Takes a message, or a batch where the session's revision has them. What cannot be understood is answered with an error
     * without an id. Never waits unless an authenticator, limiter or tool does that says it may.
     *
     * @param body holds the message as UTF-8 JSON; not kept after this method returns
     */
    public void receive(byte[] body, int offset, int length) {
        throw new UnsupportedOperationException("being built");
    }

    @Override
    public Optional<McpEvent> next() {
        throw new UnsupportedOperationException("being built");
    }

    /** How many messages wait to be taken out. A transport whose client does not read stops reading from it. */
    public int backlog() {
        throw new UnsupportedOperationException("being built");
    }

    /** How many requests are under way. */
    public int inFlight() {
        throw new UnsupportedOperationException("being built");
    }

    /** The connection is gone: everything under way is cancelled. Harmless when called twice. Does not wait. */
    public void disconnected(String reason) {
        throw new UnsupportedOperationException("being built");
    }

    /**
     * The server is about to close: what is listened to ends with its response, new requests are refused, what is under way
     * ends by itself. The box is {@linkplain #isOver() over} when all of it was taken out.
     */
    public void finish() {
        throw new UnsupportedOperationException("being built");
    }

    @Override
    public boolean isOver() {
        throw new UnsupportedOperationException("being built");
    }
}
