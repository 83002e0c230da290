package dev.devmesh.mcp;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Revision;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * Serves sessions over HTTP ("Streamable HTTP" of the revisions that have them): POST, GET and DELETE.
 *
 * <p>Safe for use by many threads.
 */
final class SessionServing {

    private final McpEngine engine;
    private final Sessions sessions;
    private final CarriedAnswers carried;

    SessionServing(McpEngine engine, Sessions sessions, CarriedAnswers carried) {
        this.engine = engine;
        this.sessions = sessions;
        this.carried = carried;
    }

    /**
     * Whether a message that came by POST is for a session, as the specification of the stateless revision tells the two kinds
     * apart: what names its revision itself is not.
     *
     * @param message or null for a batch
     */
    static boolean concerns(@Nullable Message message, HeaderMirror headers) {
        if (message != null && message.isStateless()) {
            return false;
        }
        if (message instanceof Message.Request request && request.method().equals(Handshake.METHOD)) {
            return true;
        }
        if (headers.value(HeaderMirror.SESSION) != null) {
            return true;
        }
        String version = headers.value(HeaderMirror.VERSION);
        return version == null
                || Revision.of(version).filter(Revision::hasSessions).isPresent();
    }

    /** Answers {@code initialize}. */
    McpCall begin(Message.Request request, McpExchange exchange) {
        Handshake agreed = Handshake.of(request);
        exchange.beginSession(sessions.begin(agreed, exchange.principal()));
        engine.greet(request, agreed, exchange);
        return McpCall.DONE;
    }

    /** Serves what came by POST, but for {@code initialize}. What came alone was charged by the engine; a batch is charged here. */
    McpCall post(JsonNode parsed, HeaderMirror headers, McpExchange exchange) {
        boolean batch = parsed instanceof ArrayNode;
        HttpSession session;
        List<Message> messages;
        try {
            session = require(headers, exchange);
            messages = messages(parsed, session.token().revision());
        } catch (McpError | MeshException garbage) {
            if (batch) {
                engine.toll().chargeGarbage(exchange);
            }
            throw garbage;
        }
        List<Message.Request> requests = new ArrayList<>(1);
        boolean unknown = false;
        for (Message message : messages) {
            if (message instanceof Message.Request request) {
                requests.add(request);
            } else if (message instanceof Message.Notification notification) {
                take(notification, session);
            } else {
                unknown |= !session.session().questions().answered(message.json())
                        && !carried.carry(session, message.json());
            }
        }
        if (!requests.isEmpty()) {
            // before the answer begins, whose head says what is left
            Map<Message.Request, MeshException> refused = batch ? charge(requests, exchange) : Map.of();
            SessionPost post = new SessionPost(session, exchange, requests.size(), batch);
            requests.forEach(request ->
                    serve(request, session, post.exchange(request.id()), Optional.ofNullable(refused.get(request))));
            return post;
        }
        if (unknown) {
            throw McpError.invalidRequest(
                    "No question of this id was asked here; answers are taken by the process that asked.");
        }
        exchange.accept();
        return McpCall.DONE;
    }

    private static List<Message> messages(JsonNode parsed, Revision revision) {
        if (!(parsed instanceof ArrayNode batch)) {
            return List.of(Message.of(parsed));
        }
        if (!revision.hasBatches()) {
            throw McpError.noBatches();
        }
        Batch.check(batch);
        List<Message> messages = new ArrayList<>();
        batch.forEach(one -> messages.add(Message.of(one)));
        return messages;
    }

    /** Charges the requests of a batch, and says which are refused for that and why. */
    private Map<Message.Request, MeshException> charge(List<Message.Request> requests, McpExchange exchange) {
        Map<Message.Request, MeshException> refused = new IdentityHashMap<>();
        for (Message.Request request : requests) {
            try {
                engine.toll().charge(request, exchange);
            } catch (MeshException limited) {
                refused.put(request, limited);
            }
        }
        return refused;
    }

