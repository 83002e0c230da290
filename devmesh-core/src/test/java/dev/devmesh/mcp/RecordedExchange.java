package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A transport that keeps what the engine sends. */
final class RecordedExchange implements McpExchange {

    record Answer(int status, @Nullable JsonNode body, Duration retryAfter) {}

    private final Principal principal;
    private final @Nullable Map<String, List<String>> headers;
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    final List<JsonNode> pushed = new CopyOnWriteArrayList<>();

    RecordedExchange(Principal principal, @Nullable Map<String, List<String>> headers) {
        this.principal = principal;
        if (headers == null) {
            this.headers = null;
        } else {
            this.headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            this.headers.putAll(headers);
        }
    }

    Answer await() throws Exception {
        return answer.get(10, TimeUnit.SECONDS);
    }

    boolean isAnswered() {
        return answer.isDone();
    }

    @Override
    public Principal principal() {
        return principal;
    }

    @Override
    public Optional<McpHeaders> headers() {
        Map<String, List<String>> known = headers;
        return known == null ? Optional.empty() : Optional.of(name -> known.getOrDefault(name, List.of()));
    }

    @Override
    public void answer(int status, JsonWritable message, Duration retryAfter) {
        if (!answer.complete(new Answer(status, Json.parse(Json.bytes(message)), retryAfter))) {
            throw new AssertionError("answered twice");
        }
    }

    @Override
    public void accept() {
        if (!answer.complete(new Answer(202, null, Duration.ZERO))) {
            throw new AssertionError("answered twice");
        }
    }

    @Override
    public boolean push(JsonWritable notification) {
        pushed.add(Json.parse(Json.bytes(notification)));
        return true;
    }
}
