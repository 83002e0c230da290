package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.mcp.McpEngine;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AsciiString;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The MCP endpoint for clients that speak WebSocket. Who may call is found out as for a POST; then the connection becomes a
 * {@link WebSocketConnection}.
 */
final class WebSocketEndpoint implements Endpoint {

    static final String PATH = "/ws";

    private static final AsciiString ALLOW = AsciiString.cached("GET, OPTIONS");
    private static final Set<HttpMethod> METHODS = Set.of(HttpMethod.GET);
    private static final Logger LOG = LoggerFactory.getLogger(WebSocketEndpoint.class);

    private final DevMesh mesh;
    private final WebSocketSettings settings;
    private final Callers callers;
    private final WebSocketPermits permits;

    WebSocketEndpoint(DevMesh mesh, WebSocketSettings settings, Callers callers) {
        this.mesh = mesh;
        this.settings = settings;
        this.callers = callers;
        this.permits = new WebSocketPermits(settings.perKey());
    }

    @Override
    public String path() {
        return PATH;
    }

    @Override
    public String resource() {
        return McpEndpoint.PATH;
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
    public JsonWritable refusal(MeshException error, RequestHead head) {
        return McpEngine.refusal(error);
    }

    @Override
    public Optional<Rejection> admit(HttpExchange exchange) {
        Optional<Rejection> problem = WebSocketHandshake.check(exchange.head());
        return problem.isPresent() ? problem : callers.admit(exchange);
    }

    @Override
    public void serve(HttpExchange http) {
        if (http.connection().draining()) {
            http.refuse(Rejection.overloaded("The server is closing.", null).ending());
            return;
        }
        if (!http.connection().leaveHttp(http)) {
            http.refuse(Rejection.of(
                            ErrorCode.INVALID_REQUEST,
                            "A WebSocket handshake must not follow requests that are not answered yet.",
                            "Send it over a connection of its own.")
                    .ending());
            return;
        }
        if (!mesh.isBlocking()) {
            open(http, callers.authenticate(http));
            return;
        }
        try {
            mesh.threads().execute(http.traced(() -> authenticate(http)));
        } catch (RejectedExecutionException full) {
            http.refuse(Rejection.noThread(full).ending());
        }
    }

    private void authenticate(HttpExchange http) {
        try {
            Principal principal = callers.authenticate(http);
            http.onLoop(() -> open(http, principal));
        } catch (MeshException refused) {
            http.onLoop(() -> http.refuse(callers.rejection(refused, http)));
        } catch (RuntimeException fault) {
            LOG.error("an authenticator failed", fault);
            http.onLoop(() -> http.refuse(Rejection.of(Answers.panic())));
        }
    }

    private void open(HttpExchange http, Principal principal) {
        String key = principal.credentialId();
        if (!permits.enter(key)) {
            http.refuse(Rejection.of(new MeshException(
                    ErrorCode.TOO_MANY_CONNECTIONS,
                    "This credential has " + settings.perKey() + " WebSockets open, which is its limit.",
                    "Use one of them for several requests at once, or close one.",
                    Duration.ofSeconds(1),
                    null)));
            return;
        }
        WebSocketConnection next = new WebSocketConnection(
                http.connection(), mesh, settings, principal, callers.credentials(http), () -> permits.leave(key));
        if (!http.connection().handOver(http, WebSocketHandshake.accept(http.head()), next, next.handlers())) {
            permits.leave(key);
        }
    }
}
