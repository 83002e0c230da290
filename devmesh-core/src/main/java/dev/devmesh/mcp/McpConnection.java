package dev.devmesh.mcp;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.call.LogLevel;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.json.MalformedJson;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * The engine's half of one connection that carries messages both ways: a WebSocket, or the standard streams of a process.
 *
 * <p>Requests run beside each other, and what is sent to the client leaves through one outbox: responses, notifications, what
 * clients with sessions are asked, what is listened to. A request of the stateless revision is served as it comes;
 * {@code initialize} gives the connection a session. {@code notifications/cancelled} cancels in both.
 *
 * <p>{@link #receive} is called by one thread at a time, {@link #next} as well; everything else by any thread.
 */
public final class McpConnection implements McpOutbox {

    private static final Logger LOG = LoggerFactory.getLogger(McpConnection.class);

    private final McpEngine engine;
    private final Principal principal;
    private final String remoteAddress;
    private final ConnectionOutbox outbox;
    private final Runnable wake;

    /** Under way, stateless or not. */
    private final OpenRequests requests = new OpenRequests();

    private final Questions questions = new Questions("q");
    private final Remembered remembered = new Remembered();
    private volatile @Nullable Session session;
    private volatile @Nullable News news;
    private volatile boolean closing;
    private volatile boolean gone;

    McpConnection(McpEngine engine, Principal principal, String remoteAddress, Runnable wake) {
        this.engine = engine;
        this.principal = principal;
        this.remoteAddress = remoteAddress;
        this.wake = wake;
        this.outbox = new ConnectionOutbox(wake);
    }

    // ---- for the transport

    /**
     * Takes a message, or a batch where the session's revision has them. What cannot be understood is answered with an error
     * without an id. Never waits unless an authenticator, limiter or tool does that says it may.
     *
     * @param body holds the message as UTF-8 JSON; not kept after this method returns
     */
    public void receive(byte[] body, int offset, int length) {
        try {
            JsonNode parsed = Json.parse(body, offset, length);
            if (parsed instanceof ArrayNode batch) {
                Session known = session;
                if (known == null || !known.revision().hasBatches()) {
                    throw McpError.noBatches();
                }
                Batch.check(batch);
                batch.forEach(this::take);
            } else {
                take(parsed);
            }
        } catch (MalformedJson e) {
            refuse(McpError.unparsable(e.getMessage()));
        } catch (McpError e) {
            refuse(e);
        }
    }

    @Override
    public Optional<McpEvent> next() {
        return outbox.next();
    }

    /** How many messages wait to be taken out. A transport whose client does not read stops reading from it. */
    public int backlog() {
        return outbox.size();
    }

    /** How many requests are under way. */
    public int inFlight() {
        return requests.count();
    }

    /** The connection is gone: everything under way is cancelled. Harmless when called twice. Does not wait. */
    public void disconnected(String reason) {
        gone = true;
        outbox.close();
        questions.closeAll();
        requests.forEach(request -> request.cancel(reason));
        endNews(reason);
    }

    /**
     * The server is about to close: what is listened to ends with its response, new requests are refused, what is under way
     * ends by itself. The box is {@linkplain #isOver() over} when all of it was taken out.
     */
    public void finish() {
        closing = true;
        requests.forEach(McpCall::finish);
        endNews(Listen.CLOSING);
        wake.run();
    }

    @Override
    public boolean isOver() {
        return closing && outbox.isEmptyAnd(() -> requests.count() == 0);
    }

    // ---- what comes in

    private void take(JsonNode parsed) {
        Message message;
        try {
            message = Message.of(parsed);
        } catch (McpError e) {
            refuse(e);
            return;
        }
        if (message instanceof Message.Request request) {
            take(request);
        } else if (message instanceof Message.Notification notification) {
            take(notification);
        } else if (!questions.answered(message.json())) {
            LOG.debug("a response came for a question that is not open");
        }
    }

    private void take(Message.Notification notification) {
        if (notification.method().equals("notifications/cancelled")) {
            requests.cancel(notification.params().path("requestId"), "cancelled by the client");
        } else if (notification.method().equals("notifications/initialized")) {
            beginNews();
        }
    }

    private void take(Message.Request message) {
        ConnectionExchange exchange = new ConnectionExchange(this, principal, message.id());
        engine.serve(message, requests, exchange, () -> serve(message, exchange));
    }

    private McpCall serve(Message.Request message, ConnectionExchange exchange) {
        if (closing) {
            throw McpError.of(new MeshException(
                    ErrorCode.OVERLOADED, "The server is closing.", "Connect again when it is back."));
        }
        engine.toll().charge(message, exchange);
        if (message.isStateless()) {
            return engine.serveStateless(message, null, exchange);
        }
        Session known = session;
        if (message.method().equals(Handshake.METHOD)) {
            if (known != null) {
                throw McpError.invalidRequest("This connection has a session already.");
            }
            Handshake handshake = Handshake.of(message);
            session = new Session(handshake.revision(), handshake.capabilities(), remembered, questions);
            engine.greet(message, handshake, exchange);
            return McpCall.DONE;
        }
        if (known == null) {
            throw McpError.noSession();
        }
        return engine.serveInSession(message, known, exchange);
    }

    private void refuse(McpError error) {
        outbox.add(engine.refusedGarbage(error, principal, remoteAddress));
    }

    // ---- what goes out

    /** Sends a message that may be dropped while the client is slow. */
    boolean offer(JsonWritable message) {
        return outbox.offer(message);
    }

    /** Sends a message. */
    boolean send(JsonWritable message) {
        return outbox.add(message);
    }

    /** Where the other end is, or empty. */
    String remoteAddress() {
        return remoteAddress;
    }

    /** Takes messages out of a box from now on, whenever it is told that there are some. */
    Runnable pull(McpOutbox box) {
        outbox.ready(box);
        return () -> outbox.ready(box);
    }

    /** Takes nothing out of a box any more. */
    void forget(McpOutbox box) {
        outbox.forget(box);
    }

    /** A request has ended without a response. */
    void ended(JsonNode id) {
        outbox.end(() -> requests.close(id), null);
    }

    /** A request has ended with this response. */
    void ended(JsonNode id, JsonWritable response) {
        outbox.end(() -> requests.close(id), null, response);
    }

    /** A stream has ended with this response. The specification has its end told in two ways ("Subscriptions", "Cancellation"). */
    void ended(JsonNode id, McpOutbox box, JsonWritable response) {
        JsonWritable end = Wire.notification("notifications/cancelled", out -> {
            out.writeName("requestId");
            out.writeTree(id);
            out.writeObjectPropertyStart("_meta");
            out.writeName(McpRequest.SUBSCRIPTION_ID);
            out.writeTree(id);
            out.writeEndObject();
        });
        outbox.end(() -> requests.close(id), box, response, end);
    }

    // ---- news for a client with a session

    private void beginNews() {
        if (session == null || news != null || closing || gone) {
            return;
        }
        News begun;
        try {
            begun = News.begin(principal, engine.lists(), engine.subscriptions(), outbox::ready);
        } catch (MeshException full) {
            LOG.info("a client is not told of changes: {}", full.getMessage());
            return;
        }
        news = begun;
        remembered.tell(begun);
        if (closing || gone) {
            endNews(Listen.CLOSING);
        }
    }

    private void endNews(String reason) {
        News known = news;
        if (known != null) {
            known.end(reason);
        }
    }

    /** What the session's client asked for lives as long as the connection. */
    private static final class Remembered implements Session.Memory {

        private final Set<String> resources = ConcurrentHashMap.newKeySet();
        private volatile LogLevel least = Session.USUAL_LEVEL;
        private volatile @Nullable News news;

        /** From now on the client can be told what it subscribed to. */
        void tell(News begun) {
            news = begun;
            resources.forEach(begun::hear);
        }

        @Override
        public LogLevel level() {
            return least;
        }

        @Override
        public void level(LogLevel level) {
            least = level;
        }

        @Override
        public void subscribe(String uri) {
            Set<String> more = new HashSet<>(resources);
            more.add(uri);
            Session.bounded(more);
            resources.add(uri);
            News told = news;
            if (told != null) {
                told.hear(uri);
            }
        }

        @Override
        public void unsubscribe(String uri) {
            resources.remove(uri);
            News told = news;
            if (told != null) {
                told.mute(uri);
            }
        }
    }
}