    private void serve(
            Message.Request request, HttpSession session, SessionExchange exchange, Optional<MeshException> refusal) {
        engine.serve(request, session.requests(), exchange, () -> {
            if (refusal.isPresent()) {
                throw refusal.get();
            }
            return engine.serveInSession(request, session.session(), exchange);
        });
        if (session.isOver()) {
            session.requests().cancel(request.id(), "session ended"); // which could not find this one yet
        }
    }

    private static void take(Message.Notification notification, HttpSession session) {
        if (notification.method().equals("notifications/cancelled")) {
            session.requests().cancel(notification.params().path("requestId"), "cancelled by the client");
        }
    }

    /** Answers a GET: the standalone stream, or the rest of one that broke off. */
    McpCall open(HeaderMirror headers, McpExchange exchange) {
        HttpSession session = require(headers, exchange);
        String lastEvent = sent(headers, HeaderMirror.LAST_EVENT);
        SessionStream.Attachment attachment =
                lastEvent == null ? opened(session, exchange) : resumed(lastEvent, session, exchange);
        attachment.wakes(exchange.stream(attachment));
        return new Opened(attachment);
    }

    private SessionStream.Attachment opened(HttpSession session, McpExchange exchange) {
        return standalone(session, exchange)
                .attachIfFree()
                .orElseThrow(() -> McpError.of(new MeshException(
                        ErrorCode.ALREADY_EXISTS,
                        "This session has its stream open already.",
                        "Close it first, or come back to it with Last-Event-ID.")));
    }

    private SessionStream.Attachment resumed(String lastEvent, HttpSession session, McpExchange exchange) {
        int dash = lastEvent.lastIndexOf('-');
        String id = dash < 0 ? lastEvent : lastEvent.substring(0, dash);
        Optional<SessionStream> kept = session.stream(id);
        if (kept.isPresent()) {
            return kept.get().attach(number(lastEvent.substring(dash + 1)));
        }
        if (!HttpSession.isStandalone(id)) {
            throw McpError.invalidRequest(
                    "Nothing is kept of the stream that Last-Event-ID names; make the request again.");
        }
        SessionStream here = standalone(session, exchange);
        return here.attach(here.taken()); // what it missed was another process's; it goes on from here
    }

    private SessionStream standalone(HttpSession session, McpExchange exchange) {
        return session.standalone(exchange.principal(), engine.lists(), engine.subscriptions());
    }

    private static long number(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw McpError.invalidRequest("Last-Event-ID is not the id of an event of this server.");
        }
    }

    /** Answers a DELETE. */
    void end(HeaderMirror headers, McpExchange exchange) {
        HttpSession session = require(headers, exchange);
        sessions.end(String.valueOf(sent(headers, HeaderMirror.SESSION)), session);
        exchange.accept();
    }

    private HttpSession require(HeaderMirror headers, McpExchange exchange) {
        String version = sent(headers, HeaderMirror.VERSION);
        if (version != null
                && Revision.of(version).filter(Revision::hasSessions).isEmpty()) {
            throw McpError.invalidRequest(
                    "The header MCP-Protocol-Version names no revision with sessions that is served here.");
        }
        String id = sent(headers, HeaderMirror.SESSION);
        if (id == null) {
            throw McpError.noSession();
        }
        return sessions.find(id, exchange.principal());
    }

    /** The one value of a header, or null where it is absent. What is wrong with it has no code of its own in these revisions. */
    private static @Nullable String sent(HeaderMirror headers, String name) {
        try {
            return headers.value(name);
        } catch (McpError garbled) {
            throw McpError.invalidRequest(String.valueOf(garbled.getMessage()));
        }
    }

    /** A GET under way: its connection's part in a stream. */
    private record Opened(SessionStream.Attachment attachment) implements McpCall {

        @Override
        public void cancel(String reason) {
            attachment.detach();
        }

        @Override
        public void finish() {
            attachment.end();
        }
    }
}
