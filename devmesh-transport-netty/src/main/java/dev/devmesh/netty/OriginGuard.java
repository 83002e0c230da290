package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Optional;
import java.util.Set;

/** Lets web pages call only if they are the server's own (on loopback) or were allowed by the operator. */
record OriginGuard(boolean onLoopback, Set<Origin> allowed) implements Guard {

    @Override
    public Optional<Rejection> check(RequestHead head) {
        String value = head.headers().get(HttpHeaderNames.ORIGIN);
        if (value == null) {
            return Optional.empty();
        }
        Optional<Origin> origin = head.repeats(HttpHeaderNames.ORIGIN) ? Optional.empty() : Origin.parse(value);
        return origin.isPresent() && (allowed.contains(origin.get()) || isOwn(origin.get(), head))
                ? Optional.empty()
                : Optional.of(Rejection.of(
                        ErrorCode.ORIGIN_FORBIDDEN,
                        "Web pages of this origin may not call this server.",
                        origin.map(page -> "Start it with allowedOrigins(\"" + page + "\") if they should.")
                                .orElse("Send the Origin as scheme://host, once.")));
    }

    private boolean isOwn(Origin origin, RequestHead head) {
        if (!onLoopback || !origin.authority().isLocal()) {
            return false;
        }
        String host = head.headers().get(HttpHeaderNames.HOST);
        return host != null && Authority.parse(host).filter(origin::sameAs).isPresent();
    }
}
