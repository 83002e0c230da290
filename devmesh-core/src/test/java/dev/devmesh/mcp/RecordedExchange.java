package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.limit.Charge;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A transport that keeps what the engine sends. */
final class RecordedExchange implements McpExchange {

    record Answer(int status, @Nullable JsonNode body, Duration retryAfter) {}

    private final Principal principal;
    private final @Nullable Map<String, List<String>> headers;
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    final List<JsonNode> pushed = new CopyOnWriteArrayList<>();
    final List<Charge> charges = new CopyOnWriteArrayList<>();
    final List<McpEvent> events = new CopyOnWriteArrayList<>();
    private final ReentrantLock reading = new ReentrantLock();
    private volatile @Nullable McpOutbox outbox;
    private volatile boolean reads = true;
    private volatile String remoteAddress = "";
    private volatile boolean streamOver;
    private volatile @Nullable String sessionId;

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

    /** The same from there. */
    RecordedExchange from(String address) {
        remoteAddress = address;
        return this;
    }

    /** Whether the client reads its stream from now on. */
    RecordedExchange reads(boolean does) {
        reads = does;
        read();
        return this;
    }

    boolean isStream() {
        return outbox != null;
    }

    /** Whether everything was taken out of a stream to which nothing will come. */
    boolean isStreamOver() {
        return streamOver;
    }

    /** The session that began with this exchange. */
    @Nullable
    String sessionId() {
        return sessionId;
    }

    private void read() {
        McpOutbox box = outbox;
        reading.lock();
        try {
            while (reads && !streamOver && box != null) {
                boolean over = box.isOver();
                Optional<McpEvent> event = box.next();
                if (event.isEmpty()) {
                    streamOver = over;
                    return;
                }
                events.add(event.get());
                event.get().message().ifPresent(this::push);
            }
        } finally {
            reading.unlock();
        }
    }

    @Override
    public Principal principal() {
        return principal;
    }

    @Override
    public String remoteAddress() {
        return remoteAddress;
    }

    @Override
    public void charged(Charge charge) {
        charges.add(charge);
    }

    @Override
    public Optional<McpHeaders> headers() {
        Map<String, List<String>> known = headers;
        return known == null ? Optional.empty() : Optional.of(name -> known.getOrDefault(name, List.of()));
    }

    @Override
    public void answer(int status, JsonWritable message, Duration retryAfter) {
        read();
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
    public void beginSession(String id) {
        sessionId = id;
    }

    @Override
    public boolean push(JsonWritable notification) {
        pushed.add(Json.parse(Json.bytes(notification)));
        return true;
    }

    @Override
    public Runnable stream(McpOutbox messages) {
        outbox = messages;
        read();
        return this::read;
    }
}
