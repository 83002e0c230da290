package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * How a server is set up; {@link #start()} checks all of it at once.
 *
 * <p>Confined to its caller.
 */
public final class MeshServerBuilder {

    private final DevMesh mesh;
    private final List<String> origins = new ArrayList<>();
    private final List<String> hosts = new ArrayList<>();
    private String host = "127.0.0.1";
    private int port = 8080;
    private int maxBodyBytes = 10 << 20;
    private Duration idleTimeout = Duration.ofSeconds(60);
    private Duration headTimeout = Duration.ofSeconds(10);
    private Duration bodyGrace = Duration.ofSeconds(5);
    private Duration readTimeout = Duration.ofSeconds(30);
    private Duration writeTimeout = Duration.ofSeconds(30);
    private Duration drainTimeout = Duration.ofSeconds(25);
    private Duration heartbeat = Duration.ofSeconds(15);
    private Duration pingInterval = Duration.ofSeconds(30);
    private Duration pongTimeout = Duration.ofSeconds(10);
    private Duration webSocketWriteTimeout = Duration.ofSeconds(10);
    private Duration credentialCheck = Duration.ofSeconds(5);
    private int maxMessageBytes = 1 << 20;
    private int webSocketsPerKey = 100;
    private int maxConnections = 20_000;
    private int connectionsPerAddress = 200;
    private long bodyBytesInFlight = 256L << 20;
    private int eventLoops = Math.max(1, Runtime.getRuntime().availableProcessors());
    private Optional<IoTransport> transport = Optional.empty();

    MeshServerBuilder(DevMesh mesh) {
        this.mesh = Objects.requireNonNull(mesh, "mesh");
    }

    /** The address to listen on, by name or number; {@code 127.0.0.1} unless told otherwise. */
    public MeshServerBuilder host(String address) {
        this.host = Objects.requireNonNull(address, "address");
        return this;
    }

    /** The port to listen on, 0 for any free one; 8080 unless told otherwise. */
    public MeshServerBuilder port(int number) {
        this.port = number;
        return this;
    }

    /** The largest request body, at least 1; 10 MiB unless told otherwise. */
    public MeshServerBuilder maxBodyBytes(int bytes) {
        this.maxBodyBytes = bytes;
        return this;
    }

    /**
     * Web pages that may call the server besides its own, each as {@code scheme://host[:port]}; none unless told
     * otherwise. A request without an Origin does not come from a web page and is not concerned.
     */
    public MeshServerBuilder allowedOrigins(String... pages) {
        origins.addAll(List.of(pages));
        return this;
    }

    /**
     * Names that the server may be called by, each as {@code host} or {@code host:port}. On a loopback address these come
     * besides the local names; elsewhere every name is good until one is given here.
     */
    public MeshServerBuilder allowedHosts(String... names) {
        hosts.addAll(List.of(names));
        return this;
    }

    /** How long a connection may stay open without a request; 60 s unless told otherwise. Streams are not idle. */
    public MeshServerBuilder idleTimeout(Duration longest) {
        this.idleTimeout = Objects.requireNonNull(longest, "longest");
        return this;
    }

    /** How long the head of a request may take to arrive, from its first byte on; 10 s unless told otherwise. */
    public MeshServerBuilder headTimeout(Duration longest) {
        this.headTimeout = Objects.requireNonNull(longest, "longest");
        return this;
    }

    /** How long a body may take before it must bring 1 kB a second; 5 s unless told otherwise. */
    MeshServerBuilder bodyGrace(Duration longest) {
        this.bodyGrace = Objects.requireNonNull(longest, "longest");
        return this;
    }

    /**
     * How long the body of one request may take to arrive; 30 s unless told otherwise. After its first 5 s it must have brought 1 kB for
     * each further one.
     */
    public MeshServerBuilder readTimeout(Duration longest) {
        this.readTimeout = Objects.requireNonNull(longest, "longest");
        return this;
    }

    /**
     * How long a client may leave what it is sent where it is, before it is cut off; 30 s unless told otherwise. An answer may take longer
     * to leave as long as 1 kB a second does. A client that listens to changes, or reads a stream of its session, is cut off when its
     * connection is full for that long: from 64 KiB that wait until less than 16 KiB do. The work for a session goes on, and its
     * client may come back. A peer that acknowledges nothing is given up 10 s later, where the operating system can tell.
     */
    public MeshServerBuilder writeTimeout(Duration longest) {
        this.writeTimeout = Objects.requireNonNull(longest, "longest");
        return this;
    }

    /** How long {@link MeshServer#close()} waits for requests under way; 25 s unless told otherwise, zero for not at all. */
    public MeshServerBuilder drainTimeout(Duration longest) {
        this.drainTimeout = Objects.requireNonNull(longest, "longest");
        return this;
    }

    /** How often an event stream without events gets a comment as a sign of life; 15 s unless told otherwise. */
    public MeshServerBuilder heartbeat(Duration interval) {
        this.heartbeat = Objects.requireNonNull(interval, "interval");
        return this;
    }

    /** How long the client of a WebSocket may be quiet before it is sent a ping; 30 s unless told otherwise. */
    public MeshServerBuilder webSocketPingInterval(Duration interval) {
        this.pingInterval = Objects.requireNonNull(interval, "interval");
        return this;
    }

    /**
     * How long the client of a WebSocket may stay quiet after a ping before the connection is dropped; 10 s unless told
     * otherwise.
     */
    public MeshServerBuilder webSocketPongTimeout(Duration longest) {
        this.pongTimeout = Objects.requireNonNull(longest, "longest");
        return this;
    }

    /**
     * How long the client of a WebSocket may leave its connection full before it is closed with 1013; 10 s unless told
     * otherwise. A connection is full when 256 KiB wait for it, and no longer so when less than 64 KiB do.
     */
    public MeshServerBuilder webSocketWriteTimeout(Duration longest) {
        this.webSocketWriteTimeout = Objects.requireNonNull(longest, "longest");
        return this;
    }

    /** The largest message that is taken from a WebSocket, at least 1; 1 MiB unless told otherwise. A larger one closes it with 1009. */
    public MeshServerBuilder webSocketMaxMessageBytes(int bytes) {
        this.maxMessageBytes = bytes;
        return this;
    }

    /** How many WebSockets one credential may have open at once; 100 unless told otherwise. The next ones get 429. */
    public MeshServerBuilder webSocketsPerKey(int connections) {
        this.webSocketsPerKey = connections;
        return this;
    }

    /** How often the credential of an open WebSocket is looked at again; 5 s unless told otherwise. */
    MeshServerBuilder credentialCheck(Duration interval) {
        this.credentialCheck = Objects.requireNonNull(interval, "interval");
        return this;
    }

    /** How many connections are served at once; 20,000 unless told otherwise. The next ones get 503. */
    public MeshServerBuilder maxConnections(int connections) {
        this.maxConnections = connections;
        return this;
    }

    /**
     * How many connections are served at once from one address, this machine's own included; 200 unless told otherwise. The next
     * ones get 503. Behind a proxy all connections come from its address.
     */
    public MeshServerBuilder connectionsPerAddress(int connections) {
        this.connectionsPerAddress = connections;
        return this;
    }

    /**
     * How much memory the bodies of all requests under way may take together, at least {@link #maxBodyBytes(int)}; 256 MiB unless told
     * otherwise. What does not fit gets 503.
     */
    public MeshServerBuilder bodyBytesInFlight(long bytes) {
        this.bodyBytesInFlight = bytes;
        return this;
    }

    /** How many threads read and write; as many as there are processors unless told otherwise. */
    public MeshServerBuilder eventLoops(int threads) {
        this.eventLoops = threads;
        return this;
    }

    /** How the server talks to the operating system; {@link IoTransport#AUTO} unless told otherwise. */
    public MeshServerBuilder transport(IoTransport way) {
        this.transport = Optional.of(way);
        return this;
    }

    /**
     * Listens, and starts the mesh unless it runs already. The server that started a mesh closes it, too.
     *
     * @return the open server, which its caller closes
     * @throws MeshException naming every problem of the settings, or why the address cannot be used; nothing is left open
     */
    public MeshServer start() {
        return MeshServer.open(mesh, settings());
    }

    private ServerSettings settings() {
        List<String> problems = new ArrayList<>();
        check(problems, port >= 0 && port <= 0xFFFF, "port must be 0 to 65535, is " + port);
        check(problems, maxBodyBytes >= 1, "maxBodyBytes must be at least 1, is " + maxBodyBytes);
        check(problems, maxConnections >= 1, "maxConnections must be at least 1, is " + maxConnections);
        check(
                problems,
                connectionsPerAddress >= 1,
                "connectionsPerAddress must be at least 1, is " + connectionsPerAddress);
        check(
                problems,
                bodyBytesInFlight >= maxBodyBytes,
                "bodyBytesInFlight must be at least maxBodyBytes, " + maxBodyBytes + ", is " + bodyBytesInFlight);
        check(problems, isPositive(headTimeout), "headTimeout must be positive, is " + headTimeout);
        check(problems, !bodyGrace.isNegative(), "bodyGrace must not be negative, is " + bodyGrace);
        check(problems, eventLoops >= 1, "eventLoops must be at least 1, is " + eventLoops);
        check(problems, isPositive(idleTimeout), "idleTimeout must be positive, is " + idleTimeout);
        check(problems, isPositive(readTimeout), "readTimeout must be positive, is " + readTimeout);
        check(problems, isPositive(writeTimeout), "writeTimeout must be positive, is " + writeTimeout);
        check(problems, isPositive(heartbeat), "heartbeat must be positive, is " + heartbeat);
        check(problems, isPositive(pingInterval), "webSocketPingInterval must be positive, is " + pingInterval);
        check(problems, isPositive(pongTimeout), "webSocketPongTimeout must be positive, is " + pongTimeout);
        check(
                problems,
                isPositive(webSocketWriteTimeout),
                "webSocketWriteTimeout must be positive, is " + webSocketWriteTimeout);
        check(problems, isPositive(credentialCheck), "credentialCheck must be positive, is " + credentialCheck);
        check(problems, maxMessageBytes >= 1, "webSocketMaxMessageBytes must be at least 1, is " + maxMessageBytes);
        check(problems, webSocketsPerKey >= 1, "webSocketsPerKey must be at least 1, is " + webSocketsPerKey);
        check(problems, !drainTimeout.isNegative(), "drainTimeout must not be negative, is " + drainTimeout);
        Set<Origin> allowedOrigins =
                parse(problems, origins, Origin::parse, "allowedOrigins: '%s' must look like https://app.example.com");
        Set<Authority> allowedHosts = parse(
                problems,
                hosts,
                Authority::parse,
                "allowedHosts: '%s' must look like mesh.example.com or mesh.example.com:8080");
        IoTransport way = transport(problems);
        InetSocketAddress address = address(problems);
        if (!problems.isEmpty()) {
            throw new MeshException(
                    ErrorCode.INVALID_VALUE,
                    problems.size() == 1
                            ? "MeshServer cannot start: " + problems.get(0) + "."
                            : "MeshServer cannot start: " + problems.size() + " problems: "
                                    + String.join("; ", problems) + ".",
                    "");
        }
        return new ServerSettings(
                address,
                maxBodyBytes,
                allowedOrigins,
                allowedHosts,
                idleTimeout,
                headTimeout,
                bodyGrace,
                readTimeout,
                writeTimeout,
                drainTimeout,
                heartbeat,
                new WebSocketSettings(
                        pingInterval,
                        pongTimeout,
                        webSocketWriteTimeout,
                        credentialCheck,
                        maxMessageBytes,
                        webSocketsPerKey),
                maxConnections,
                connectionsPerAddress,
                bodyBytesInFlight,
                eventLoops,
                way);
    }

    private IoTransport transport(List<String> problems) {
        try {
            IoTransport way = transport.orElseGet(IoTransport::ofProcess);
            check(problems, way.available(), "transport " + way + " is not available here; use AUTO");
            return way;
        } catch (IllegalArgumentException unknownName) {
            problems.add(unknownName.getMessage());
            return IoTransport.AUTO;
        }
    }

    private InetSocketAddress address(List<String> problems) {
        InetAddress found = InetAddress.getLoopbackAddress();
        try {
            check(problems, !host.isBlank(), "host is blank; use 127.0.0.1, or 0.0.0.0 for every interface");
            found = host.isBlank() ? found : InetAddress.getByName(host);
        } catch (UnknownHostException unknown) {
            problems.add("host '" + host + "' is not known; use an address of this machine such as 127.0.0.1");
        }
        check(
                problems,
                found.isLoopbackAddress() || !mesh.isAnonymous(),
                "host " + host
                        + " can be reached from other machines, and this mesh asks nobody for a credential; give it an"
                        + " authenticator with DevMesh.builder().authenticator(...) or keep host(\"127.0.0.1\")");
        return new InetSocketAddress(found, Math.max(0, Math.min(port, 0xFFFF)));
    }

    private static boolean isPositive(Duration duration) {
        return !duration.isNegative() && !duration.isZero();
    }

    private static void check(List<String> problems, boolean good, String problem) {
        if (!good) {
            problems.add(problem);
        }
    }

    private static <T> Set<T> parse(
            List<String> problems, List<String> texts, Function<String, Optional<T>> parser, String problem) {
        Set<T> parsed = new LinkedHashSet<>();
        for (String text : texts) {
            parser.apply(text).ifPresentOrElse(parsed::add, () -> problems.add(problem.formatted(text)));
        }
        return parsed;
    }
}
