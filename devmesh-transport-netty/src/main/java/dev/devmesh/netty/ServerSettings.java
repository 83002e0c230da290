package dev.devmesh.netty;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;

/**
 * What a server was told, checked by its builder.
 *
 * @param address where it listens; resolved
 * @param maxBodyBytes the largest request body
 * @param allowedOrigins the web origins that may call, besides the server's own
 * @param allowedHosts the names that clients may call it by; on loopback besides the local ones
 * @param idleTimeout how long a connection may stay without a request
 * @param readTimeout how long the body of one request may take to arrive
 * @param writeTimeout how long a client that listens or reads a stream of its session may leave its connection full
 * @param drainTimeout how long {@code close()} waits for requests under way
 * @param heartbeat how often an event stream without events gets a sign of life
 * @param webSockets what goes for these alone
 * @param maxConnections how many connections are served at once
 * @param eventLoops how many threads read and write
 * @param transport how they talk to the operating system
 */
record ServerSettings(
        InetSocketAddress address,
        int maxBodyBytes,
        Set<Origin> allowedOrigins,
        Set<Authority> allowedHosts,
        Duration idleTimeout,
        Duration readTimeout,
        Duration writeTimeout,
        Duration drainTimeout,
        Duration heartbeat,
        WebSocketSettings webSockets,
        int maxConnections,
        int eventLoops,
        IoTransport transport) {

    ServerSettings {
        allowedOrigins = Set.copyOf(allowedOrigins);
        allowedHosts = Set.copyOf(allowedHosts);
    }

    /** Whether only this machine can reach the server, so that only local names make sense in a Host header. */
    boolean onLoopback() {
        return address.getAddress().isLoopbackAddress();
    }
}
