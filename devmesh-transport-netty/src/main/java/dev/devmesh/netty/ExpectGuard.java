package dev.devmesh.netty;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import java.util.Optional;

/** Refuses expectations other than the one that HTTP defines. */
final class ExpectGuard implements Guard {

    @Override
    public Optional<Rejection> check(RequestHead head) {
        String value = head.headers().get(HttpHeaderNames.EXPECT);
        return value == null || HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(value)
                ? Optional.empty()
                : Optional.of(Rejection.malformed(
                        417, "The only expectation that can be met is 100-continue.", "Leave the Expect header out."));
    }
}
