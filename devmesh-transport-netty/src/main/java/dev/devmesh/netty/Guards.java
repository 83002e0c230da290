package dev.devmesh.netty;

import java.util.List;
import java.util.Optional;

/**
 * The checks that every request passes, in this order; the first that objects decides the answer.
 *
 * <p>What the connection and the bytes say comes first, then who may call at all, then what is asked for. A guard may
 * rely on those before it: {@link MethodGuard} only sees requests to a path that exists.
 */
final class Guards {

    private final Guard[] inOrder;

    private Guards(List<Guard> guards) {
        this.inOrder = guards.toArray(Guard[]::new);
    }

    /** The checks of one listener. */
    static Guards of(ServerSettings settings, ListenerSettings listener) {
        return new Guards(List.of(
                new ConnectionLimitGuard(settings.maxConnections(), settings.connectionsPerAddress()), // 503
                new WellFormedGuard(), // 400, 408, 414, 431
                new FramingGuard(), // 400
                new UrlCredentialGuard(), // 400
                new KnownMethodGuard(), // 405, 501
                new HeaderCountGuard(), // 431
                new HostGuard(listener.onLoopback(), settings.allowedHosts()), // 400, 403
                new OriginGuard(listener.onLoopback(), settings.allowedOrigins()), // 403
                new PathGuard(listener.directions()), // 404
                new MethodGuard(), // 405
                new ExpectGuard(), // 417
                new ContentTypeGuard(), // 415
                new AcceptGuard(), // 406
                new BodySizeGuard(settings.maxBodyBytes()))); // 413
    }

    Optional<Rejection> check(RequestHead head) {
        for (Guard guard : inOrder) {
            Optional<Rejection> rejection = guard.check(head);
            if (rejection.isPresent()) {
                return rejection;
            }
        }
        return Optional.empty();
    }
}
