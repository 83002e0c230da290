package dev.devmesh.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * A task as its server sees it.
 *
 * <p>Immutable; the tree must not be changed.
 *
 * @param id under which the server knows it
 * @param state where it stands
 * @param message what is being done, or empty
 * @param createdAt when it began, if the server says so
 * @param updatedAt when it last changed, if the server says so
 * @param ttl how long after its beginning the server keeps it, or empty for as long as it likes
 * @param pollInterval how often to ask, if the server says so
 * @param json all of it, as it came: with {@code inputRequests}, {@code result} or {@code error} where its state has one
 */
public record TaskStatus(
        String id,
        State state,
        String message,
        Optional<Instant> createdAt,
        Optional<Instant> updatedAt,
        Optional<Duration> ttl,
        Optional<Duration> pollInterval,
        ObjectNode json) {

    /** Where a task stands. */
    public enum State {
        /** It runs. */
        WORKING,
        /** It waits for answers of its caller. */
        INPUT_REQUIRED,
        /** It has a result, which may be one with {@code isError}. */
        COMPLETED,
        /** It ended in an error of the protocol. */
        FAILED,
        /** It was cancelled. */
        CANCELLED;

        /** Whether it will not change any more. */
        public boolean isFinal() {
            return this == COMPLETED || this == FAILED || this == CANCELLED;
        }
    }

    static TaskStatus of(String server, ObjectNode json) {
        String id = Reading.text(json, "taskId");
        String named = Reading.text(json, "status");
        for (State state : State.values()) {
            if (state.name().toLowerCase(Locale.ROOT).equals(named) && !id.isEmpty()) {
                return new TaskStatus(
                        id,
                        state,
                        Reading.text(json, "statusMessage"),
                        Reading.instant(json, "createdAt"),
                        Reading.instant(json, "lastUpdatedAt"),
                        Reading.millis(json, "ttlMs"),
                        Reading.millis(json, "pollIntervalMs"),
                        json);
            }
        }
        throw McpClientException.protocol(
                server, "a task has no id, or the unknown status '" + McpClientException.quote(named) + "'");
    }
}
