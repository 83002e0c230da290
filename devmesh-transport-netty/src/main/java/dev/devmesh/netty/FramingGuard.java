package dev.devmesh.netty;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Optional;

/**
 * Serves a body only if its end is beyond doubt: by one length, or in chunks and coded in no other way. Where a proxy and this server
 * may see the end in different places, one request hides another.
 */
final class FramingGuard implements Guard {

    @Override
    public Optional<Rejection> check(RequestHead head) {
        String coding = head.headers().get(HttpHeaderNames.TRANSFER_ENCODING);
        if (head.repeats(HttpHeaderNames.CONTENT_LENGTH)) {
            return Optional.of(Rejection.malformed(400, "The request has more than one Content-Length.", ""));
        }
        if (coding == null) {
            return Optional.empty();
        }
        boolean chunked = HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(coding)
                && !head.repeats(HttpHeaderNames.TRANSFER_ENCODING)
                && !head.headers().contains(HttpHeaderNames.CONTENT_LENGTH)
                && head.version().equals(HttpVersion.HTTP_1_1);
        return chunked
                ? Optional.empty()
                : Optional.of(Rejection.malformed(
                        400,
                        "The only transfer coding is chunked, alone, in HTTP/1.1 and without a Content-Length.",
                        "Send Content-Length, or Transfer-Encoding: chunked."));
    }
}
