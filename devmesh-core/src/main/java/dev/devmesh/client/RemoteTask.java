package dev.devmesh.client;

import dev.devmesh.json.Json;
import dev.devmesh.tool.ToolResult;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A call that a server turned into a task. The task belongs to the server: it goes on when this object is forgotten, and
 * {@link McpClient#task} finds it again by its {@link #id()}.
 *
 * <p>Safe for use by many threads.
 */
public final class RemoteTask implements CallOutcome {

    private static final Duration USUAL_INTERVAL = Duration.ofSeconds(1);
    private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(10);

    private final String id;
    private final Rpc rpc;
    private final Terms terms;
    private final ContentReader content;

    RemoteTask(String id, Rpc rpc, Terms terms, ContentReader content) {
        this.id = id;
        this.rpc = rpc;
        this.terms = terms.withTasks();
        this.content = content;
    }

    /** Under which the server knows the task. Whoever has it and the same credential may act on the task. */
    public String id() {
        return id;
    }

    /**
     * Asks how the task stands.
     *
     * @throws McpClientException if the server does not know it, or not any more
     */
    public TaskStatus status() {
        TaskStatus status = TaskStatus.of(rpc.server(), rpc.complete("tasks/get", params(), terms));
        if (!status.id().equals(id)) {
            throw McpClientException.protocol(rpc.server(), "it answered with another task");
        }
        return status;
    }

    /**
     * Answers what the task waits for.
     *
     * @param responses by the keys of its {@code inputRequests}, each in the words of MCP; some now, others later
     */
    public void answer(Map<String, ObjectNode> responses) {
        ObjectNode params = params();
        ObjectNode all = params.putObject("inputResponses");
        responses.forEach(all::set);
        rpc.complete("tasks/update", params, terms);
    }

    /** Asks the server to stop the task, which may take a while or come too late. */
    public void cancel() {
        rpc.complete("tasks/cancel", params(), terms);
    }

    /**
     * Waits for the result: asks at the server's interval, and answers what the task asks with the client's handlers.
     *
     * @throws McpClientException if the task fails, is cancelled, or does not end in this time; it goes on then. Also if it
     *     asks what the client has no handler for
     */
    @Override
    public ToolResult await(Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        Set<String> answered = new HashSet<>();
        while (true) {
            TaskStatus status = status();
            switch (status.state()) {
                case COMPLETED -> {
                    return content.toolResult(Reading.object(status.json(), "result")
                            .orElseThrow(() -> content.malformed("a completed task has no result")));
                }
                case FAILED ->
                    throw McpClientException.rpc(
                            rpc.server(), 0, Optional.empty(), status.json().path("error"));
                case CANCELLED -> throw McpClientException.cancelled("The task " + id);
                case INPUT_REQUIRED -> answer(status.json().path("inputRequests"), answered);
                case WORKING -> {}
            }
            pause(status.pollInterval().orElse(USUAL_INTERVAL), deadline);
        }
    }

    /** Answers each question once: the server may take a moment to notice. */
    private void answer(JsonNode questions, Set<String> answered) {
        ObjectNode responses = Json.object();
        questions.properties().forEach(question -> {
            if (!answered.contains(question.getKey())) {
                responses.set(
                        question.getKey(), rpc.inputs().answer(rpc.server(), question.getKey(), question.getValue()));
            }
        });
        if (!responses.isEmpty()) {
            ObjectNode params = params();
            params.set("inputResponses", responses);
            rpc.complete("tasks/update", params, terms);
            answered.addAll(responses.propertyNames());
        }
    }

    /** Up to a quarter longer than told, so that many clients do not ask at the same moment. */
    private void pause(Duration interval, long deadline) {
        long least = Math.max(interval.toNanos(), SHORTEST_INTERVAL.toNanos());
        long pause = least + ThreadLocalRandom.current().nextLong(least / 4 + 1);
        long left = deadline - System.nanoTime();
        if (left <= 0) {
            throw McpClientException.late(
                    "The task " + id + " of " + rpc.server() + " has not ended in time.",
                    "It goes on: wait for it again, also with McpClient.task(id), or cancel it.");
        }
        try {
            TimeUnit.NANOSECONDS.sleep(Math.min(pause, left));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw McpClientException.cancelled("Waiting for the task " + id);
        }
    }

    private ObjectNode params() {
        return Json.object().put("taskId", id);
    }
}
