package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the server counts, in the text form of Prometheus. Needs no credential, so only the management listener has it. */
final class MetricsEndpoint implements OpenEndpoint {

    static final String PATH = "/metrics";

    private static final AsciiString TEXT = AsciiString.cached("text/plain; version=0.0.4; charset=utf-8");
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

    /** Collecting takes a while, so the loop does not do it. */
    @Override
    public void serve(HttpExchange exchange) {
        try {
            mesh.threads().execute(exchange.traced(() -> collect(exchange)));
        } catch (RejectedExecutionException full) {
            exchange.refuse(Rejection.noThread(full));
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
