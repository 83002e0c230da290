package dev.devmesh.mcp;

import dev.devmesh.json.JsonWritable;
import dev.devmesh.task.Task;
import dev.devmesh.task.TaskStatus;
import java.time.Duration;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A task in the words of the extension {@code io.modelcontextprotocol/tasks}.
 *
 * <p>Stateless; safe for use by many threads.
 */
public final class TaskForm {

    private TaskForm() {}

    /** The whole task, as {@code tasks/get} and {@code notifications/tasks} show it. */
    public static JsonWritable of(Task task) {
        return out -> {
            out.writeStartObject();
            writeDetailed(out, task);
            out.writeEndObject();
        };
    }

    /** Writes what the answer to the call that made it says of a task. */
    static void write(JsonGenerator out, Task task) {
        out.writeStringProperty("taskId", task.id());
        out.writeStringProperty("status", task.status().wireName());
        if (!task.statusMessage().isEmpty()) {
            out.writeStringProperty("statusMessage", task.statusMessage());
        }
        out.writeStringProperty("createdAt", task.createdAt().toString());
        out.writeStringProperty("lastUpdatedAt", task.updatedAt().toString());
        out.writeNumberProperty("ttlMs", millis(task.life()));
        out.writeNumberProperty("pollIntervalMs", millis(task.pollInterval()));
    }

    /** Writes all there is to know of a task. */
    static void writeDetailed(JsonGenerator out, Task task) {
        write(out, task);
        if (task.status() == TaskStatus.INPUT_REQUIRED) {
            out.writeObjectPropertyStart("inputRequests");
            task.questions().forEach((key, question) -> {
                out.writeObjectPropertyStart(key);
                out.writeStringProperty("method", question.method());
                out.writeName("params");
                out.writeTree(question.params());
                out.writeEndObject();
            });
            out.writeEndObject();
        }
        task.result().ifPresent(result -> write(out, result));
        task.failure().ifPresent(failure -> {
            McpError error = McpError.of(failure.reason());
            out.writeObjectPropertyStart("error");
            out.writeNumberProperty("code", error.code());
            out.writeStringProperty("message", error.getMessage());
            if (!error.data().isEmpty()) {
                out.writePOJOProperty("data", error.data());
            }
            out.writeEndObject();
        });
    }

    private static void write(JsonGenerator out, ObjectNode result) {
        out.writeObjectPropertyStart("result");
        out.writeStringProperty("resultType", "complete");
        for (var member : result.properties()) {
            JsonNode value = member.getValue();
            out.writeName(member.getKey());
            out.writeTree(value);
        }
        out.writeEndObject();
    }

    private static long millis(Duration time) {
        return Math.max(1, time.toMillis());
    }
}
