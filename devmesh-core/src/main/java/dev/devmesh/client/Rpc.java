package dev.devmesh.client;

import dev.devmesh.json.Json;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.node.ObjectNode;

/** Makes requests of the stateless revision: each carries all that the server must know of the client. */
final class Rpc {

    static final String REVISION = "2026-07-28";
    static final String META = "io.modelcontextprotocol/";

    private final McpTransport transport;
    private final ObjectNode info;
    private final ClientInputs inputs;
    private final AtomicLong ids = new AtomicLong();

    Rpc(McpTransport transport, ObjectNode info, ClientInputs inputs) {
        this.transport = transport;
        this.info = info;
        this.inputs = inputs;
    }

    String server() {
        return transport.server();
    }

    ClientInputs inputs() {
        return inputs;
    }

    /**
     * Begins a request under an id of its own.
     *
     * @param params without {@code _meta}; not changed
     */
    Exchange send(String method, ObjectNode params, Terms terms) {
        long id = ids.incrementAndGet();
        ObjectNode message = Json.object();
        message.put("jsonrpc", "2.0").put("id", id).put("method", method);
        ObjectNode all = message.putObject("params");
        all.setAll(params);
        ObjectNode meta = all.putObject("_meta");
        meta.setAll(terms.meta());
        meta.put(META + "protocolVersion", REVISION);
        meta.set(META + "clientCapabilities", inputs.capabilities(terms.tasks()));
        meta.set(META + "clientInfo", info);
        if (terms.wantsProgress()) {
            meta.put("progressToken", id);
        }
        McpTransport.Request request =
                new McpTransport.Request(message, HeaderForm.of(method, params, terms.mirrored()));
        return new Exchange(id, transport.server(), transport.send(request));
    }

    /** Sends a request and waits for its result, whatever its type is. */
    ObjectNode ask(String method, ObjectNode params, Terms terms) {
        try (Exchange exchange = send(method, params, terms)) {
            return exchange.result(terms.timeout(), notification -> {});
        }
    }

    /** {@link #ask} where nothing but a complete result may come. */
    ObjectNode complete(String method, ObjectNode params, Terms terms) {
        ObjectNode result = ask(method, params, terms);
        String type = ResultType.of(result);
        if (!type.equals(ResultType.COMPLETE)) {
            throw McpClientException.protocol(
                    server(), "a result of type '" + McpClientException.quote(type) + "' came for " + method);
        }
        return result;
    }
}
