package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Credentials;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.rest.RestApi;
import dev.devmesh.rest.RestExecution;
import dev.devmesh.rest.RestRequest;
import dev.devmesh.rest.RestResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AsciiString;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The REST API: everything below {@link RestApi#PREFIX}, and its description. Each request is worked on by a thread that may wait,
 * or by none if there is none.
 */
final class RestEndpoint implements PrefixEndpoint {

    private static final Set<HttpMethod> METHODS = Set.of(
            HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE);
    private static final String ALLOW = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    private static final Logger LOG = LoggerFactory.getLogger(RestEndpoint.class);

    private final DevMesh mesh;
    private final RestApi api;
    private final Callers callers;

    RestEndpoint(DevMesh mesh, Callers callers) {
        this.mesh = mesh;
        this.api = mesh.rest();
        this.callers = callers;
    }

    @Override
    public Optional<Endpoint> at(String path) {
        return path.equals(RestApi.DESCRIPTION) || path.equals(RestApi.PREFIX) || path.startsWith(RestApi.PREFIX + "/")
                ? Optional.of(new At(path))
                : Optional.empty();
    }

    /** One path, of those that there are and of those that there are not: what is answered then needs to know the caller. */
    private final class At implements Endpoint {

        private final String path;

        At(String path) {
            this.path = path;
        }

        @Override
        public String path() {
            return path;
        }

        @Override
        public String route(RequestHead head) {
            return api.template(path).orElse(RestApi.PREFIX);
        }

        @Override
        public String scopes(RequestHead head) {
            return api.permission(head.method().name(), path).orElse("");
        }

        @Override
        public Set<HttpMethod> methods() {
            return METHODS;
        }

        @Override
        public AsciiString allow() {
            return AsciiString.of(api.allow(path).orElse(ALLOW));
        }

        @Override
        public boolean readsJson(RequestHead head) {
            return head.bodyLength() != 0;
        }

        @Override
        public JsonWritable refusal(MeshException error, RequestHead head) {
            return new ErrorBody(error, head);
        }

        @Override
        public Optional<Rejection> admit(HttpExchange exchange) {
            return api.isPublic(exchange.head().method().name(), path) ? Optional.empty() : callers.admit(exchange);
        }

        @Override
        public void serve(HttpExchange exchange) {
            TraceHeaders trace = exchange.head().trace();
            try {
                mesh.threads().execute(exchange.traced(() -> work(exchange, trace)));
            } catch (RejectedExecutionException full) {
                exchange.refuse(Rejection.noThread(full));
            }
        }

        private void work(HttpExchange exchange, TraceHeaders trace) {
            RestExecution execution;
            try {
                execution = api.begin(request(exchange, trace));
            } catch (MeshException refused) {
                refuse(exchange, callers.rejection(refused, exchange));
                return;
            } catch (RuntimeException fault) {
                LOG.error(
                        "a REST request could not be handled, trace {}",
                        trace.trace().traceId(),
                        fault);
                refuse(exchange, Rejection.of(Answers.panic()));
                return;
            }
            exchange.onLoop(() -> watch(exchange, execution));
            execution.result().thenAccept(answer -> send(exchange, answer));
            execution.run();
        }

        private RestRequest request(HttpExchange exchange, TraceHeaders trace) {
            RequestHead head = exchange.head();
            String method = head.method().name();
            Map<String, String> headers = new LinkedHashMap<>();
            for (String name : RestRequest.HEADERS) {
                List<String> values = head.headers().getAll(name);
                if (!values.isEmpty()) {
                    headers.put(name, String.join(", ", values));
                }
            }
            byte[] body = Arrays.copyOf(exchange.body(), exchange.bodyLength());
            exchange.dropBody();
            boolean open = api.isPublic(method, path);
            return new RestRequest(
                    method,
                    head.target(),
                    headers,
                    body,
                    open ? Optional.empty() : Optional.of(callers.authenticate(exchange)),
                    open ? new Credentials("", "", head.remoteAddress()) : callers.credentials(exchange),
                    trace.trace());
        }
    }

    /** Tells the work that its caller has gone. */
    private record Leaving(RestExecution execution) implements HttpExchange.Watcher {

        @Override
        public void left(String reason) {
            execution.cancel(reason);
        }

        @Override
        public void roomForMore() {
            // The answer leaves in one piece: the connection keeps it until there is room.
        }

        @Override
        public void closing() {
            // What is under way is answered; the connection closes behind that.
        }
    }

    private static void watch(HttpExchange exchange, RestExecution execution) {
        exchange.watch(new Leaving(execution));
        if (!exchange.connection().channel().isActive()) {
            execution.cancel("client disconnected");
        }
    }

    private static void refuse(HttpExchange exchange, Rejection rejection) {
        exchange.onLoop(() -> exchange.refuse(rejection));
    }

    private void send(HttpExchange exchange, RestResponse answer) {
        exchange.onLoop(() -> {
            FullHttpResponse whole = Answers.rest(answer);
            answer.missingScope()
                    .flatMap(scope -> callers.challenges().lacking(exchange, scope))
                    .ifPresent(challenge -> whole.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, challenge));
            if (answer.status() == 401 && !whole.headers().contains(HttpHeaderNames.WWW_AUTHENTICATE)) {
                whole.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, Challenges.PLAIN);
            }
            exchange.respond(whole);
        });
    }
}
