package dev.devmesh.mcp;

/** A message that the engine is working on. */
@FunctionalInterface
public interface McpCall {

    /** Nothing left to cancel. */
    McpCall DONE = reason -> {};

    /**
     * The client gave up: work on the message stops as soon as it can, and nothing more is sent. Harmless when it was
     * answered already, and when called twice. Does not wait.
     *
     * @param reason for the log and the tool, for example {@code cancelled by the client}
     */
    void cancel(String reason);

    /**
     * The connection that the message came by is gone, or will not be waited for any longer: nothing more reaches the client by
     * it. In the stateless revision that is a cancellation. A client with a session may come back for its answer, so there
     * the work goes on. Harmless when it was answered already, and when called twice. Does not wait.
     *
     * @param reason for the log and the tool, for example {@code client disconnected}
     */
    default void disconnected(String reason) {
        cancel(reason);
    }

    /**
     * The server is about to close: what has no end of its own ends now, with its response; everything else goes on and
     * ends by itself. Harmless when the message was answered already, and when called twice. Does not wait.
     */
    default void finish() {}
}
