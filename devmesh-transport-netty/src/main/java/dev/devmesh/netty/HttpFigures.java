package dev.devmesh.netty;

import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshEvents;
import io.netty.handler.codec.http.HttpMethod;
import java.time.Duration;
import java.util.Set;

/** Tells of requests and their answers, in words that no client can make up. Costs nothing while nobody listens. */
final class HttpFigures {

    /** Every endpoint's methods are among these. */
    private static final Set<HttpMethod> METHODS = Set.of(
            HttpMethod.GET,
            HttpMethod.HEAD,
            HttpMethod.POST,
            HttpMethod.PUT,
            HttpMethod.PATCH,
            HttpMethod.DELETE,
            HttpMethod.OPTIONS);

    /** The status of an answer that nobody was there to read, as proxies log it. */
    static final int CLIENT_GONE = 499;

    private final MeshEvents events;
    private final String surface;

    /** @param surface which face of the server */
    HttpFigures(MeshEvents events, String surface) {
        this.events = events;
        this.surface = surface;
    }

    void received() {
        if (!events.isSilent()) {
            events.on(new MeshEvent.HttpReceived(surface));
        }
    }

    /** @param status the one that was sent, or why there is none */
    void served(HttpExchange exchange, int status) {
        if (events.isSilent()) {
            return;
        }
        RequestHead head = exchange.head();
        HttpMethod method = head.method();
        events.on(new MeshEvent.HttpServed(
                surface,
                METHODS.contains(method) ? method.name() : "other",
                head.endpoint().map(endpoint -> endpoint.route(head)).orElse("none"),
                status,
                Duration.ofNanos(System.nanoTime() - exchange.receivedAt())));
    }
}
