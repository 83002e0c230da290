package dev.devmesh.client;

import dev.devmesh.ErrorCode;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A stream of notifications that a server sends until one of the two closes it.
 *
 * <p>Safe for use by many threads.
 */
public final class Subscription implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);
    private static final Duration FOREVER = Duration.ofDays(10_000);
    private static final String ACKNOWLEDGED = "notifications/subscriptions/acknowledged";

    private final String server;
    private final Exchange exchange;
    private final ListenFilter honoured;
    private final ListenHandler handler;
    private volatile boolean closed;
    private volatile boolean ended;

    /** Waits until the server says what it will tell. */
    Subscription(String server, Exchange exchange, Duration timeout, ListenHandler handler) {
        this.server = server;
        this.exchange = exchange;
        this.handler = handler;
        ObjectNode first = exchange.next(timeout);
        if (!first.has("method")) {
            exchange.result(first); // throws the server's refusal
            throw McpClientException.protocol(server, "the subscription ended before it began");
        }
        if (!Reading.text(first, "method").equals(ACKNOWLEDGED)) {
            throw McpClientException.protocol(server, "a subscription does not begin with its acknowledgement");
        }
        this.honoured = ListenFilter.of(first.path("params").path("notifications"));
    }

    /** What the server will tell, of what was asked for. */
    public ListenFilter honoured() {
        return honoured;
    }

    /** Whether more may come. */
    public boolean isOpen() {
        return !closed && !ended;
    }

    /**
     * Ends the subscription by closing its stream. A notification that is being handled may still be handled to its end;
     * none begins after this, and {@link ListenHandler#ended} is not called. Closing the client does the same. Calling it twice has no further effect.
     */
    @Override
    public void close() {
        closed = true;
        exchange.close();
    }

    /** Hands over notifications until there are no more. */
    void run() {
        Optional<McpClientException> reason = Optional.empty();
        try (exchange) {
            ObjectNode message = exchange.next(FOREVER);
            while (message.has("method")) {
                if (!closed && isMine(message)) {
                    handle(Reading.text(message, "method"), message.path("params"));
                }
                message = exchange.next(FOREVER);
            }
            exchange.result(message);
        } catch (McpClientException e) {
            closed |= e.code() == ErrorCode.CANCELLED; // here, with the whole client
            reason = Optional.of(e);
        }
        ended = true;
        if (!closed) {
            Optional<McpClientException> why = reason;
            guarded("the end", () -> handler.ended(why));
        }
    }

    private boolean isMine(ObjectNode message) {
        JsonNode id = message.path("params").path("_meta").path(Rpc.META + "subscriptionId");
        return id.isMissingNode() || id.asLong(-1) == exchange.id();
    }

    private void handle(String method, JsonNode params) {
        switch (method) {
            case "notifications/tools/list_changed" -> guarded(method, handler::toolsChanged);
            case "notifications/prompts/list_changed" -> guarded(method, handler::promptsChanged);
            case "notifications/resources/list_changed" -> guarded(method, handler::resourcesChanged);
            case "notifications/resources/updated" ->
                guarded(method, () -> handler.resourceUpdated(Reading.text(params, "uri")));
            case "notifications/tasks" -> {
                if (params instanceof ObjectNode task) {
                    TaskStatus status = TaskStatus.of(server, task);
                    guarded(method, () -> handler.taskChanged(status));
                }
            }
            default -> LOG.debug("{} sent {}, which is not known here", server, McpClientException.quote(method));
        }
    }

    /** One failure of the handler does not end the subscription. */
    private void guarded(String what, Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            LOG.error("The handler of a subscription at {} failed at {}", server, what, e);
        }
    }
}
