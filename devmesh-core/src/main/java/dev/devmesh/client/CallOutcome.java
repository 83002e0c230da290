package dev.devmesh.client;

import dev.devmesh.tool.ToolResult;
import java.time.Duration;

/** What became of a call whose caller can come back later: a result, or a task that will have one. */
public sealed interface CallOutcome permits CallOutcome.Finished, RemoteTask {

    /**
     * The result; where it is a task, waits for it.
     *
     * @throws McpClientException if the task fails, is cancelled, or does not end in this time; it goes on then
     */
    ToolResult await(Duration atMost);

    /**
     * The result came at once.
     *
     * @param result what the tool returned
     */
    record Finished(ToolResult result) implements CallOutcome {

        @Override
        public ToolResult await(Duration atMost) {
            return result;
        }
    }
}
