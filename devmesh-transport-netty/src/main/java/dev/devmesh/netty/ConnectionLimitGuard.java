package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.time.Duration;
import java.util.Optional;

/** Sends away what comes over a connection above a limit: of the server, or of one address. */
record ConnectionLimitGuard(int limit, int perAddress) implements Guard {

    @Override
    public Optional<Rejection> check(RequestHead head) {
        return switch (head.admission()) {
            case ADMITTED -> Optional.empty();
            case ADDRESS_FULL ->
                Optional.of(refusal("The server has " + perAddress
                        + " connections open from this address, which is its limit for one."));
            default -> Optional.of(refusal("The server has " + limit + " connections open, which is its limit."));
        };
    }

    private static Rejection refusal(String message) {
        return Rejection.of(new MeshException(
                        ErrorCode.OVERLOADED,
                        message,
                        "Try again later, over one connection that is kept open.",
                        Duration.ofSeconds(1),
                        null))
                .ending();
    }
}
