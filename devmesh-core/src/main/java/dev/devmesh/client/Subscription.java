package dev.devmesh.client;

import dev.devmesh.ErrorCode;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The changes that a server tells until one of the two ends it.
 *
 * <p>Safe for use by many threads.
 */
public final class Subscription implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);

    private final String server;
    private final Listening listening;
    private final ListenHandler handler;
    private volatile boolean closed;
    private volatile boolean ended;

    Subscription(String server, Listening listening, ListenHandler handler) {
        this.server = server;
        this.listening = listening;
        this.handler = handler;
    }

    /** What the server will tell, of what was asked for. */
    public ListenFilter honoured() {
        return listening.honoured();
    }

    /** Whether more may come. */
    public boolean isOpen() {
        return !closed && !ended;
    }

    /**
     * Ends the subscription. A notification that is being handled may still be handled to its end; none begins after this, and
     * {@link ListenHandler#ended} is not called. Closing the client does the same. Calling it twice has no further effect.
     */
    @Override
    public void close() {
        closed = true;
        listening.feed().close();
    }

    /** Hands over notifications until there are no more. */
    void run() {
        Optional<McpClientException> reason = Optional.empty();
        try (Feed feed = listening.feed()) {
            Optional<ObjectNode> next = feed.next();
            while (next.isPresent()) {
                if (!closed) {
                    ObjectNode message = next.get();
                    handle(Reading.text(message, "method"), message.path("params"));
                }
                next = feed.next();
            }
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
