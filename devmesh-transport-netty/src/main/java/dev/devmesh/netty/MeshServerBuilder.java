package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.KeyLookup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * How a server is set up; {@link #start()} checks all of it at once.
 *
 * <p>Confined to its caller.
 */
public final class MeshServerBuilder {

    private final DevMesh mesh;
    private final List<String> origins = new ArrayList<>();
    private final List<String> hosts = new ArrayList<>();
    private final List<String> publicUrl = new ArrayList<>(1);
    private final Map<Surface, Place> others = new EnumMap<>(Surface.class);
    private final List<String> proxies = new ArrayList<>();
    private Optional<Path> certificate = Optional.empty();
    private Optional<Path> key = Optional.empty();
    private Duration certificateCheck = Duration.ofSeconds(10);
    private Duration drainGrace = Duration.ZERO;
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
    private Duration credentialCheck = KeyLookup.LOOKED_AT_AGAIN;
    private int maxMessageBytes = 1 << 20;
    private int webSocketsPerKey = 100;
    private int maxConnections = 20_000;
    private int connectionsPerAddress = 200;
    private long bodyBytesInFlight = 256L << 20;
    private int eventLoops = Math.max(1, Runtime.getRuntime().availableProcessors());
    private Optional<IoTransport> transport = Optional.empty();
    private Optional<Supplier<String>> metrics = Optional.empty();

    /** @param host empty for the usual one */
    private record Place(String host, int port) {}

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

    /**
     * One more port to listen on, 0 for any free one, on the address of {@link #host}; diagnostics are on the loopback
     * address whatever that is. For {@link Surface#EDGE}, which there always is, the same as {@link #port}. Surfaces with the
     * same port, other than 0, and the same address share it.
     */
    public MeshServerBuilder listener(Surface surface, int number) {
        if (surface == Surface.EDGE) {
            return port(number);
        }
        others.put(surface, new Place("", number));
        return this;
    }

    /**
     * One more port to listen on, on an address of its own.
     *
     * @param address by name or number; of diagnostics a loopback address
     */
    public MeshServerBuilder listener(Surface surface, String address, int number) {
        Objects.requireNonNull(address, "address");
        if (surface == Surface.EDGE) {
            return host(address).port(number);
        }
        others.put(surface, new Place(address, number));
        return this;
    }

    /**
     * What {@code /metrics} of {@link Surface#MANAGEMENT} answers, in the text form of Prometheus; without it there is no such
     * path. Called for each request, from any thread; may wait.
     */
    public MeshServerBuilder metrics(Supplier<String> prometheusText) {
        this.metrics = Optional.of(prometheusText);
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

    /**
     * What clients call the server by, as {@code https://mesh.example.com}: what it is named in what it says of itself to OAuth clients. By
     * default, the address that they reached; behind a proxy that is not what they know.
     */
    public MeshServerBuilder publicUrl(String url) {
        publicUrl.clear();
        publicUrl.add(url);
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

    /**
     * Has {@link Surface#EDGE} and {@link Surface#API} speak TLS 1.3 and 1.2 and nothing else. Both files are PEM: the first holds the
     * server's own certificate and behind it those that vouch for it, the second its key, unencrypted, as PKCS 8.
     *
     * <p>When the files change, new connections get the new certificate within ten seconds. If it cannot be used, the log says why,
     * and the one before goes on being served.
     */
    public MeshServerBuilder tls(Path certificateChainPem, Path privateKeyPem) {
        this.certificate = Optional.of(Objects.requireNonNull(certificateChainPem, "certificateChainPem"));
        this.key = Optional.of(Objects.requireNonNull(privateKeyPem, "privateKeyPem"));
        return this;
    }

    /** How often the files of {@link #tls} are looked at again; 10 s unless told otherwise. */
    MeshServerBuilder certificateCheck(Duration interval) {
        this.certificateCheck = interval;
        return this;
    }

    /**
     * Proxies that may say for whom they call, by {@code X-Forwarded-For}, {@code X-Forwarded-Proto} or, where they send none of
     * these, {@code Forwarded}: each as an address or a range such as {@code 10.0.0.0/8}; none unless told otherwise. From
     * anyone else these headers mean nothing.
     */
    public MeshServerBuilder trustedProxies(String... ranges) {
        proxies.addAll(List.of(ranges));
        return this;
    }

    /**
     * How long {@link MeshServer#close()} goes on accepting while readiness already says no, so that load balancers have the
     * time to notice; zero unless told otherwise. It counts as part of {@link #drainTimeout}.
     */
    public MeshServerBuilder drainGrace(Duration wait) {
        this.drainGrace = Objects.requireNonNull(wait, "wait");
        return this;
    }

    /**
     * How long {@link MeshServer#close()} waits for requests under way, and for the tools of a mesh that it closes, all in all; 25 s
     * unless told otherwise, zero for not at all.
     */
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

    /** How often the credential of an open WebSocket or stream is looked at again; 2.5 s unless told otherwise. */
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

    /** What {@link #start} goes by, checked. */
    ServerSettings settings() {
        List<String> problems = new ArrayList<>();
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
        check(problems, !drainGrace.isNegative(), "drainGrace must not be negative, is " + drainGrace);
        check(
                problems,
                drainGrace.compareTo(drainTimeout) <= 0,
                "drainGrace must be at most drainTimeout, " + drainTimeout + ", is " + drainGrace);
        Set<AddressRange> trusted = parse(
                problems,
                proxies,
                AddressRange::parse,
                "trustedProxies: '%s' must look like 10.0.0.0/8, without bits behind the range, or 10.0.0.1");
        Set<Origin> allowedOrigins =
                parse(problems, origins, Origin::parse, "allowedOrigins: '%s' must look like https://app.example.com");
        Set<Authority> allowedHosts = parse(
                problems,
                hosts,
                Authority::parse,
                "allowedHosts: '%s' must look like mesh.example.com or mesh.example.com:8080");
        Set<Origin> known = parse(
                problems,
                publicUrl,
                MeshServerBuilder::publicOrigin,
                "publicUrl: '%s' must look like https://mesh.example.com, without a path");
        IoTransport way = transport(problems);
        List<ListenerSettings> listeners = listeners(problems);
        Optional<Tls> tls = tls(problems);
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
                listeners,
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
                way,
                metrics,
                tls,
                new TrustedProxies(List.copyOf(trusted)),
                drainGrace,
                known.stream().findFirst());
    }

    private Optional<Tls> tls(List<String> problems) {
        if (certificate.isEmpty() || key.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Tls.of(certificate.get(), key.get(), certificateCheck, Clock.systemUTC()));
        } catch (UnusableCertificate unusable) {
            problems.add("tls: " + unusable.getMessage());
            return Optional.empty();
        }
    }

    private static Optional<Origin> publicOrigin(String url) {
        return Origin.parse(url).filter(origin -> Set.of("http", "https").contains(origin.scheme()));
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

    private List<ListenerSettings> listeners(List<String> problems) {
        Map<InetSocketAddress, Set<Surface>> shared = new LinkedHashMap<>();
        List<ListenerSettings> listeners = new ArrayList<>();
        InetAddress usual = address(problems, host);
        checkPort(problems, "port", port);
        place(shared, listeners, Surface.EDGE, usual, port);
        others.forEach((surface, place) -> {
            String name = surface.name().toLowerCase(Locale.ROOT);
            checkPort(problems, "the port of listener " + name, place.port());
            InetAddress address = usual;
            if (!place.host().isEmpty()) {
                address = address(problems, place.host());
            } else if (surface == Surface.DIAGNOSTICS) {
                address = InetAddress.getLoopbackAddress();
            }
            check(
                    problems,
                    surface != Surface.DIAGNOSTICS || address.isLoopbackAddress(),
                    "listener diagnostics must be on a loopback address such as 127.0.0.1, is on " + place.host());
            place(shared, listeners, surface, address, place.port());
        });
        shared.forEach((address, surfaces) -> listeners.add(new ListenerSettings(address, surfaces)));
        listeners.sort(
                Comparator.comparing(listener -> listener.surfaces().iterator().next()));
        return listeners;
    }

    private static void place(
            Map<InetSocketAddress, Set<Surface>> shared,
            List<ListenerSettings> alone,
            Surface surface,
            InetAddress address,
            int port) {
        InetSocketAddress place = new InetSocketAddress(address, Math.max(0, Math.min(port, 0xFFFF)));
        if (port == 0) {
            alone.add(new ListenerSettings(place, EnumSet.of(surface)));
        } else {
            shared.computeIfAbsent(place, none -> EnumSet.noneOf(Surface.class)).add(surface);
        }
    }

    private static void checkPort(List<String> problems, String name, int port) {
        check(problems, port >= 0 && port <= 0xFFFF, name + " must be 0 to 65535, is " + port);
    }

    private InetAddress address(List<String> problems, String host) {
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
        return found;
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
