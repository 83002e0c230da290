package dev.devmesh.client;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One request and what answers it. One thread takes; any thread may close. */
final class Exchange implements AutoCloseable {

    private final long id;
    private final String server;
    private final McpTransport.Answer answer;

    Exchange(long id, String server, McpTransport.Answer answer) {
        this.id = id;
        this.server = server;
        this.answer = answer;
    }

    long id() {
        return id;
    }

    /**
     * Waits for the response and hands over every notification before it.
     *
     * @return the result
     * @throws McpClientException if there is none
     */
    ObjectNode result(Duration atMost, Consumer<ObjectNode> notifications) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (true) {
            ObjectNode message = next(Duration.ofNanos(deadline - System.nanoTime()));
            if (!message.has("method")) {
                return result(message);
            }
            notifications.accept(message);
        }
    }

    /**
     * Waits for the next message, which is a notification or the response.
     *
     * @throws McpClientException if none comes, or one that is neither
     */
    ObjectNode next(Duration atMost) {
        Optional<ObjectNode> next;
        try {
            next = answer.next(atMost);
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw McpClientException.cancelled("The request to " + server);
        }
        ObjectNode message = next.orElseThrow(() -> McpClientException.brokeOff(server));
        if (message.has("method") && message.has("id")) {
            throw McpClientException.protocol(server, "it sent a request of its own");
        }
        return message;
    }

    /** The result in a response to this request. */
    ObjectNode result(ObjectNode response) {
        JsonNode answered = response.path("id");
        boolean mine = answered.isIntegralNumber() && answered.asLong(-1) == id;
        JsonNode error = response.path("error");
        // what is refused before it was read is answered without an id
        if (error.isObject() && (mine || answered.isMissingNode() || answered.isNull())) {
            throw McpClientException.rpc(server, answer.status(), answer.retryAfter(), error);
        }
        if (!answered.isMissingNode() && !mine) {
            throw McpClientException.protocol(
                    server,
                    "the response has the id " + McpClientException.quote(answered.toString()) + ", the request had "
                            + id);
        }
        if (mine && response.path("result") instanceof ObjectNode result) {
            return result;
        }
        if (answer.status() != 0 && answer.status() != 200) {
            throw McpClientException.status(server, answer.status(), answer.retryAfter());
        }
        throw McpClientException.protocol(server, "a message is neither a notification nor a response");
    }

    /** Gives up what has not come yet, which cancels the request. */
    @Override
    public void close() {
        answer.close();
    }
}
