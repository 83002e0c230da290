package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.json.JsonWritable;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the server counts, in the text form of Prometheus. Needs no credential, so only the management listener has it. */
final class MetricsEndpoint implements Endpoint {

    static final String PATH = "/metrics";

    private static final AsciiString TEXT = AsciiString.cached("text/plain; version=0.0.4; charset=utf-8");
    private static final AsciiString ALLOW = AsciiString.cached("GET, HEAD, OPTIONS");
    private static final Set<HttpMethod> METHODS = Set.of(HttpMethod.GET, HttpMethod.HEAD);
    private static final Logger LOG = LoggerFactory.getLogger(MetricsEndpoint.class);

    private final DevMesh mesh;
    private final Supplier<String> content;

    MetricsEndpoint(DevMesh mesh, Supplier<String> content) {
        this.mesh = mesh;
        this.content = content;
    }

    @Override
    public String path() {
        return PATH;
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
    public boolean isVital() {
        return true;
    }

    @Override
    public boolean speaksMcp() {
        return false;
    }

    @Override
    public JsonWritable refusal(MeshException error, RequestHead head) {
        return new ErrorBody(error, head);
    }

    @Override
    public Optional<Rejection> admit(HttpExchange exchange) {
        return Optional.empty();
    }

    /** Collecting takes a while, so the loop does not do it. */
    @Override
    public void serve(HttpExchange exchange) {
        try {
            mesh.threads().execute(exchange.traced(() -> collect(exchange)));
        } catch (RejectedExecutionException full) {
            exchange.refuse(Rejection.of(new MeshException(
                    ErrorCode.OVERLOADED,
                    "The server has no thread left for this request.",
                    "Try again later.",
                    Duration.ofSeconds(1),
                    full)));
        }
    }

    private void collect(HttpExchange exchange) {
        try {
            byte[] text = content.get().getBytes(StandardCharsets.UTF_8);
            exchange.onLoop(() -> exchange.respond(Answers.text(TEXT, text)));
        } catch (RuntimeException fault) {
            LOG.error("the metrics could not be collected", fault);
            exchange.onLoop(() -> exchange.refuse(Rejection.of(Answers.panic())));
        }
    }
}
