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
 * @param readTimeout how long the body of one request may take to arrive
 * @param writeTimeout how long a client that listens or reads a stream of its session may leave its connection full
 * @param drainTimeout how long {@code close()} waits for requests under way, the grace included
 * @param heartbeat how often an event stream without events gets a sign of life
 * @param webSockets what goes for these alone
 * @param maxConnections how many connections are served at once
 * @param eventLoops how many threads read and write
 * @param transport how they talk to the operating system
 * @param metrics what the management listener says of the server
 * @param tls what protects the connections of clients
 * @param trustedProxies who may say for whom they call
 * @param drainGrace how long {@code close()} goes on accepting
 */
record ServerSettings(
        List<ListenerSettings> listeners,
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
        IoTransport transport,
        Optional<Supplier<String>> metrics,
        Optional<Tls> tls,
        TrustedProxies trustedProxies,
        Duration drainGrace) {

    ServerSettings {
        listeners = List.copyOf(listeners);
        allowedOrigins = Set.copyOf(allowedOrigins);
        allowedHosts = Set.copyOf(allowedHosts);
    }
}
