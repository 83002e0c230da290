package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Optional;

/** Refuses methods that the path does not know. */
final class MethodGuard implements Guard {

    @Override
    public Optional<Rejection> check(RequestHead head) {
        Endpoint endpoint = head.endpoint().orElseThrow();
        HttpMethod method = head.method();
        return endpoint.methods().contains(method) || method.equals(HttpMethod.OPTIONS)
                ? Optional.empty()
                : Optional.of(Rejection.of(
                                ErrorCode.METHOD_NOT_ALLOWED,
                                "This path does not know the method of the request.",
                                "Use " + endpoint.allow() + ".")
                        .with(HttpHeaderNames.ALLOW, endpoint.allow()));
    }
}
