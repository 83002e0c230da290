package dev.devmesh.client;

import dev.devmesh.json.Json;
import dev.devmesh.schema.HeaderMember;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request that may take several rounds ("Multi round-trip requests"): as long as the server answers with questions, they are
 * answered and the same request goes out again under a new id, with the answers and the state that came with the questions.
 *
 * <p>The first round is sent at once; the thread that waits for the result does the rest. Any thread may cancel.
 */
final class Pending {

    private static final int HEADER_MISMATCH = -32020;

    private final Rpc rpc;
    private final String method;
    private final ObjectNode params;
    private final int maxRounds;
    private final BiConsumer<Long, ObjectNode> notifications;
    private final Supplier<List<HeaderMember>> refetch;
    private final ReentrantLock lock = new ReentrantLock();
    private Terms terms;
    private boolean refetched;
    private int attempts = 1;
    private boolean cancelled;
    private @Nullable Dialect dialect;
    private @Nullable Exchange current;

    /**
     * @param notifications gets what comes before the response, with the id of the round
     * @param refetch finds out anew which arguments HTTP repeats in headers
     */
    Pending(
            Rpc rpc,
            String method,
            ObjectNode params,
            Terms terms,
            int maxRounds,
            BiConsumer<Long, ObjectNode> notifications,
            Supplier<List<HeaderMember>> refetch) {
        this.rpc = rpc;
        this.method = method;
        this.params = params;
        this.terms = terms;
        this.maxRounds = maxRounds;
        this.notifications = notifications;
        this.refetch = refetch;
    }

    /** Sends the first round. */
    void send() {
        send(rpc.connector().dialect(), Json.object());
    }

    private void send(Dialect in, ObjectNode answers) {
        ObjectNode all = Json.object();
        all.setAll(params);
        all.setAll(answers);
        dialect = in;
        Exchange next;
        try {
            next = in.send(method, all, terms);
        } catch (McpClientException e) {
            repeat(e, answers);
            return;
        }
        lock.lock();
        try {
            current = next;
            if (!cancelled) {
                return;
            }
        } finally {
            lock.unlock();
        }
        next.close();
        throw cancelled();
    }

    /** Gives up: whoever waits is woken by an exception, and the server is told. */
    void cancel() {
        Exchange running;
        lock.lock();
        try {
            cancelled = true;
            running = current;
        } finally {
            lock.unlock();
        }
        if (running != null) {
            running.close();
        }
    }

    /** Waits for the result, which is complete or, if the terms allow for it, a task. */
    ObjectNode await() {
        ObjectNode answers = Json.object();
        for (int rounds = 1; ; rounds++) {
            ObjectNode result = round(answers);
            Dialect spoken = spoken();
            switch (spoken.resultType(result)) {
                case ResultType.COMPLETE:
                    return result;
                case ResultType.TASK:
                    if (terms.tasks()) {
                        return result;
                    }
                    throw McpClientException.protocol(rpc.server(), "it made a task for a caller that cannot take one");
                case ResultType.INPUT_REQUIRED:
                    if (rounds == maxRounds) {
                        throw McpClientException.unable(
                                rpc.server() + " still asks for more after " + maxRounds + " rounds of " + method + ".",
                                "Allow for more with McpClient.builder(...).maxRounds(...) if it is meant to.");
                    }
                    answers = answers(result);
                    send(spoken, answers);
                    break;
                default:
                    throw McpClientException.protocol(
                            rpc.server(),
                            "a result has the unknown type '" + McpClientException.quote(ResultType.of(result)) + "'");
            }
        }
    }

    private ObjectNode round(ObjectNode answers) {
        while (true) {
            try {
                ObjectNode result = result();
                rpc.connector().answered(spoken());
                return result;
            } catch (McpClientException e) {
                if (isCancelled()) {
                    throw cancelled();
                }
                repeat(e, answers);
            }
        }
    }

    /** Sends a round again that was refused before it ran, or throws the refusal. */
    private void repeat(McpClientException refusal, ObjectNode answers) {
        if (refusal.rpcCode() == HEADER_MISMATCH && !refetched && method.equals("tools/call")) {
            refetched = true;
            terms = terms.mirroring(refetch.get());
            send(spoken(), answers);
            return;
        }
        Dialect other = rpc.connector().instead(spoken(), refusal);
        if (attempts == Rpc.MOST_ATTEMPTS) {
            throw refusal;
        }
        attempts++;
        send(other, answers);
    }

    private Dialect spoken() {
        if (dialect == null) {
            throw new IllegalStateException("nothing was sent");
        }
        return dialect;
    }

    private ObjectNode result() {
        Exchange exchange;
        lock.lock();
        try {
            exchange = current;
        } finally {
            lock.unlock();
        }
        if (exchange == null) {
            throw new IllegalStateException("nothing was sent");
        }
        try (exchange) {
            return exchange.result(terms.timeout(), message -> notifications.accept(exchange.id(), message));
        }
    }

    private boolean isCancelled() {
        lock.lock();
        try {
            return cancelled;
        } finally {
            lock.unlock();
        }
    }

    private McpClientException cancelled() {
        return McpClientException.cancelled(method + " of " + rpc.server());
    }

    private ObjectNode answers(ObjectNode result) {
        JsonNode questions = result.path("inputRequests");
        JsonNode state = result.path("requestState");
        if (!questions.isObject() && !state.isString()) {
            throw McpClientException.protocol(rpc.server(), "it asks for input and does not say which");
        }
        ObjectNode retry = Json.object();
        if (questions.isObject()) {
            ObjectNode responses = retry.putObject("inputResponses");
            questions
                    .properties()
                    .forEach(question -> responses.set(
                            question.getKey(),
                            rpc.inputs().answer(rpc.server(), question.getKey(), question.getValue())));
        }
        if (state.isString()) {
            retry.set("requestState", state);
        }
        return retry;
    }
}
