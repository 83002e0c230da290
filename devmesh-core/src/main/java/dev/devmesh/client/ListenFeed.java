package dev.devmesh.client;

import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A subscription of the stateless revision: a request whose response ends it. */
final class ListenFeed implements Feed {

    private static final Duration FOREVER = Duration.ofDays(10_000);
    private static final String ACKNOWLEDGED = "notifications/subscriptions/acknowledged";

    private final Exchange exchange;

    private ListenFeed(Exchange exchange) {
        this.exchange = exchange;
    }

    /** Waits until the server says what it will tell. Closes the exchange if it does not. */
    static Listening begin(String server, Exchange exchange, Duration atMost) {
        boolean listening = false;
        try {
            ObjectNode first = exchange.next(Deadline.in(atMost));
            if (!first.has("method")) {
                exchange.result(first); // throws the server's refusal
                throw McpClientException.protocol(server, "the subscription ended before it began");
            }
            if (!Reading.text(first, "method").equals(ACKNOWLEDGED)) {
                throw McpClientException.protocol(server, "a subscription does not begin with its acknowledgement");
            }
            ListenFilter honoured = ListenFilter.of(first.path("params").path("notifications"));
            listening = true;
            return new Listening(honoured, new ListenFeed(exchange));
        } finally {
            if (!listening) {
                exchange.close();
            }
        }
    }

    @Override
    public Optional<ObjectNode> next() {
        while (true) {
            ObjectNode message = exchange.next(Deadline.in(FOREVER));
            if (!message.has("method")) {
                exchange.result(message);
                return Optional.empty();
            }
            if (isMine(message)) {
                return Optional.of(message);
            }
        }
    }

    private boolean isMine(ObjectNode message) {
        JsonNode id = message.path("params").path("_meta").path(Stateless.META + "subscriptionId");
        return id.isMissingNode() || id.asLong(-1) == exchange.id();
    }

    @Override
    public void close() {
        exchange.close();
    }
}
