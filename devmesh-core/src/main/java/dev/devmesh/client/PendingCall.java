package dev.devmesh.client;

import dev.devmesh.tool.ToolResult;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/**
 * A call of a tool that was sent.
 *
 * <p>One thread waits for the result; any thread may cancel.
 */
public final class PendingCall {

    private final Pending pending;
    private final Function<ObjectNode, ToolResult> reader;

    PendingCall(Pending pending, Function<ObjectNode, ToolResult> reader) {
        this.pending = pending;
        this.reader = reader;
    }

    /**
     * Waits for the result, hands progress and logs to their listeners and answers what the server asks on the way. To be
     * called once. Interrupting the thread cancels the call.
     *
     * @return what the tool returned, {@code isError} results included
     * @throws McpClientException if there is no result; with {@link dev.devmesh.ErrorCode#CANCELLED} if it was cancelled
     */
    public ToolResult result() {
        return reader.apply(pending.await());
    }

    /** Gives up the call: the server is told, and {@link #result()} ends. Harmless when it has ended. */
    public void cancel() {
        pending.cancel();
    }
}
