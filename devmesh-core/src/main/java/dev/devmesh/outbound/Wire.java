package dev.devmesh.outbound;

import java.io.InputStream;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What speaks HTTP: one request, one answer, to addresses that were vetted. It looks nothing up, follows no redirect, unpacks nothing
 * and uses no proxy. Safe for use by many threads.
 */
interface Wire extends AutoCloseable {

    /**
     * One request to one target.
     *
     * @param target whose host goes into the Host header and the TLS handshake
     * @param addresses where to connect, the first that can be reached
     * @param request method, headers and body; its URL is not looked at
     * @param deadlineNanos when everything ends, reading the body included, in the time of {@link System#nanoTime}
     */
    record Hop(Target target, List<InetAddress> addresses, OutboundRequest request, long deadlineNanos) {}

    /** The head of an answer, and its body as it arrives. Ended by exactly one of its two last methods, or both. */
    interface Answer {

        int status();

        /** By name without regard to case; values in the order in which they came. */
        Map<String, List<String>> headers();

        /** As it arrives, or empty when there is none. */
        Optional<InputStream> body();

        /** Whether the time is up: what then goes wrong, goes wrong for that reason. */
        boolean isExpired();

        /** The body was read to its end: the connection may serve another request. */
        void done();

        /** Cuts the connection, also under a reader that waits. */
        void abort();
    }

    /**
     * Sends a request and waits for the head of the answer.
     *
     * @throws dev.devmesh.MeshException if there is none
     * @throws IllegalStateException if this is closed
     */
    Answer exchange(Hop hop);

    /** Cuts all connections. Does nothing the second time. */
    @Override
    void close();
}
