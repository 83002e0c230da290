package dev.devmesh.queue;

import dev.devmesh.auth.Tenant;
import dev.devmesh.json.Json;
import java.time.Instant;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/**
 * A piece of background work.
 *
 * <p>Immutable; the payload must not be changed.
 *
 * @param id unique in the mesh
 * @param tenant whose work it is
 * @param queue the queue that carries it
 * @param type what it is, for example {@code github.push}; picks the handler
 * @param payload what the handler needs
 * @param attempt how often a worker has begun it, this time included; 0 while none has
 * @param createdAt when it was recorded
 * @param runAt not before
 */
public record Job(
        String id,
        Tenant tenant,
        String queue,
        String type,
        JsonNode payload,
        int attempt,
        Instant createdAt,
        Instant runAt) {

    /** Checks that nothing is missing. */
    public Job {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(payload, "payload");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(runAt, "runAt");
        if (id.isBlank() || queue.isBlank() || type.isBlank()) {
            throw new IllegalArgumentException("a job needs an id, a queue and a type");
        }
        if (attempt < 0) {
            throw new IllegalArgumentException("a job's attempt must be at least 0, is " + attempt);
        }
    }

    /** The payload as a record of this type. */
    public <T> T payload(Class<T> type) {
        return Json.read(payload, type);
    }
}
