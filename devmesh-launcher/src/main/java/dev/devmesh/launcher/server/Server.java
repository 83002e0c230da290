package dev.devmesh.launcher.server;

import dev.devmesh.DevMesh;
import dev.devmesh.MeshException;
import dev.devmesh.event.MeshListener;
import dev.devmesh.launcher.config.Configuration;
import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.launcher.metrics.Metrics;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.netty.MeshServerBuilder;
import dev.devmesh.netty.Surface;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** A mesh, served as the configuration says. Safe for use by many threads. */
public final class Server implements AutoCloseable {

    private final String version;
    private final boolean durable;
    private final ConfiguredMesh mesh;
    private final Optional<Metrics> metrics;
    private final MeshServer server;

    private Server(String version, boolean durable, ConfiguredMesh mesh, Optional<Metrics> metrics, MeshServer server) {
        this.version = version;
        this.durable = durable;
        this.mesh = mesh;
        this.metrics = metrics;
        this.server = server;
    }

    /**
     * Refuses what no database has to be asked about, so that nobody waits for one in vain.
     *
     * @param dev whether everyone is administrator, which only a loopback address allows
     */
    public static void check(LoadedConfiguration loaded, boolean dev) {
        Configuration configuration = loaded.configuration();
        if (dev) {
            requireLoopback(configuration.listeners().bind());
        } else if (configuration.database().isPresent()
                && !configuration.sessionSecret().isSet()) {
            throw new Failure(
                    ExitCode.USAGE,
                    "mcp.session_secret is empty, and sessions outlive a server that has a database",
                    "set mcp.session_secret (DEVMESH_MCP_SESSION_SECRET), the same on every node; openssl rand -hex 32 makes one");
        }
    }

    /**
     * Builds the mesh and begins to serve it.
     *
     * @param parts what the mesh is made over; not closed here
     * @param dev whether everyone is administrator
     * @param version what clients are told
     * @return the open server, which its caller closes
     * @throws Failure if the server cannot start; nothing is left open
     */
    public static Server start(LoadedConfiguration loaded, Parts parts, boolean dev, String version) {
        check(loaded, dev);
        Configuration configuration = loaded.configuration();
        // Nobody can ask for figures without a listener for that, so none are kept.
        Optional<Metrics> metrics =
                configuration.listeners().management().isPresent() ? Optional.of(new Metrics()) : Optional.empty();
        boolean open = false;
        try {
            ConfiguredMesh mesh = ConfiguredMesh.build(
                    loaded, parts, dev, version, metrics.stream().toArray(MeshListener[]::new));
            metrics.ifPresent(figures -> {
                figures.watch(mesh.mesh());
                parts.store().postgres().ifPresent(figures::watch);
            });
            Server server = new Server(
                    version,
                    parts.store().isDurable(),
                    mesh,
                    metrics,
                    listen(mesh.mesh(), configuration, metrics, dev));
            open = true;
            return server;
        } finally {
            if (!open) {
                metrics.ifPresent(Metrics::close);
            }
        }
    }

    private static void requireLoopback(String bind) {
        boolean loopback;
        try {
            loopback = InetAddress.getByName(bind).isLoopbackAddress();
        } catch (UnknownHostException e) {
            loopback = false;
        }
        if (!loopback) {
            throw new Failure(
                    ExitCode.USAGE,
                    "--dev asks nobody for a key, so it serves this machine only, and listeners.bind is " + bind,
                    "--bind 127.0.0.1, or leave out --dev");
        }
    }

    private static MeshServer listen(
            DevMesh mesh, Configuration configuration, Optional<Metrics> metrics, boolean dev) {
        Configuration.Http http = configuration.http();
        Configuration.WebSocket webSocket = configuration.webSocket();
        Configuration.Listeners listeners = configuration.listeners();
        MeshServerBuilder builder = MeshServer.of(mesh).host(listeners.bind()).port(listeners.edge());
        listeners.api().ifPresent(port -> builder.listener(Surface.API, port));
        listeners.management().ifPresent(port -> builder.listener(Surface.MANAGEMENT, port));
        listeners.diagnostics().ifPresent(port -> builder.listener(Surface.DIAGNOSTICS, port));
        http.tls().ifPresent(tls -> builder.tls(tls.cert(), tls.key()));
        http.publicUrl().ifPresent(builder::publicUrl);
        metrics.ifPresent(figures -> builder.metrics(figures::text));
        try {
            return builder.trustedProxies(http.trustedProxies().toArray(String[]::new))
                    .drainGrace(dev ? Duration.ZERO : http.drain().grace())
                    .drainTimeout(http.drain().timeout())
                    .headTimeout(http.headTimeout())
                    .readTimeout(http.readTimeout())
                    .writeTimeout(http.writeTimeout())
                    .idleTimeout(http.idleTimeout())
                    .maxBodyBytes(Math.toIntExact(http.maxBody().bytes()))
                    .allowedOrigins(http.allowedOrigins().toArray(String[]::new))
                    .allowedHosts(http.allowedHosts().toArray(String[]::new))
                    .webSocketPingInterval(webSocket.pingInterval())
                    .webSocketPongTimeout(webSocket.pongTimeout())
                    .webSocketWriteTimeout(webSocket.writeTimeout())
                    .webSocketMaxMessageBytes(
                            Math.toIntExact(webSocket.maxMessage().bytes()))
                    .webSocketsPerKey(webSocket.perKey())
                    .maxConnections(configuration.connections())
                    .connectionsPerAddress(configuration.connectionsPerAddress())
                    .bodyBytesInFlight(configuration.bodyBytesInFlight().bytes())
                    .start();
        } catch (MeshException e) {
            throw new Failure(
                    ExitCode.RUNTIME,
                    Failure.part(String.valueOf(e.getMessage())),
                    e.fix().isEmpty()
                            ? "the key that sets it; devmesh config show names them all"
                            : "--port N or --bind ADDRESS (listeners.edge, listeners.bind) or another of listeners.*,"
                                    + " which may be off; --port 0 takes free ports for all",
                    e);
        }
    }

    String version() {
        return version;
    }

    URI mcpUri() {
        return server.mcpUri();
    }

    /** Where the edge is. */
    public URI edge() {
        return server.uri();
    }

    /** Whether what is stored outlives this process. */
    boolean isDurable() {
        return durable;
    }

    /** Where else it listens, beside the edge. */
    Map<Surface, URI> others() {
        Map<Surface, URI> others = new EnumMap<>(Surface.class);
        for (Surface surface : server.surfaces()) {
            if (surface != Surface.EDGE) {
                others.put(surface, server.uri(surface));
            }
        }
        return others;
    }

    /** The administrator's key, or empty where nobody needs one. */
    Optional<AdminKey> adminKey() {
        return mesh.adminKey();
    }

    /** Finishes what is under way and ends. */
    @Override
    public void close() {
        server.close();
        metrics.ifPresent(Metrics::close);
    }
}
