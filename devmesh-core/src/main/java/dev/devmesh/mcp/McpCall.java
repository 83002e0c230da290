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
     * @param reason for the log and the tool, for example {@code client disconnected}
     */
    void cancel(String reason);
}
