package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import dev.devmesh.MeshException;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.mcp.McpCall;
import dev.devmesh.mcp.McpEngine;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AsciiString;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The MCP endpoint. Each POST is one message, answered with JSON or an event stream; by GET and DELETE a client with a session
 * opens the stream for what belongs to none of its messages, comes back to one that broke off, and ends its session.
 *
 * <p>A GET that asks for a WebSocket does not come here: {@link Endpoints} gives it to {@link WebSocketEndpoint}.
 *
 * <p>A message is authenticated and handed to the engine on the event loop unless that may wait or the body is long.
 */
final class McpEndpoint implements Endpoint {

    static final String PATH = "/mcp";

    /** A longer body is parsed elsewhere: other connections of the loop need not wait for it. */
    private static final int LONG_BODY_BYTES = 64 * 1024;

    private static final AsciiString ALLOW = AsciiString.cached("GET, POST, DELETE, OPTIONS");
    private static final Set<HttpMethod> METHODS = Set.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.DELETE);
    private static final Logger LOG = LoggerFactory.getLogger(McpEndpoint.class);

    private final DevMesh mesh;
    private final McpEngine engine;
    private final Callers callers;
    private final ServerSettings settings;

    McpEndpoint(DevMesh mesh, ServerSettings settings, Callers callers) {
        this.mesh = mesh;
        this.settings = settings;
        this.engine = mesh.mcp();
        this.callers = callers;
    }

    @Override
    public String path() {
        return PATH;
    }

    @Override
    public String resource() {
        return PATH;
    }

    @Override
    public String scopes(RequestHead head) {
        return String.join(" ", Challenges.SCOPES);
    }

    @Override
    public Set<HttpMethod> methods() {
        return METHODS;
    }

    @Override
    public AsciiString allow() {
        return ALLOW;
    }

    @Override
    public boolean speaksMcp() {
        return true;
    }

    @Override
    public JsonWritable refusal(MeshException error, RequestHead head) {
        return McpEngine.refusal(error);
    }

    @Override
    public Optional<Rejection> admit(HttpExchange exchange) {
        return callers.admit(exchange);
    }

    @Override
    public void serve(HttpExchange http) {
        McpHttpExchange exchange =
                new McpHttpExchange(http, settings.heartbeat(), settings.writeTimeout(), callers.challenges());
        http.watch(exchange);
        if (!mesh.isBlocking() && http.bodyLength() <= LONG_BODY_BYTES) {
            work(http, exchange);
            return;
        }
        try {
            mesh.threads().execute(http.traced(() -> work(http, exchange)));
        } catch (RejectedExecutionException full) {
            exchange.refuse(Rejection.noThread(full));
        }
    }

    private void work(HttpExchange http, McpHttpExchange exchange) {
        try {
            exchange.principal(callers.authenticate(http));
            exchange.watching((caller, whenEnded) -> new CredentialWatch(
                    mesh,
                    http.connection().channel().eventLoop(),
                    callers.credentials(http),
                    caller,
                    settings.webSockets().credentialCheck(),
                    whenEnded));
            exchange.started(begin(http, exchange));
        } catch (MeshException refused) {
            exchange.refuse(callers.rejection(refused, http));
        } catch (RuntimeException fault) {
            LOG.error("an MCP message could not be handled", fault);
            exchange.refuse(Rejection.of(Answers.panic()));
        }
    }

    private McpCall begin(HttpExchange http, McpHttpExchange exchange) {
        HttpMethod method = http.head().method();
        if (method.equals(HttpMethod.GET)) {
            return engine.open(exchange);
        }
        if (method.equals(HttpMethod.DELETE)) {
            engine.terminate(exchange);
            return McpCall.DONE;
        }
        McpCall call = engine.handle(http.body(), 0, http.bodyLength(), exchange);
        http.dropBody();
        return call;
    }
}
