package dev.devmesh.mcp;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a client with a session was asked and has not answered yet, by the ids of the requests.
 *
 * <p>Safe for use by many threads.
 */
final class Questions {

    /** So many may be open at once: more would only wait for a user who has other things to answer. */
    static final int MOST_OPEN = 32;

    /** A request to the client, under an id that is used once. */
    record Asked(String id, CompletableFuture<ObjectNode> response) {}

    private final String prefix;
    private final AtomicLong numbers = new AtomicLong();
    private final Map<String, CompletableFuture<ObjectNode>> open = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** @param prefix of all ids, different wherever the same client may be asked */
    Questions(String prefix) {
        this.prefix = prefix;
    }

    /**
     * Opens a question; whoever does closes it.
     *
     * @throws MeshException if too many are open, or the client has gone
     */
    Asked open() {
        if (open.size() >= MOST_OPEN) {
            throw new MeshException(
                    ErrorCode.OVERLOADED,
                    "The client has " + MOST_OPEN + " questions to answer already.",
                    "Let it answer some of them first.");
        }
        Asked asked = new Asked(prefix + numbers.incrementAndGet(), new CompletableFuture<>());
        open.put(asked.id(), asked.response());
        if (closed) {
            closeAll();
        }
        return asked;
    }

    /** Nobody waits for the answer any more. */
    void close(Asked asked) {
        open.remove(asked.id());
    }

    /**
     * Takes a response. One that comes late, to a question that nobody waits for any more, is taken without effect: such races are
     * normal.
     *
     * @return false if it answers no question that was asked here
     */
    boolean answered(ObjectNode response) {
        String id = response.path("id").asString("");
        CompletableFuture<ObjectNode> waiting = open.remove(id);
        if (waiting != null) {
            waiting.complete(response);
        }
        return id.startsWith(prefix);
    }

    /** The client has gone for good: no question will be answered. */
    void closeAll() {
        closed = true;
        open.values()
                .forEach(waiting -> waiting.completeExceptionally(
                        new MeshException(ErrorCode.CANCELLED, "The client has gone before it answered.", "")));
        open.clear();
    }
}
