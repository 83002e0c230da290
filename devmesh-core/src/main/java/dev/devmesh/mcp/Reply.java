package dev.devmesh.mcp;

import dev.devmesh.json.JsonWritable;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import tools.jackson.core.SerializableString;
import tools.jackson.databind.JsonNode;

/**
 * The way back of one request: exactly one response, or none after the client has given up.
 *
 * <p>Safe for use by many threads.
 */
final class Reply {

    private final JsonNode id;
    private final McpExchange exchange;
    private final SerializableString serverInfo;
    private final Runnable onEnd;
    private final AtomicBoolean ended = new AtomicBoolean();

    /** @param onEnd run once, when nothing more will be sent */
    Reply(JsonNode id, McpExchange exchange, SerializableString serverInfo, Runnable onEnd) {
        this.id = id;
        this.exchange = exchange;
        this.serverInfo = serverInfo;
        this.onEnd = onEnd;
    }

    /** Answers with a complete result of these members. */
    void complete(Wire.Members members) {
        answer(
                200,
                Wire.result(id, out -> {
                    out.writeStringProperty("resultType", "complete");
                    members.writeTo(out);
                }),
                Duration.ZERO);
    }

    /** Answers with an error. */
    void fail(McpError error) {
        answer(error.status(), Wire.error(id, error), error.retryAfter());
    }

    /** Sends a notification ahead of the response. */
    void push(JsonWritable notification) {
        if (!ended.get()) {
            exchange.push(notification);
        }
    }

    /** The client has gone: nothing is sent any more. */
    void abandon() {
        if (ended.compareAndSet(false, true)) {
            onEnd.run();
        }
    }

    /** {@code _meta} with the server's name, as every result should carry it. */
    SerializableString serverInfo() {
        return serverInfo;
    }

    private void answer(int status, JsonWritable message, Duration retryAfter) {
        if (ended.compareAndSet(false, true)) {
            onEnd.run();
            exchange.answer(status, message, retryAfter);
        }
    }
}
