package dev.devmesh.client;

import dev.devmesh.Revision;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.node.ObjectNode;

/** The first request of a session: {@code initialize}, in which the two agree on a revision. */
final class Handshake {

    /**
     * What the server said.
     *
     * @param revision that was agreed on
     * @param result all of it
     * @param sessionId under which the server knows the session, over HTTP
     */
    record Greeting(Revision revision, ObjectNode result, Optional<String> sessionId) {}

    private final Wire wire;
    private final String server;
    private final Profile profile;
    private final AtomicLong ids;

    Handshake(Wire wire, String server, Profile profile, AtomicLong ids) {
        this.wire = wire;
        this.server = server;
        this.profile = profile;
        this.ids = ids;
    }

    /**
     * Proposes a revision, and another one if the server names it in its refusal.
     *
     * @throws McpClientException if the server refuses, or wants a revision that this client may not speak
     */
    Greeting begin(Revision wanted) {
        try {
            return propose(wanted);
        } catch (McpClientException e) {
            Optional<Revision> named = profile.newestWithSessions(e.data().path("supported"));
            if (named.isEmpty() || named.get() == wanted) {
                throw e;
            }
            return propose(named.get());
        }
    }

    private Greeting propose(Revision wanted) {
        long id = ids.incrementAndGet();
        ObjectNode message = Outgoing.message(id, "initialize");
        ObjectNode params = message.putObject("params").put("protocolVersion", wanted.date());
        params.set("capabilities", profile.inputs().capabilities(wanted));
        params.set("clientInfo", profile.info());
        Answer answer = wire.send(new Outgoing(id, message, Map.of(), Optional.empty()));
        // before the session nothing but the response has a meaning
        try (Exchange exchange = new Exchange(id, server, answer, early -> early.has("method"), new Pauses())) {
            ObjectNode result = exchange.result(profile.timeout(), notification -> {});
            return new Greeting(agreed(result), result, exchange.sessionId().map(this::checked));
        }
    }

    private Revision agreed(ObjectNode result) {
        String date = Reading.text(result, "protocolVersion");
        return Revision.of(date)
                .filter(revision ->
                        revision.hasSessions() && profile.revisions().contains(revision))
                .orElseThrow(() -> McpClientException.disagreement(
                        server,
                        profile.revisions(),
                        date.isEmpty() ? "one that it does not name" : McpClientException.quote(date)));
    }

    private String checked(String sessionId) {
        if (!sessionId.matches("[\\x21-\\x7e]{1,8192}")) {
            throw McpClientException.protocol(server, "the id of its session is empty, too long or not ASCII");
        }
        return sessionId;
    }

    /** What the client says after the server's greeting. */
    static ObjectNode initialized() {
        return Outgoing.notification("notifications/initialized");
    }
}
