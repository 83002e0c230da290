package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import dev.devmesh.json.JsonWritable;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The way back of one request of a connection. */
final class ConnectionExchange implements SessionExchange {

    private final McpConnection connection;
    private final Principal principal;
    private final JsonNode id;
    private volatile @Nullable McpOutbox stream;

    ConnectionExchange(McpConnection connection, Principal principal, JsonNode id) {
        this.connection = connection;
        this.principal = principal;
        this.id = id;
    }

    @Override
    public Principal principal() {
        return principal;
    }

    @Override
    public String remoteAddress() {
        return connection.remoteAddress();
    }

    @Override
    public Optional<McpHeaders> headers() {
        return Optional.empty();
    }

    @Override
    public void answer(int status, JsonWritable message, Duration retryAfter) {
        McpOutbox box = stream;
        if (box == null) {
            connection.ended(id, message);
        } else {
            connection.ended(id, box, message);
        }
    }

    @Override
    public void accept() {
        connection.ended(id);
    }

    @Override
    public boolean push(JsonWritable notification) {
        return connection.offer(notification);
    }

    @Override
    public boolean ask(JsonWritable request) {
        return connection.send(request);
    }

    @Override
    public Runnable stream(McpOutbox outbox) {
        stream = outbox;
        return connection.pull(outbox);
    }

    @Override
    public void refused(int status, JsonWritable error) {
        connection.send(error);
    }

    @Override
    public void abandoned() {
        McpOutbox box = stream;
        if (box != null) {
            connection.forget(box);
        }
        connection.ended(id);
    }
}
