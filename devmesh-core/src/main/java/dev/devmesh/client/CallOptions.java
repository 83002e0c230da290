package dev.devmesh.client;

import dev.devmesh.call.LogLevel;
import dev.devmesh.json.Json;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A call of a tool, with all that can be said about one:
 * {@code CallOptions.of("index", args).timeout(ofMinutes(5)).onProgress(p -> …)}.
 *
 * <p>Immutable: each method returns another value. Listeners run on the thread that waits for the result.
 */
public final class CallOptions {

    private final String tool;
    private final ObjectNode arguments;
    private final Optional<Duration> timeout;
    private final Optional<Consumer<Progress>> progress;
    private final Optional<Log> log;
    private final ObjectNode meta;

    private record Log(LogLevel least, Consumer<LogMessage> listener) {

        void hear(LogMessage message) {
            if (message.level().compareTo(least) >= 0) {
                listener.accept(message);
            }
        }
    }

    private CallOptions(
            String tool,
            ObjectNode arguments,
            Optional<Duration> timeout,
            Optional<Consumer<Progress>> progress,
            Optional<Log> log,
            ObjectNode meta) {
        this.tool = tool;
        this.arguments = arguments;
        this.timeout = timeout;
        this.progress = progress;
        this.log = log;
        this.meta = meta;
    }

    /** A call without arguments. */
    public static CallOptions of(String tool) {
        return of(tool, Json.object());
    }

    /**
     * A call.
     *
     * @param arguments a map, a record or a tree, an object in JSON
     * @throws IllegalArgumentException if the arguments are not an object in JSON
     */
    public static CallOptions of(String tool, Object arguments) {
        if (!(Json.tree(arguments) instanceof ObjectNode object)) {
            throw new IllegalArgumentException("the arguments of a tool must be an object in JSON: a map or a record");
        }
        return new CallOptions(tool, object, Optional.empty(), Optional.empty(), Optional.empty(), Json.object());
    }

    /** How long the server may take for each answer, instead of the client's timeout. */
    public CallOptions timeout(Duration timeout) {
        return new CallOptions(tool, arguments, Optional.of(McpClientBuilder.positive(timeout)), progress, log, meta);
    }

    /** Asks for progress. */
    public CallOptions onProgress(Consumer<Progress> listener) {
        return new CallOptions(tool, arguments, timeout, Optional.of(listener), log, meta);
    }

    /**
     * Asks for what the tool logs at this level or above. Servers of the revisions with sessions do not always say to which call a
     * message belongs: over stdio and WebSocket all calls under way that ask for logs hear it then.
     */
    public CallOptions onLog(LogLevel least, Consumer<LogMessage> listener) {
        return new CallOptions(tool, arguments, timeout, progress, Optional.of(new Log(least, listener)), meta);
    }

    /** A member of the request's {@code _meta}, such as {@code traceparent}. What every request carries comes on top. */
    public CallOptions meta(String name, Object value) {
        ObjectNode more = meta.deepCopy();
        more.set(name, Json.tree(value));
        return new CallOptions(tool, arguments, timeout, progress, log, more);
    }

    String tool() {
        return tool;
    }

    ObjectNode params() {
        ObjectNode params = Json.object().put("name", tool);
        params.set("arguments", arguments);
        return params;
    }

    Terms terms(Terms usual) {
        return new Terms(
                timeout.orElse(usual.timeout()),
                meta,
                log.map(Log::least),
                progress.isPresent(),
                usual.tasks(),
                usual.mirrored());
    }

    /** Hands a notification about round {@code id} to whom it is for. */
    void notify(long id, ObjectNode notification) {
        JsonNode params = notification.path("params");
        switch (Reading.text(notification, "method")) {
            case "notifications/progress" -> {
                JsonNode token = params.path("progressToken");
                if (token.isIntegralNumber() && token.asLong(-1) == id) {
                    progress.ifPresent(listener -> listener.accept(progress(params)));
                }
            }
            case "notifications/message" ->
                log.ifPresent(wanted -> LogLevel.ofWireName(Reading.text(params, "level"))
                        .ifPresent(level -> wanted.hear(
                                new LogMessage(level, Reading.text(params, "logger"), params.path("data")))));
            default -> {
                // a kind that a later revision may know
            }
        }
    }

    private static Progress progress(JsonNode params) {
        JsonNode total = params.path("total");
        return new Progress(
                params.path("progress").asDouble(0),
                total.isNumber() ? OptionalDouble.of(total.asDouble(0)) : OptionalDouble.empty(),
                Reading.text(params, "message"));
    }
}
