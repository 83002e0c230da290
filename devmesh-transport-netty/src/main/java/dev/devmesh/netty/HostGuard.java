package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Optional;
import java.util.Set;

/**
 * Answers only to names that are meant for this server. A web page that makes its own name point to 127.0.0.1 (DNS
 * rebinding) is found out here, since the browser sends that name along.
 */
final class HostGuard implements Guard {

    private final boolean onLoopback;
    private final Set<Authority> allowed;

    /** The host that was admitted last: nearly every request names the same, and need not have it read again. */
    private volatile String admitted = "";

    HostGuard(boolean onLoopback, Set<Authority> allowed) {
        this.onLoopback = onLoopback;
        this.allowed = allowed;
    }

    @Override
    public Optional<Rejection> check(RequestHead head) {
        String value = head.headers().get(HttpHeaderNames.HOST);
        if (value == null && head.version().equals(HttpVersion.HTTP_1_0)) {
            return Optional.empty(); // that version has no Host, and no browser speaks it
        }
        if (value == null || head.repeats(HttpHeaderNames.HOST)) {
            return Optional.of(Rejection.malformed(400, "The request must have exactly one Host header.", ""));
        }
        if (value.equals(admitted)) {
            return Optional.empty();
        }
        Optional<Authority> host = Authority.parse(value);
        if (host.isEmpty()) {
            return Optional.of(Rejection.malformed(400, "The Host header is not host or host:port.", ""));
        }
        if (answersTo(host.get())) {
            admitted = value;
            return Optional.empty();
        }
        return Optional.of(Rejection.of(
                ErrorCode.ORIGIN_FORBIDDEN,
                "The Host header names a host that this server does not answer to.",
                "Call it by localhost, or start it with allowedHosts(\""
                        + host.get().host() + "\")."));
    }

    private boolean answersTo(Authority host) {
        if (onLoopback ? host.isLocal() : allowed.isEmpty()) {
            return true;
        }
        return allowed.contains(host) || allowed.contains(new Authority(host.host(), -1));
    }
}
