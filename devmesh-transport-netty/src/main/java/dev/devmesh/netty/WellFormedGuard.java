package dev.devmesh.netty;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.Optional;

/** Refuses what could not be read as HTTP. The codec only marks such a message and passes it on. */
final class WellFormedGuard implements Guard {

    /** Marks a head that did not arrive in time. */
    static final class TooSlow extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooSlow() {
            super(null, null, false, false);
        }
    }

    @Override
    public Optional<Rejection> check(RequestHead head) {
        if (head.decoderResult().isSuccess()) {
            return Optional.empty();
        }
        Throwable cause = head.decoderResult().cause();
        if (cause instanceof TooLongHttpLineException) {
            return Optional.of(Rejection.malformed(
                    414, "The request line is longer than " + HttpPipeline.MAX_LINE_BYTES + " bytes.", ""));
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return Optional.of(Rejection.malformed(
                    431, "The header fields are larger than " + HttpPipeline.MAX_HEADER_BYTES + " bytes.", ""));
        }
        if (cause instanceof TooSlow) {
            return Optional.of(Rejection.malformed(
                    408, "The head of the request did not arrive in time.", "Send the request again, in one piece."));
        }
        return Optional.of(Rejection.malformed(400, "The request is not well-formed HTTP/1.1.", ""));
    }
}
