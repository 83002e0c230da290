package dev.devmesh.embedding;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A model cannot answer now: {@link ErrorCode#EMBEDDING_UNAVAILABLE}. */
public final class EmbeddingUnavailableException extends MeshException {

    private static final long serialVersionUID = 1L;

    /**
     * @param message one sentence that callers may see: no address, no key
     * @param fix what to do; empty when the message says it
     * @param retryAfter when to ask again, or null when the model did not say
     * @param cause what led here, for the log only, or null
     */
    public EmbeddingUnavailableException(
            String message, String fix, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(ErrorCode.EMBEDDING_UNAVAILABLE, message, fix, retryAfter, cause);
    }
}
