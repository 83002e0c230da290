package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.CredentialRefusedException;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.event.MeshEvent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out who sends a request, by its header fields, and tells the others what would help. Safe for use by many threads. */
record Callers(DevMesh mesh, Challenges challenges) {

    private static final AsciiString X_API_KEY = AsciiString.cached("x-api-key");
    private static final String BEARER = "Bearer ";
    private static final Logger LOG = LoggerFactory.getLogger(Callers.class);

    /** Finds the caller out before the body is read, where that does not wait. On the event loop. */
    Optional<Rejection> admit(HttpExchange exchange) {
        if (mesh.isBlocking()) {
            return Optional.empty();
        }
        try {
            exchange.principal(authenticate(exchange));
            return Optional.empty();
        } catch (MeshException refused) {
            return Optional.of(rejection(refused, exchange));
        } catch (RuntimeException fault) {
            LOG.error("an authenticator failed", fault);
            return Optional.of(Rejection.of(Answers.panic()));
        }
    }

    /**
     * The caller, who may have been found out before.
     *
     * @throws MeshException if it is nobody known
     */
    Principal authenticate(HttpExchange exchange) {
        return exchange.principal().orElseGet(() -> {
            try {
                return mesh.authenticate(credentials(exchange));
            } catch (MeshException refused) {
                mesh.events().on(refusal(refused, exchange));
                throw refused;
            }
        });
    }

    private static MeshEvent refusal(MeshException refused, HttpExchange exchange) {
        RequestHead head = exchange.head();
        return new MeshEvent.RequestRefused(
                refused.code(),
                head.method().name() + " "
                        + head.endpoint().map(endpoint -> endpoint.route(head)).orElse("none"),
                refused instanceof CredentialRefusedException of ? Optional.of(of.holder()) : Optional.empty(),
                head.remoteAddress(),
                exchange.trace().trace().traceId());
    }

    /**
     * What the caller shows.
     *
     * @throws MeshException if that is ambiguous
     */
    Credentials credentials(HttpExchange exchange) {
        RequestHead head = exchange.head();
        HttpHeaders headers = head.headers();
        String authorization = headers.get(HttpHeaderNames.AUTHORIZATION);
        String apiKey = headers.get(X_API_KEY);
        if (authorization != null && head.repeats(HttpHeaderNames.AUTHORIZATION)
                || apiKey != null && head.repeats(X_API_KEY)) {
            throw new MeshException(
                    ErrorCode.INVALID_REQUEST, "A credential header is there more than once.", "Send one credential.");
        }
        boolean bearer = authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length());
        return new Credentials(
                bearer ? authorization.substring(BEARER.length()).trim() : "",
                apiKey == null ? "" : apiKey,
                head.remoteAddress());
    }

    /** What a caller is answered who is refused. */
    Rejection rejection(MeshException refused, HttpExchange exchange) {
        RequestHead head = exchange.head();
        Rejection rejection = Rejection.of(refused);
        if (rejection.status() != 401) {
            return rejection;
        }
        boolean shown = head.headers().contains(HttpHeaderNames.AUTHORIZATION)
                || head.headers().contains(X_API_KEY);
        String scopes = head.endpoint().map(endpoint -> endpoint.scopes(head)).orElse("");
        return rejection.with(HttpHeaderNames.WWW_AUTHENTICATE, challenges.unknown(exchange, shown, refused, scopes));
    }
}
