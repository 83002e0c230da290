package dev.devmesh.netty;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What a server was told, checked by its builder.
 *
 * @param listeners where it listens, that of the edge first
 * @param maxBodyBytes the largest request body
 * @param allowedOrigins the web origins that may call, besides the server's own
 * @param allowedHosts the names that clients may call it by; on loopback besides the local ones
 * @param idleTimeout how long a connection may stay without a request
 * @param headTimeout how long the head of a request may take from its first byte on
 * @param bodyGrace how long a body may take before it must keep up with {@link HttpConnection#MIN_RATE}
 * @param readTimeout how long the body of one request may take to arrive
 * @param writeTimeout how long a client may take nothing of what it is sent
 * @param drainTimeout how long {@code close()} waits for requests under way, the grace included
 * @param heartbeat how often an event stream without events gets a sign of life
 * @param webSockets what goes for these alone
 * @param maxConnections how many connections are served at once
 * @param connectionsPerAddress how many of these from one address
 * @param bodyBytesInFlight the memory that all request bodies may take together
 * @param eventLoops how many threads read and write
 * @param transport how they talk to the operating system
 * @param metrics what the management listener says of the server
 * @param tls what protects the connections of clients
 * @param trustedProxies who may say for whom they call
 * @param drainGrace how long {@code close()} goes on accepting
 * @param publicUrl what clients call the server by, if that is not what it listens on
 */
record ServerSettings(
        List<ListenerSettings> listeners,
        int maxBodyBytes,
        Set<Origin> allowedOrigins,
        Set<Authority> allowedHosts,
        Duration idleTimeout,
        Duration headTimeout,
        Duration bodyGrace,
        Duration readTimeout,
        Duration writeTimeout,
        Duration drainTimeout,
        Duration heartbeat,
        WebSocketSettings webSockets,
        int maxConnections,
        int connectionsPerAddress,
        long bodyBytesInFlight,
        int eventLoops,
        IoTransport transport,
        Optional<Supplier<String>> metrics,
        Optional<Tls> tls,
        TrustedProxies trustedProxies,
        Duration drainGrace,
        Optional<Origin> publicUrl) {

    ServerSettings {
        listeners = List.copyOf(listeners);
        allowedOrigins = Set.copyOf(allowedOrigins);
        allowedHosts = Set.copyOf(allowedHosts);
    }
}
