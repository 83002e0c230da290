package dev.devmesh.netty;

import static org.awaitility.Awaitility.await;

import dev.devmesh.json.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** A client that keeps all rules: the one of the JDK. It keeps every message that came. */
final class WebSocketClient implements WebSocket.Listener, AutoCloseable {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final List<JsonNode> messages = new CopyOnWriteArrayList<>();
    private final StringBuilder begun = new StringBuilder();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final WebSocket socket;

    WebSocketClient(URI uri) {
        this(uri, "");
    }

    WebSocketClient(URI uri, String apiKey) {
        WebSocket.Builder builder = HTTP.newWebSocketBuilder().subprotocols("mcp");
        if (!apiKey.isEmpty()) {
            builder.header("X-API-Key", apiKey);
        }
        socket = builder.buildAsync(uri, this).join();
    }

    private WebSocketClient(URI uri, WebSocket.Builder builder) {
        socket = builder.buildAsync(uri, this).join();
    }

    /** One that shows a token. */
    static WebSocketClient bearing(URI uri, String token) {
        return new WebSocketClient(
                uri, HTTP.newWebSocketBuilder().subprotocols("mcp").header("Authorization", "Bearer " + token));
    }

    void send(String message) {
        socket.sendText(message, true).join();
    }

    /** The first message of this kind; waits for it. */
    JsonNode awaitMessage(Predicate<JsonNode> wanted) {
        return await().until(() -> messages.stream().filter(wanted).findFirst(), found -> found.isPresent())
                .orElseThrow();
    }

    JsonNode awaitResponse(int id) {
        return awaitMessage(
                message -> !message.has("method") && message.path("id").asInt(-1) == id);
    }

    JsonNode awaitNotification(String method) {
        return awaitMessage(message -> message.path("method").asString("").equals(method));
    }

    List<JsonNode> messages() {
        return messages;
    }

    /** The code that the server closed with; waits for it. */
    int awaitCloseCode() {
        return closed.orTimeout(10, TimeUnit.SECONDS).join();
    }

    boolean isClosed() {
        return closed.isDone();
    }

    /** Goes without a word. */
    void abort() {
        socket.abort();
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        begun.append(data);
        if (last) {
            messages.add(Json.parse(begun.toString().getBytes(StandardCharsets.UTF_8)));
            begun.setLength(0);
        }
        webSocket.request(1);
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
        closed.complete(statusCode);
        return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
        closed.completeExceptionally(error);
    }

    /** Closes as one should, and waits for the server to do so. */
    @Override
    public void close() {
        // Refused if the socket has answered the server's close by itself, which may come at any moment.
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "")
                .exceptionally(closedAlready -> socket)
                .join();
        await().atMost(Duration.ofSeconds(5)).until(() -> closed.isDone() || socket.isInputClosed());
    }
}
