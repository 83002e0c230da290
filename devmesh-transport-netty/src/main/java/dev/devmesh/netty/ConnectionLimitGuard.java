package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.time.Duration;
import java.util.Optional;

/** Sends away what comes over a connection above the limit. */
record ConnectionLimitGuard(int limit) implements Guard {

    @Override
    public Optional<Rejection> check(RequestHead head) {
        if (head.connectionAdmitted()) {
            return Optional.empty();
        }
        return Optional.of(Rejection.of(new MeshException(
                        ErrorCode.OVERLOADED,
                        "The server has " + limit + " connections open, which is its limit.",
                        "Try again later, over one connection that is kept open.",
                        Duration.ofSeconds(1),
                        null))
                .ending());
    }
}
