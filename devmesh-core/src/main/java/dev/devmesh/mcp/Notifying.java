package dev.devmesh.mcp;

import dev.devmesh.call.CallObserver;
import dev.devmesh.call.LogLevel;
import dev.devmesh.content.ContentForm;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/** Turns what a handler says while it works into the notifications that the client asked for. */
record Notifying(Optional<JsonNode> token, Optional<LogLevel> least, Reply reply) implements CallObserver {

    @Override
    public void progress(double progress, double total, String message) {
        token.ifPresent(token -> reply.push(Wire.notification("notifications/progress", out -> {
            out.writeName("progressToken");
            out.writeTree(token);
            number(out, "progress", progress);
            if (total > 0) {
                number(out, "total", total);
            }
            ContentForm.text(out, "message", message);
        })));
    }

    @Override
    public void log(LogLevel level, String name, Object data) {
        if (least.isPresent() && level.compareTo(least.get()) >= 0) {
            JsonNode tree = Json.tree(data);
            JsonWritable message = Wire.notification("notifications/message", out -> {
                out.writeStringProperty("level", level.wireName());
                out.writeStringProperty("logger", name);
                out.writeName("data");
                out.writeTree(tree);
            });
            reply.push(message);
        }
    }

    @Override
    public void closeStream(Duration comeBackAfter) {
        reply.closeStream(comeBackAfter);
    }

    private static void number(JsonGenerator out, String name, double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1L << 53) {
            out.writeNumberProperty(name, (long) value);
        } else {
            out.writeNumberProperty(name, value);
        }
    }
}
