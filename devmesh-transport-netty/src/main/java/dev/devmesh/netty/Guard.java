package dev.devmesh.netty;

import java.util.Optional;

/** One check of a request before its body is read. Safe for use by many threads; never waits. */
@FunctionalInterface
interface Guard {

    /** Why the request is not served, or empty to let it pass. */
    Optional<Rejection> check(RequestHead head);
}
