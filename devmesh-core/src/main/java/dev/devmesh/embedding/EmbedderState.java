package dev.devmesh.embedding;

import dev.devmesh.MeshException;
import dev.devmesh.health.HealthCheck;
import dev.devmesh.store.EmbeddingBacklog;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * How an embedder gets on.
 *
 * <p>Immutable.
 *
 * @param failures how many sweeps failed, one after the other
 * @param since when the first of these did
 * @param reason of the last of these
 * @param backlog as it was when it was looked at last
 */
record EmbedderState(int failures, @Nullable Instant since, String reason, EmbeddingBacklog backlog) {

    static final EmbedderState FINE = new EmbedderState(0, null, "", new EmbeddingBacklog(0, 0, false));

    EmbedderState failed(Instant now, RuntimeException cause) {
        return new EmbedderState(failures + 1, since == null ? now : since, reason(cause), backlog);
    }

    EmbedderState recovered() {
        return failures == 0 ? this : new EmbedderState(0, null, "", backlog);
    }

    EmbedderState seen(EmbeddingBacklog now) {
        return new EmbedderState(failures, since, reason, now);
    }

    /** What may be shown of a failure: what this program wrote, never what a library put into its exception. */
    static String reason(RuntimeException cause) {
        return cause instanceof MeshException known
                ? known.sentence()
                : "it failed unexpectedly (" + cause.getClass().getSimpleName() + ").";
    }

    /** Always healthy: without embeddings a search goes by words, and everything else goes on as it does. */
    HealthCheck.Outcome outcome(String model) {
        StringBuilder detail = new StringBuilder();
        if (failures > 0 && since != null) {
            detail.append("degraded: no embeddings since ")
                    .append(since.truncatedTo(ChronoUnit.SECONDS))
                    .append(": ")
                    .append(reason)
                    .append(' ');
        }
        detail.append(backlog.pending())
                .append(" items wait for the model '")
                .append(model)
                .append("'");
        if (backlog.failed() > 0) {
            detail.append(", ").append(backlog.failed()).append(" were refused by it");
        }
        if (backlog.otherModels()) {
            detail.append(
                    "; some are embedded by another model and found by their words only until all are embedded again");
        }
        return new HealthCheck.Outcome(true, detail.toString());
    }
}
