package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.call.CallRunner;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mesh served over HTTP/1.1: the MCP endpoint at {@code /mcp}, for WebSockets at {@code /ws} and at {@code /mcp}, the REST API at
 * {@code /api/v1/} and its description at {@code /openapi.json}, health at {@code /health}, {@code /health/live} and
 * {@code /health/ready}; besides, on ports of their own, what the other {@linkplain Surface surfaces} hold.
 *
 * <p>Open from {@link MeshServerBuilder#start()} to {@link #close()}. Its caller closes it. A server that had to start its mesh
 * closes the mesh too, so that one {@code try} is enough; a mesh that ran before is left running. Several servers live in one
 * JVM without knowing of each other.
 *
 * <p>Safe for use by many threads.
 */
public final class MeshServer implements AutoCloseable {

    private static final int BACKLOG = 1_024;

    /** Above the higher mark of unsent bytes a connection is not read, below the lower one it is again. */
    static final WriteBufferWaterMark UNSENT_BYTES = new WriteBufferWaterMark(64 * 1024, 256 * 1024);

    private static final RecvByteBufAllocator READS =
            new AdaptiveRecvByteBufAllocator(512, 2 * 1024, HttpPipeline.MAX_READ_BYTES);

    private static final Duration LOOPS_END = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(MeshServer.class);

    private final DevMesh mesh;
    private final boolean startedMesh;
    private final ServerSettings settings;
    private final Connections connections;
    private final AtomicBoolean leaving;
    private final AtomicBoolean draining;
    private final EventLoops loops;
    private final List<Listener> listeners;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);

    private record Listener(ListenerSettings settings, Channel channel) {

        InetSocketAddress address() {
            return (InetSocketAddress) channel.localAddress();
        }
    }

    private MeshServer(
            DevMesh mesh,
            boolean startedMesh,
            ServerSettings settings,
            Connections connections,
            AtomicBoolean leaving,
            AtomicBoolean draining,
            EventLoops loops,
            List<Listener> listeners) {
        this.mesh = mesh;
        this.startedMesh = startedMesh;
        this.settings = settings;
        this.connections = connections;
        this.leaving = leaving;
        this.draining = draining;
        this.loops = loops;
        this.listeners = listeners;
    }

    /** Begins a server for this mesh, on {@code 127.0.0.1:8080} unless told otherwise. Nothing is opened yet. */
    public static MeshServerBuilder of(DevMesh mesh) {
        return new MeshServerBuilder(mesh);
    }

    static MeshServer open(DevMesh mesh, ServerSettings settings) {
        AtomicBoolean leaving = new AtomicBoolean();
        AtomicBoolean draining = new AtomicBoolean();
        Surfaces surfaces = new Surfaces(mesh, settings, leaving);
        Connections connections = new Connections(
                settings.maxConnections(), settings.connectionsPerAddress(), settings.trustedProxies(), mesh.events());
        BodyBudget bodies = new BodyBudget(settings.bodyBytesInFlight());
        LoopLoads loads = new LoopLoads();
        EventLoops loops = new EventLoops(settings.transport(), settings.eventLoops());
        List<Listener> listeners = new ArrayList<>();
        boolean open = false;
        try {
            for (ListenerSettings listener : settings.listeners()) {
                Edge edge = new Edge(
                        settings,
                        Guards.of(settings, listener),
                        surfaces.of(listener.surfaces()),
                        connections,
                        bodies,
                        new HttpFigures(mesh.events(), listener.label()),
                        loads,
                        leaving,
                        draining,
                        new Cors(new OriginGuard(listener.onLoopback(), settings.allowedOrigins())),
                        settings.tls().filter(tls -> listener.isForClients()));
                listeners.add(new Listener(listener, listen(edge, listener, loops)));
            }
            boolean startsMesh = !mesh.isReady();
            mesh.start();
            // Only now: connections that came in the meantime waited in the backlog.
            listeners.forEach(listener -> listener.channel().config().setAutoRead(true));
            settings.tls().ifPresent(tls -> watch(tls, loops, mesh));
            MeshServer server = new MeshServer(
                    mesh, startsMesh, settings, connections, leaving, draining, loops, List.copyOf(listeners));
            LOG.info("mesh '{}' is served at {}", mesh.name(), server.mcpUri());
            open = true;
            return server;
        } finally {
            if (!open) {
                listeners.forEach(listener -> listener.channel().close().awaitUninterruptibly());
                loops.close(LOOPS_END);
            }
        }
    }

    private static void watch(Tls tls, EventLoops loops, DevMesh mesh) {
        long nanos = tls.interval().toNanos();
        loops.acceptor()
                .scheduleWithFixedDelay(
                        () -> {
                            try {
                                mesh.threads().execute(tls::reload); // files may be slow
                            } catch (RejectedExecutionException full) {
                                LOG.debug("no thread is free to look at the certificate");
                            }
                        },
                        nanos,
                        nanos,
                        TimeUnit.NANOSECONDS);
    }

    private static Channel listen(Edge edge, ListenerSettings listener, EventLoops loops) {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops.acceptor(), loops.workers())
                .channel(edge.settings().transport().serverChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, READS)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNSENT_BYTES)
                .childHandler(new HttpPipeline(edge));
        edge.settings().transport().watchPeers(bootstrap, edge.settings().writeTimeout());
        ChannelFuture bound = bootstrap.bind(listener.address()).awaitUninterruptibly();
        if (bound.isSuccess()) {
            return bound.channel();
        }
        throw cannotListen(listener, bound.cause());
    }

    private static MeshException cannotListen(ListenerSettings listener, Throwable cause) {
        InetSocketAddress address = listener.address();
        Surface first = listener.surfaces().iterator().next();
        String setter = first == Surface.EDGE ? "port(int)" : "listener(Surface." + first + ", int)";
        String purpose = first == Surface.EDGE ? "" : ", for " + first.name().toLowerCase(Locale.ROOT) + ",";
        int port = address.getPort();
        String reason = String.valueOf(cause.getMessage());
        String message;
        String fix;
        if (reason.contains("Address already in use")) {
            message = "Port " + port + purpose + " is in use.";
            fix = "Choose another with " + setter + ", 0 for any free port.";
        } else if (reason.contains("Permission denied")) {
            message = "Port " + port + purpose + " is reserved for privileged processes.";
            fix = "Choose one above 1023 with " + setter + ", 0 for any free port.";
        } else if (reason.contains("Cannot assign requested address")) {
            message = "This machine has no address " + address.getHostString() + ".";
            fix = "Give host(String) one of its own, such as 127.0.0.1.";
        } else {
            message = "Cannot listen on " + address.getHostString() + ":" + port + ": " + reason + ".";
            fix = "Choose another address with host(String) and " + setter + ".";
        }
        return new MeshException(ErrorCode.INVALID_VALUE, message, fix, null, cause);
    }

    /** The port of the edge; the one that was found if 0 was asked for. */
    public int port() {
        return port(Surface.EDGE);
    }

    /**
     * The port of this surface; the one that was found if 0 was asked for.
     *
     * @throws IllegalArgumentException if the server has no listener for it
     */
    public int port(Surface surface) {
        return listener(surface).address().getPort();
    }

    /** Where the edge is reached from this machine, for example {@code http://127.0.0.1:8080}. */
    public URI uri() {
        return uri(Surface.EDGE);
    }

    /**
     * Where this surface is reached from this machine.
     *
     * @throws IllegalArgumentException if the server has no listener for it
     */
    public URI uri(Surface surface) {
        Listener listener = listener(surface);
        InetSocketAddress address = listener.address();
        String scheme = settings.tls().isPresent() && listener.settings().isForClients() ? "https" : "http";
        InetAddress host = address.getAddress();
        String name = host.isAnyLocalAddress() ? "127.0.0.1" : host.getHostAddress();
        int zone = name.indexOf('%');
        String literal = zone < 0 ? name : name.substring(0, zone);
        return URI.create(
                scheme + "://" + (literal.contains(":") ? "[" + literal + "]" : literal) + ":" + address.getPort());
    }

    /** What the server listens for. */
    public Set<Surface> surfaces() {
        Set<Surface> all = EnumSet.noneOf(Surface.class);
        listeners.forEach(listener -> all.addAll(listener.settings().surfaces()));
        return Collections.unmodifiableSet(all);
    }

    private Listener listener(Surface surface) {
        for (Listener listener : listeners) {
            if (listener.settings().surfaces().contains(surface)) {
                return listener;
            }
        }
        throw new IllegalArgumentException("This server does not listen for " + surface + "; ask for it with"
                + " MeshServer.of(mesh).listener(Surface." + surface + ", port).");
    }

    /** Where MCP clients connect, for example {@code http://127.0.0.1:8080/mcp}. */
    public URI mcpUri() {
        return uri().resolve(McpEndpoint.PATH);
    }

    /** Where MCP clients connect that speak WebSocket, for example {@code ws://127.0.0.1:8080/ws}. */
    public URI webSocketUri() {
        return URI.create("ws" + uri().toString().substring("http".length()) + WebSocketEndpoint.PATH);
    }

    /** The mesh that is served. */
    public DevMesh mesh() {
        return mesh;
    }

    /** The threads that read and write. */
    EventLoopGroup eventLoops() {
        return loops.workers();
    }

    /** How many connections are open now. */
    public int connections() {
        return connections.count();
    }

    /**
     * Says no when asked for readiness and goes on accepting for the builder's {@code drainGrace}; then accepts nothing more, ends
     * what clients listen to, closes WebSockets with 1001 when what is under way on them is done, waits for the requests under
     * way, closes every connection, then the mesh if this server started it, then its own threads: they are gone when this
     * returns. All of it takes at most the builder's {@code drainTimeout}, plus some seconds for what does not heed its end. Does
     * nothing more the second time, but waits until the first is done.
     *
     * <p>Called by a handler, it would wait for itself; then it only begins, and another thread does the rest.
     */
    @Override
    public void close() {
        boolean first = closing.compareAndSet(false, true);
        leaving.set(true);
        if (!CallRunner.isInHandler() && !loops.isOwn()) {
            if (first) {
                shutDown();
            } else {
                awaitClosed();
            }
        } else if (first) {
            new Thread(this::shutDown, "devmesh-close").start();
        }
    }

    private void shutDown() {
        long deadline = System.nanoTime() + settings.drainTimeout().toNanos();
        try {
            if (!settings.drainGrace().isZero()) {
                LOG.info(
                        "readiness says no; accepting for {} ms more",
                        settings.drainGrace().toMillis());
                pause(settings.drainGrace());
            }
            draining.set(true);
            for (Listener listener : listeners) {
                listener.channel().close().awaitUninterruptibly();
            }
            connections.open().forEach(Connection::drain);
            boolean finished = connections.awaitNone(deadline - System.nanoTime());
            if (!finished) {
                LOG.info("closing {} connections with requests under way", connections());
                connections.open().forEach(Connection::cut);
            }
            if (startedMesh) {
                mesh.close(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            }
        } finally {
            loops.close(LOOPS_END);
            closed.countDown();
        }
    }

    private static void pause(Duration wait) {
        try {
            Thread.sleep(wait.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // whoever interrupts has no time: on to the end
        }
    }

    private void awaitClosed() {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
