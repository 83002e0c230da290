package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Optional;
import java.util.Set;

/**
 * Refuses methods that HTTP does not know, and the two of which nobody here wants to hear: CONNECT would make a tunnel, TRACE
 * shows a web page what its browser sends. Names of methods are case-sensitive.
 */
final class KnownMethodGuard implements Guard {

    private static final String SERVED = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    private static final Set<HttpMethod> KNOWN = Set.of(
            HttpMethod.GET,
            HttpMethod.HEAD,
            HttpMethod.POST,
            HttpMethod.PUT,
            HttpMethod.PATCH,
            HttpMethod.DELETE,
            HttpMethod.OPTIONS);

    @Override
    public Optional<Rejection> check(RequestHead head) {
        HttpMethod method = head.method();
        if (KNOWN.contains(method)) {
            return Optional.empty();
        }
        if (method.equals(HttpMethod.TRACE) || method.equals(HttpMethod.CONNECT)) {
            String allow = head.endpoint().map(at -> at.allow().toString()).orElse(SERVED);
            return Optional.of(refusal(405, ErrorCode.METHOD_NOT_ALLOWED, allow).with(HttpHeaderNames.ALLOW, allow));
        }
        return Optional.of(refusal(501, ErrorCode.INVALID_REQUEST, SERVED));
    }

    private static Rejection refusal(int status, ErrorCode code, String served) {
        MeshException error = new MeshException(
                code, "The method of the request is not served here.", "Use one of " + served + ", in upper case.");
        return new Rejection(status, error, EmptyHttpHeaders.INSTANCE, true);
    }
}
