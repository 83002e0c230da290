package dev.devmesh.call;

import dev.devmesh.MeshException;
import dev.devmesh.question.AnswerPending;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * A call under way, from the caller's side.
 *
 * <p>Safe for use by many threads.
 *
 * @param <T> what the call results in
 */
public interface Execution<T> {

    /**
     * Ends with the result; or with a {@link MeshException} that says why there is none; or with an {@link AnswerPending}
     * when the call is to be made again with answers.
     */
    CompletionStage<T> result();

    /**
     * The caller gives up: {@link #result()} ends at once, the handler is interrupted, its permit returns when it does.
     */
    void cancel(String reason);

    /**
     * Waits for the result.
     *
     * @throws MeshException if there is none
     */
    default T join() {
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
