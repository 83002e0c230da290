package dev.devmesh.client;

import dev.devmesh.Revision;
import dev.devmesh.json.Json;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.node.ObjectNode;

/** The stateless revision: each request carries all that the server must know of the client. */
final class Stateless implements Dialect {

    static final String META = "io.modelcontextprotocol/";

    private final Wire wire;
    private final String server;
    private final Profile profile;
    private final AtomicLong ids;

    Stateless(Wire wire, String server, Profile profile, AtomicLong ids) {
        this.wire = wire;
        this.server = server;
        this.profile = profile;
        this.ids = ids;
    }

    @Override
    public Revision revision() {
        return Revision.V2026_07_28;
    }

    @Override
    public Exchange send(String method, ObjectNode params, Terms terms) {
        long id = ids.incrementAndGet();
        ObjectNode message = Outgoing.message(id, method);
        ObjectNode all = message.putObject("params");
        all.setAll(params);
        ObjectNode meta = all.putObject("_meta");
        meta.setAll(terms.meta());
        meta.put(META + "protocolVersion", revision().date());
        meta.set(META + "clientCapabilities", profile.inputs().capabilities(terms.tasks()));
        meta.set(META + "clientInfo", profile.info());
        terms.log().ifPresent(level -> meta.put(META + "logLevel", level.wireName()));
        if (terms.wantsProgress()) {
            meta.put("progressToken", id);
        }
        return new Exchange(
                id,
                server,
                wire.send(new Outgoing(id, message, HeaderForm.of(method, params, terms.mirrored()), terms.log())));
    }

    @Override
    public String resultType(ObjectNode result) {
        return ResultType.of(result);
    }

    @Override
    public ServerDescription describe(Terms terms) {
        try (Exchange exchange = send("server/discover", Json.object(), terms)) {
            return ServerDescription.discovered(exchange.result(terms.timeout(), notification -> {}));
        }
    }

    @Override
    public Listening listen(ListenFilter filter, Terms terms) {
        ObjectNode params = Json.object();
        params.set("notifications", filter.json());
        Terms used = filter.taskIds().isEmpty() ? terms : terms.withTasks();
        return ListenFeed.begin(server, send("subscriptions/listen", params, used), used.timeout());
    }
}
