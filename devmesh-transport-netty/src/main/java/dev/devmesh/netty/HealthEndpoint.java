package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import dev.devmesh.MeshException;
import dev.devmesh.health.HealthCheck;
import dev.devmesh.health.HealthReport;
import dev.devmesh.json.JsonWritable;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AsciiString;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;

/** How the mesh stands, for people, load balancers and orchestrators. Needs no credential and tells no secret. */
final class HealthEndpoint implements Endpoint {

    private static final Logger LOG = LoggerFactory.getLogger(HealthEndpoint.class);
    private static final AsciiString ALLOW = AsciiString.cached("GET, HEAD, OPTIONS");
    private static final Set<HttpMethod> METHODS = Set.of(HttpMethod.GET, HttpMethod.HEAD);

    /** What is asked. */
    enum Question {
        /** Everything: runs the checks. */
        FULL("/health"),
        /** Whether the process lives: it does when it answers. */
        LIVE("/health/live"),
        /** Whether requests should come here. */
        READY("/health/ready");

        private final String path;

        Question(String path) {
            this.path = path;
        }
    }

    private final Question question;
    private final DevMesh mesh;
    private final AtomicBoolean leaving;

    HealthEndpoint(Question question, DevMesh mesh, AtomicBoolean leaving) {
        this.question = question;
        this.mesh = mesh;
        this.leaving = leaving;
    }

    @Override
    public String path() {
        return question.path;
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

    @Override
    public void serve(HttpExchange exchange) {
        switch (question) {
            case LIVE -> answer(exchange, true, out -> status(out, "ok"));
            case READY -> {
                boolean ready = mesh.isReady() && !leaving.get();
                answer(exchange, ready, out -> status(out, ready ? "ready" : "not_ready"));
            }
            case FULL -> serveReport(exchange);
        }
    }

    /** The checks may wait for a database, so the loop does not run them. */
    private void serveReport(HttpExchange exchange) {
        try {
            mesh.threads().execute(exchange.traced(() -> {
                Verdict verdict = check();
                exchange.onLoop(() -> answer(exchange, verdict.good(), verdict.body()));
            }));
        } catch (RejectedExecutionException full) {
            answer(exchange, false, out -> status(out, "overloaded"));
        }
    }

    private Verdict check() {
        try {
            HealthReport report = mesh.health();
            boolean healthy = report.healthy() && !leaving.get();
            return new Verdict(healthy, out -> report(out, report, healthy));
        } catch (RuntimeException fault) {
            LOG.error("a health check threw instead of answering", fault);
            return new Verdict(false, out -> status(out, "failing"));
        }
    }

    private record Verdict(boolean good, JsonWritable body) {}

    private static void answer(HttpExchange exchange, boolean good, JsonWritable body) {
        exchange.respond(Answers.json(exchange.connection().channel().alloc(), good ? 200 : 503, body));
    }

    private static void status(JsonGenerator out, String status) {
        out.writeStartObject();
        out.writeStringProperty("status", status);
        out.writeEndObject();
    }

    private static void report(JsonGenerator out, HealthReport report, boolean healthy) {
        out.writeStartObject();
        out.writeStringProperty("status", healthy ? "ok" : "failing");
        out.writeStringProperty("instance", report.instance());
        out.writeStringProperty("version", report.version());
        out.writeNumberProperty("uptime_seconds", report.uptime().toSeconds());
        out.writeObjectPropertyStart("checks");
        for (Map.Entry<String, HealthCheck.Outcome> check : report.checks().entrySet()) {
            out.writeObjectPropertyStart(check.getKey());
            out.writeStringProperty("status", check.getValue().healthy() ? "ok" : "failing");
            out.writeStringProperty("detail", check.getValue().detail());
            out.writeEndObject();
        }
        out.writeEndObject();
        out.writeEndObject();
    }
}
