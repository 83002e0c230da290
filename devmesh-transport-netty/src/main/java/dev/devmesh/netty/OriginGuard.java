package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Optional;
import java.util.Set;

/** Lets web pages call only if they are the server's own (on loopback) or were allowed by the operator. */
record OriginGuard(boolean onLoopback, Set<Origin> allowed) implements Guard {

    @Override
    public Optional<Rejection> check(RequestHead head) {
        return !head.headers().contains(HttpHeaderNames.ORIGIN) || admits(head)
                ? Optional.empty()
                : Optional.of(Rejection.of(
                        ErrorCode.ORIGIN_FORBIDDEN,
                        "Web pages of this origin may not call this server.",
                        origin(head)
                                .map(page -> "Start it with allowedOrigins(\"" + page + "\") if they should.")
                                .orElse("Send the Origin as scheme://host, once.")));
    }

    /** Whether the request comes from a web page that may call. */
    boolean admits(RequestHead head) {
        Optional<Origin> origin = origin(head);
        return origin.isPresent() && (allowed.contains(origin.get()) || isOwn(origin.get(), head));
    }

    private static Optional<Origin> origin(RequestHead head) {
        String value = head.headers().get(HttpHeaderNames.ORIGIN);
        return value == null || head.repeats(HttpHeaderNames.ORIGIN) ? Optional.empty() : Origin.parse(value);
    }

    private boolean isOwn(Origin origin, RequestHead head) {
        if (!onLoopback || !origin.authority().isLocal()) {
            return false;
        }
        String host = head.headers().get(HttpHeaderNames.HOST);
        return host != null
                && Authority.parse(host)
                        .filter(own -> origin.sameAs(head.scheme(), own))
                        .isPresent();
    }
}
