package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import java.util.Optional;

/** Refuses a body that says beforehand that it is too large. {@link HttpConnection} counts those that do not. */
record BodySizeGuard(int limit) implements Guard {

    @Override
    public Optional<Rejection> check(RequestHead head) {
        return head.bodyLength() <= limit ? Optional.empty() : Optional.of(tooLarge(limit));
    }

    static Rejection tooLarge(int limit) {
        return Rejection.of(
                        ErrorCode.BODY_TOO_LARGE,
                        "The body is larger than " + limit + " bytes.",
                        "Send less, or start the server with a larger maxBodyBytes(int).")
                .ending();
    }
}
