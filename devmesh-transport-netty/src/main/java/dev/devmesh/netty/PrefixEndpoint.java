package dev.devmesh.netty;

import java.util.Optional;

/** What is served at many paths. Safe for use by many threads. */
@FunctionalInterface
interface PrefixEndpoint {

    /** What takes a request to this path, which is as the client wrote it but for the query; empty if it is none of these. */
    Optional<Endpoint> at(String path);
}
