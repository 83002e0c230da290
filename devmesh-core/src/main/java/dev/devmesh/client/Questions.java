package dev.devmesh.client;

import dev.devmesh.json.Json;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The requests that the server of a session makes: each is answered on a thread of the client, so that neither the connection
 * nor another question waits for it.
 */
final class Questions {

    private static final Logger LOG = LoggerFactory.getLogger(Questions.class);
    private static final int MOST = 32;
    private static final int INVALID_PARAMS = -32602;
    private static final int NO_SUCH_METHOD = -32601;
    private static final int FAILED = -32603;

    private final String server;
    private final ClientInputs inputs;
    private final Executor threads;
    private final Pauses pauses;
    private final Consumer<ObjectNode> way;
    private final Map<JsonNode, FutureTask<?>> open = new ConcurrentHashMap<>();

    /**
     * @param pauses are running while a question is
     * @param way takes the responses
     */
    Questions(String server, ClientInputs inputs, Executor threads, Pauses pauses, Consumer<ObjectNode> way) {
        this.server = server;
        this.inputs = inputs;
        this.threads = threads;
        this.pauses = pauses;
        this.way = way;
    }

    /** Answers in the course of time. */
    void ask(ObjectNode request) {
        JsonNode id = request.path("id");
        String method = Reading.text(request, "method");
        if (method.equals("ping")) {
            way.accept(response(id).set("result", Json.object()));
        } else if (!inputs.canAnswer(method)) {
            refuse(id, NO_SUCH_METHOD, "This client does not answer " + McpClientException.quote(method) + ".");
        } else if (open.size() >= MOST) {
            refuse(id, FAILED, "This client answers " + MOST + " requests at most at the same time.");
        } else {
            begin(id, request);
        }
    }

    private void begin(JsonNode id, ObjectNode request) {
        FutureTask<?> task = new FutureTask<>(() -> answer(id, request), null);
        if (open.putIfAbsent(id, task) != null) {
            return; // once is enough
        }
        pauses.begin();
        try {
            threads.execute(() -> {
                try {
                    task.run();
                } finally {
                    open.remove(id);
                    pauses.end();
                }
            });
        } catch (RejectedExecutionException e) {
            open.remove(id);
            pauses.end();
            refuse(id, FAILED, "This client has no thread left, or is being closed.");
        }
    }

    private void answer(JsonNode id, ObjectNode request) {
        ObjectNode answer;
        try {
            answer = inputs.answer(server, id.toString(), request);
        } catch (McpClientException e) {
            LOG.warn("A request of {} was refused: {}", server, e.getMessage());
            unlessWithdrawn(id, () -> refuse(id, INVALID_PARAMS, "This client cannot make sense of the request."));
            return;
        } catch (RuntimeException e) {
            LOG.error("A handler failed that answers requests of {}", server, e);
            unlessWithdrawn(id, () -> refuse(id, FAILED, "This client failed to answer."));
            return;
        }
        unlessWithdrawn(id, () -> way.accept(response(id).set("result", answer)));
    }

    private void unlessWithdrawn(JsonNode id, Runnable response) {
        FutureTask<?> task = open.get(id);
        if (task != null && !task.isCancelled()) {
            response.run();
        }
    }

    /** The server does not want the answer any more. */
    void withdraw(JsonNode id) {
        FutureTask<?> task = open.get(id);
        if (task != null) {
            task.cancel(true);
        }
    }

    /** Nobody wants any answer any more. */
    void withdrawAll() {
        open.keySet().forEach(this::withdraw);
    }

    private void refuse(JsonNode id, int code, String why) {
        ObjectNode response = response(id);
        response.putObject("error").put("code", code).put("message", why);
        way.accept(response);
    }

    private static ObjectNode response(JsonNode id) {
        ObjectNode response = Json.object().put("jsonrpc", "2.0");
        response.set("id", id);
        return response;
    }
}
