package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import dev.devmesh.health.HealthCheck;
import dev.devmesh.health.HealthReport;
import dev.devmesh.json.JsonWritable;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JsonGenerator;

/** How the mesh stands, for people, load balancers and orchestrators. Needs no credential and tells no secret. */
final class HealthEndpoint implements OpenEndpoint {

    private static final Logger LOG = LoggerFactory.getLogger(HealthEndpoint.class);

    /** What is asked. */
    enum Question {
        /** Everything: runs the checks. */
        FULL("/health"),
        /** Whether the process lives: it does when it answers. */
        LIVE("/health/live"),
        /** Whether requests should come here: runs the checks, too. */
        READY("/health/ready");

        private final String path;

        Question(String path) {
            this.path = path;
        }
    }

    /** In seconds: when to ask again. */
    private static final String SOON = "1";

    /** Checks must answer within a second; who asks for them is answered within one, too. */
    private static final Duration LONGEST = Duration.ofMillis(900);

    private final Set<HttpExchange> asking = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean running = new AtomicBoolean();
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
    public void serve(HttpExchange exchange) {
        switch (question) {
            case LIVE -> answer(exchange, true, out -> status(out, "ok"));
            case READY -> {
                if (isTakingRequests()) {
                    serveChecked(exchange);
                } else {
                    answer(exchange, false, out -> status(out, "not_ready"));
                }
            }
            case FULL -> serveChecked(exchange);
        }
    }

    /**
     * The checks may wait for a database, so the loop does not run them, and they run once for all who ask meanwhile. Where every thread
     * is taken they get one of their own: then most of all somebody wants to know.
     */
    private void serveChecked(HttpExchange exchange) {
        asking.add(exchange);
        exchange.connection()
                .channel()
                .eventLoop()
                .schedule(() -> tooLate(exchange), LONGEST.toMillis(), TimeUnit.MILLISECONDS);
        run();
    }

    private void run() {
        if (asking.isEmpty() || !running.compareAndSet(false, true)) {
            return;
        }
        try {
            mesh.threads().execute(this::report);
        } catch (RejectedExecutionException full) {
            Thread thread = new Thread(this::report, "devmesh-health");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void report() {
        List<HttpExchange> told = List.copyOf(asking);
        try {
            Verdict verdict = check();
            for (HttpExchange exchange : told) {
                if (asking.remove(exchange)) {
                    exchange.onLoop(() -> answer(exchange, verdict.good(), verdict.body()));
                }
            }
        } finally {
            running.set(false);
        }
        run();
    }

    private void tooLate(HttpExchange exchange) {
        if (asking.remove(exchange)) {
            answer(exchange, false, out -> status(out, question == Question.READY ? "not_ready" : "timeout"));
        }
    }

    private Verdict check() {
        try {
            HealthReport report = mesh.health();
            boolean healthy = report.healthy() && !leaving.get();
            return question == Question.READY
                    ? new Verdict(healthy, out -> status(out, healthy ? "ready" : "not_ready"))
                    : new Verdict(healthy, out -> report(out, report, healthy));
        } catch (RuntimeException fault) {
            LOG.error("a health check threw instead of answering", fault);
            return new Verdict(false, out -> status(out, "failing"));
        }
    }

    private boolean isTakingRequests() {
        return mesh.isReady() && !leaving.get();
    }

    private record Verdict(boolean good, JsonWritable body) {}

    private static void answer(HttpExchange exchange, boolean good, JsonWritable body) {
        FullHttpResponse response = Answers.json(exchange.connection().channel().alloc(), good ? 200 : 503, body);
        if (!good) {
            response.headers().set(HttpHeaderNames.RETRY_AFTER, SOON);
        }
        exchange.respond(response);
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
