package dev.devmesh.netty;

import java.util.Optional;

/** Bounds the number of header fields. */
final class HeaderCountGuard implements Guard {

    static final int MAX_FIELDS = 100;

    @Override
    public Optional<Rejection> check(RequestHead head) {
        return head.headers().size() <= MAX_FIELDS
                ? Optional.empty()
                : Optional.of(
                        Rejection.malformed(431, "The request has more than " + MAX_FIELDS + " header fields.", ""));
    }
}
