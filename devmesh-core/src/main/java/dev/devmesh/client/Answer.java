package dev.devmesh.client;

import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * The messages that answer one request: notifications about it, then its response. Over HTTP a server of a session may put
 * requests of its own before the response.
 *
 * <p>One thread takes messages; any thread may close.
 */
interface Answer extends AutoCloseable {

    /**
     * Waits for the next message.
     *
     * @return the message, or empty when there will be none
     * @throws McpClientException if the answer broke off, is too large or not JSON, did not come in time, or was closed
     * @throws InterruptedException if the thread was interrupted
     */
    Optional<ObjectNode> next(Deadline deadline) throws InterruptedException;

    /** The HTTP status, once a message came; 0 where there is none. */
    default int status() {
        return 0;
    }

    /** When the server wants to be asked again, where it says so. */
    default Optional<Duration> retryAfter() {
        return Optional.empty();
    }

    /** The session that the server begins with this answer, once a message came; over HTTP only. */
    default Optional<String> sessionId() {
        return Optional.empty();
    }

    /**
     * Gives up what has not come yet and tells the server, in the way of the revision. Wakes up whoever waits. Harmless after the
     * response, and when called twice.
     */
    @Override
    void close();
}
