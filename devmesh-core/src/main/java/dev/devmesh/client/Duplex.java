package dev.devmesh.client;

import dev.devmesh.call.LogLevel;
import dev.devmesh.json.Json;
import dev.devmesh.json.MalformedJson;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A connection on which several requests are under way, and sorts what comes: responses by their id, progress by its token,
 * changes by their subscription. What belongs to no request goes to the {@link Inbound}.
 *
 * <p>The thread that brings messages never waits here: each request has a {@link Mailbox}.
 */
final class Duplex implements Link, McpTransport.Receiver, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Duplex.class);

    private record Waiting(Mailbox mailbox, Optional<LogLevel> log) {}

    private final String server;
    private final int maxMessageBytes;
    private final Map<Long, Waiting> waiting = new ConcurrentHashMap<>();
    private volatile McpTransport.@Nullable Connection connection;
    private volatile @Nullable Inbound inbound;
    private final AtomicReference<@Nullable McpClientException> over = new AtomicReference<>();

    private Duplex(String server, int maxMessageBytes) {
        this.server = server;
        this.maxMessageBytes = maxMessageBytes;
    }

    /** @throws McpClientException if the server cannot be reached */
    static Duplex open(McpTransport transport, int maxMessageBytes) {
        Duplex duplex = new Duplex(transport.server(), maxMessageBytes);
        try {
            duplex.connection = transport.open(duplex, maxMessageBytes);
        } catch (IOException e) {
            throw McpClientException.noConnection(transport.server(), e);
        }
        return duplex;
    }

    boolean isOpen() {
        return over.get() == null;
    }

    @Override
    public Answer send(Outgoing request) {
        Mailbox mailbox = Mailbox.ofRequest(server, maxMessageBytes, () -> giveUp(request));
        waiting.put(request.id(), new Waiting(mailbox, request.log()));
        McpClientException ended = over.get();
        if (ended != null) {
            waiting.remove(request.id());
            mailbox.fail(ended);
            return mailbox;
        }
        try {
            write(request.message());
        } catch (IOException e) {
            waiting.remove(request.id());
            mailbox.fail(McpClientException.unreachable(server, e));
        }
        return mailbox;
    }

    private void giveUp(Outgoing request) {
        if (waiting.remove(request.id()) != null && isOpen()) {
            request.cancellation().ifPresent(this::tell);
        }
    }

    @Override
    public CompletableFuture<Void> tell(ObjectNode message) {
        try {
            write(message);
            return CompletableFuture.completedFuture(null);
        } catch (IOException e) {
            LOG.debug("a message did not get to {}", server, e);
            return CompletableFuture.failedFuture(McpClientException.unreachable(server, e));
        }
    }

    private void write(ObjectNode message) throws IOException {
        McpTransport.Connection open = connection;
        if (open == null) {
            throw new IOException("there is no connection yet");
        }
        open.send(Json.bytes(message));
    }

    @Override
    public void attach(Inbound taker) {
        inbound = taker;
        McpClientException ended = over.get();
        if (ended != null) {
            taker.ended(ended);
        }
    }

    /** Everything comes by the one connection. */
    @Override
    public void hear(Duration atMost) {
        McpClientException ended = over.get();
        if (ended != null) {
            throw ended;
        }
    }

    /** The session lives as long as the connection, and a request on a connection that ended may have run. */
    @Override
    public boolean isLost(McpClientException refusal) {
        return false;
    }

    @Override
    public void end() {
        close();
    }

    @Override
    public void received(byte[] message) {
        JsonNode json;
        try {
            json = Json.parse(message);
        } catch (MalformedJson e) {
            // many a server prints something else there; what it says to requests still gets here
            LOG.warn("{} sent something that is not JSON and left out ({})", server, e.getMessage());
            return;
        }
        if (json instanceof ObjectNode object) {
            sort(object, message.length);
        } else if (json instanceof ArrayNode batch) { // of revision 2025-03-26
            for (JsonNode entry : batch) {
                if (entry instanceof ObjectNode object) {
                    sort(object, message.length);
                }
            }
        } else {
            LOG.warn("{} sent a message that is not a JSON object and left out", server);
        }
    }

    private void sort(ObjectNode message, int size) {
        if (!message.has("method")) {
            respond(message);
        } else if (message.has("id")) {
            Inbound taker = inbound;
            if (taker == null) {
                LOG.warn("{} sent a request of its own, which nobody may in this revision", server);
            } else {
                taker.asked(message);
            }
        } else {
            notice(message, size);
        }
    }

    private void respond(ObjectNode response) {
        JsonNode id = response.path("id");
        Waiting answered = null;
        if (id.isIntegralNumber()) {
            answered = waiting.remove(id.asLong(-1));
        } else if (id.isMissingNode() || id.isNull()) {
            answered = onlyOne(); // refused before it was read
        }
        if (answered == null) {
            LOG.debug("{} answered a request that is not under way", server);
        } else {
            answered.mailbox().respond(response);
        }
    }

    private @Nullable Waiting onlyOne() {
        if (waiting.size() != 1) {
            return null;
        }
        for (Long id : waiting.keySet()) {
            return waiting.remove(id);
        }
        return null;
    }

    private void notice(ObjectNode notification, int size) {
        JsonNode params = notification.path("params");
        switch (Reading.text(notification, "method")) {
            case "notifications/progress" -> give(params.path("progressToken"), notification, size);
            case "notifications/message" -> logged(notification, size);
            default -> {
                JsonNode subscription = params.path("_meta").path(Stateless.META + "subscriptionId");
                Inbound taker = inbound;
                if (subscription.isMissingNode() && taker != null) {
                    taker.told(notification);
                } else {
                    give(subscription, notification, size);
                }
            }
        }
    }

    private void give(JsonNode id, ObjectNode notification, int size) {
        Waiting request = id.isIntegralNumber() ? waiting.get(id.asLong(-1)) : null;
        if (request != null) {
            request.mailbox().add(notification, size);
        }
    }

    /** Which request a line of the log is about is not said. */
    private void logged(ObjectNode notification, int size) {
        for (Waiting request : waiting.values()) {
            if (request.log().isPresent()) {
                request.mailbox().add(notification, size);
            }
        }
    }

    @Override
    public void ended(String why) {
        over(McpClientException.ended(server, why));
    }

    private void over(McpClientException reason) {
        if (!over.compareAndSet(null, reason)) {
            return;
        }
        for (Long id : waiting.keySet()) {
            Waiting request = waiting.remove(id);
            if (request != null) {
                request.mailbox().fail(reason);
            }
        }
        Inbound taker = inbound;
        if (taker != null) {
            taker.ended(reason);
        }
    }

    /** Whoever waits learns that the client gave up. */
    @Override
    public void close() {
        over(McpClientException.cancelled("The request to " + server));
        McpTransport.Connection open = connection;
        if (open != null) {
            open.close();
        }
    }
}
