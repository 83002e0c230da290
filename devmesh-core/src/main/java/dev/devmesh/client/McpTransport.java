package dev.devmesh.client;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * How requests reach one server and its answers come back.
 *
 * <p>Implementations are safe for use by many threads; requests run beside each other.
 */
public interface McpTransport extends AutoCloseable {

    /**
     * Begins to send a request and does not wait for its answer. That it cannot be sent is told by {@link Answer#next}.
     *
     * @throws IllegalStateException after {@link #close()}
     */
    Answer send(Request request);

    /** The server as people know it, for messages: no credential is in it. */
    String server();

    /** Gives up all answers and frees what the transport holds. Calling it twice has no further effect. */
    @Override
    void close();

    /**
     * A JSON-RPC request.
     *
     * @param message all of it; must not be changed
     * @param headers what HTTP repeats of the message in its headers; other transports leave them out
     */
    record Request(ObjectNode message, Map<String, String> headers) {
        /** Copies the headers. */
        public Request {
            Objects.requireNonNull(message, "message");
            headers = Map.copyOf(headers);
        }
    }

    /**
     * The messages that answer one request: notifications about it, then its response.
     *
     * <p>One thread takes messages; any thread may close.
     */
    interface Answer extends AutoCloseable {

        /**
         * Waits for the next message.
         *
         * @return the message, or empty when there will be none
         * @throws McpClientException if the answer broke off, is too large or not JSON, did not come in this time, or was
         *     closed
         * @throws InterruptedException if the thread was interrupted
         */
        Optional<ObjectNode> next(Duration atMost) throws InterruptedException;

        /** The HTTP status, once a message came; 0 where there is none. */
        int status();

        /** When the server wants to be asked again, where it says so. */
        Optional<Duration> retryAfter();

        /**
         * Gives up what has not come yet: over HTTP by closing the stream, which cancels the request. Wakes up whoever waits.
         * Harmless after the response, and when called twice.
         */
        @Override
        void close();
    }
}
