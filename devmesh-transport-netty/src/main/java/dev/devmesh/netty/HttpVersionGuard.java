package dev.devmesh.netty;

import io.netty.handler.codec.http.HttpVersion;
import java.util.Optional;

/** Serves HTTP/1.1 and HTTP/1.0 only: of any other version one cannot know where a message ends. */
final class HttpVersionGuard implements Guard {

    @Override
    public Optional<Rejection> check(RequestHead head) {
        HttpVersion version = head.version();
        return version.equals(HttpVersion.HTTP_1_1) || version.equals(HttpVersion.HTTP_1_0)
                ? Optional.empty()
                : Optional.of(Rejection.malformed(400, "The HTTP version is not one that is served.", "Use HTTP/1.1."));
    }
}
