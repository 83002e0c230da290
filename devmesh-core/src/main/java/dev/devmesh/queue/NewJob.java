package dev.devmesh.queue;

import dev.devmesh.json.Json;
import java.time.Duration;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/**
 * Background work to be recorded.
 *
 * @param queue the queue that carries it
 * @param type what it is; picks the handler
 * @param payload what the handler needs
 * @param delay how long to wait at least before it is begun; zero for at once
 * @param dedupeKey a name under which the queue holds at most one unfinished job of the tenant, or empty
 */
public record NewJob(String queue, String type, JsonNode payload, Duration delay, String dedupeKey) {

    /** Checks that nothing is missing and that the delay is not negative. */
    public NewJob {
        Objects.requireNonNull(payload, "payload");
        Objects.requireNonNull(dedupeKey, "dedupeKey");
        if (queue.isBlank() || type.isBlank()) {
            throw new IllegalArgumentException("a job needs a queue and a type");
        }
        if (delay.isNegative()) {
            throw new IllegalArgumentException("a job's delay must not be negative, is " + delay);
        }
    }

    /** A job of this type and payload, to run at once. */
    public static NewJob of(String queue, String type, Object payload) {
        return new NewJob(queue, type, Json.mapper().valueToTree(payload), Duration.ZERO, "");
    }

    /** This job, not before the delay has passed. */
    public NewJob after(Duration wait) {
        return new NewJob(queue, type, payload, wait, dedupeKey);
    }

    /** This job, unless one of the same key is unfinished. */
    public NewJob dedupe(String key) {
        return new NewJob(queue, type, payload, delay, key);
    }
}
