package dev.devmesh.tool;

import dev.devmesh.MeshException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * A tool call under way, from the caller's side.
 *
 * <p>Safe for use by many threads.
 */
public interface ToolExecution {

    /**
     * Ends with the tool's result, {@code isError} results included, or with a {@link MeshException} that says why
     * there is none.
     */
    CompletionStage<ToolResult> result();

    /**
     * The caller gives up: {@link #result()} ends at once, the handler is interrupted, its permit returns when it does.
     */
    void cancel(String reason);

    /**
     * Waits for the result.
     *
     * @throws MeshException if there is none
     */
    default ToolResult join() {
        try {
            return result().toCompletableFuture().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof MeshException reason) {
                throw reason;
            }
            throw e;
        }
    }
}
