package dev.devmesh.client;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One request and what answers it. One thread takes; any thread may close. */
final class Exchange implements AutoCloseable {

    private final long id;
    private final String server;
    private final Answer answer;
    private final Predicate<ObjectNode> aside;
    private final Pauses pauses;

    /** A request in whose answer nothing but notifications about it and its response may come. */
    Exchange(long id, String server, Answer answer) {
        this(id, server, answer, message -> false, new Pauses());
    }

    /**
     * A request of a session.
     *
     * @param aside takes what came with the answer and belongs to the session instead, and says whether it did
     * @param pauses when handlers keep the server waiting
     */
    Exchange(long id, String server, Answer answer, Predicate<ObjectNode> aside, Pauses pauses) {
        this.id = id;
        this.server = server;
        this.answer = answer;
        this.aside = aside;
        this.pauses = pauses;
    }

    long id() {
        return id;
    }

    /** The session that the server begins with the answer, once a message came. */
    Optional<String> sessionId() {
        return answer.sessionId();
    }

    /**
     * Waits for the response and hands over every notification before it.
     *
     * @return the result
     * @throws McpClientException if there is none
     */
    ObjectNode result(Duration atMost, Consumer<ObjectNode> notifications) {
        Deadline deadline = Deadline.in(atMost, pauses);
        while (true) {
            ObjectNode message = next(deadline);
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
    ObjectNode next(Deadline deadline) {
        ObjectNode message = take(deadline);
        while (aside.test(message)) {
            message = take(deadline);
        }
        if (message.has("method") && message.has("id")) {
            throw McpClientException.protocol(server, "it sent a request of its own");
        }
        return message;
    }

    private ObjectNode take(Deadline deadline) {
        try {
            return answer.next(deadline).orElseThrow(() -> McpClientException.brokeOff(server));
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw McpClientException.cancelled("The request to " + server);
        }
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
        if (answer.status() != 0 && answer.status() != 200 && !mine) {
            throw McpClientException.status(server, answer.status(), answer.retryAfter());
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
