package dev.devmesh.netty;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A mesh served over HTTP/1.1: the MCP endpoint at {@code /mcp}, for WebSockets at {@code /ws} and at {@code /mcp}, health at {@code /health}, {@code /health/live} and
 * {@code /health/ready}.
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
    private final Edge edge;
    private final EventLoops loops;
    private final Channel listener;
    private final InetSocketAddress address;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final CountDownLatch closed = new CountDownLatch(1);

    private MeshServer(DevMesh mesh, boolean startedMesh, Edge edge, EventLoops loops, Channel listener) {
        this.mesh = mesh;
        this.startedMesh = startedMesh;
        this.edge = edge;
        this.loops = loops;
        this.listener = listener;
        this.address = (InetSocketAddress) listener.localAddress();
    }

    /** Begins a server for this mesh, on {@code 127.0.0.1:8080} unless told otherwise. Nothing is opened yet. */
    public static MeshServerBuilder of(DevMesh mesh) {
        return new MeshServerBuilder(mesh);
    }

    static MeshServer open(DevMesh mesh, ServerSettings settings) {
        AtomicBoolean draining = new AtomicBoolean();
        Endpoints endpoints = new Endpoints(List.of(
                new McpEndpoint(mesh, settings),
                new WebSocketEndpoint(mesh, settings.webSockets()),
                new HealthEndpoint(HealthEndpoint.Question.FULL, mesh, draining),
                new HealthEndpoint(HealthEndpoint.Question.LIVE, mesh, draining),
                new HealthEndpoint(HealthEndpoint.Question.READY, mesh, draining)));
        Edge edge = new Edge(
                settings,
                Guards.of(settings),
                endpoints,
                new Connections(settings.maxConnections(), mesh.events()),
                new HttpFigures(mesh.events(), "edge"),
                new LoopLoads(),
                draining);
        EventLoops loops = new EventLoops(settings.transport(), settings.eventLoops());
        boolean open = false;
        try {
            Channel listener = listen(edge, loops);
            boolean startsMesh = !mesh.isReady();
            mesh.start();
            // Only now: connections that came in the meantime waited in the backlog.
            listener.config().setAutoRead(true);
            MeshServer server = new MeshServer(mesh, startsMesh, edge, loops, listener);
            LOG.info("mesh '{}' is served at {}", mesh.name(), server.mcpUri());
            open = true;
            return server;
        } finally {
            if (!open) {
                loops.close(LOOPS_END);
            }
        }
    }

    private static Channel listen(Edge edge, EventLoops loops) {
        ServerSettings settings = edge.settings();
        ChannelFuture bound = new ServerBootstrap()
                .group(loops.acceptor(), loops.workers())
                .channel(settings.transport().serverChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, READS)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNSENT_BYTES)
                .childHandler(new HttpPipeline(edge))
                .bind(settings.address())
                .awaitUninterruptibly();
        if (bound.isSuccess()) {
            return bound.channel();
        }
        throw cannotListen(settings.address(), bound.cause());
    }

    private static MeshException cannotListen(InetSocketAddress address, Throwable cause) {
        int port = address.getPort();
        String reason = String.valueOf(cause.getMessage());
        String message;
        String fix;
        if (reason.contains("Address already in use")) {
            message = "Port " + port + " is in use.";
            fix = "Choose another with port(int), or port(0) for any free port.";
        } else if (reason.contains("Permission denied")) {
            message = "Port " + port + " is reserved for privileged processes.";
            fix = "Choose one above 1023 with port(int), or port(0) for any free port.";
        } else if (reason.contains("Cannot assign requested address")) {
            message = "This machine has no address " + address.getHostString() + ".";
            fix = "Give host(String) one of its own, such as 127.0.0.1.";
        } else {
            message = "Cannot listen on " + address.getHostString() + ":" + port + ": " + reason + ".";
            fix = "Choose another address with host(String) and port(int).";
        }
        return new MeshException(ErrorCode.INVALID_VALUE, message, fix, null, cause);
    }

    /** The port listened on; the one that was found if 0 was asked for. */
    public int port() {
        return address.getPort();
    }

    /** Where the server is reached from this machine, for example {@code http://127.0.0.1:8080}. */
    public URI uri() {
        InetAddress host = address.getAddress();
        String name = host.isAnyLocalAddress() ? "127.0.0.1" : host.getHostAddress();
        int zone = name.indexOf('%');
        String literal = zone < 0 ? name : name.substring(0, zone);
        return URI.create("http://" + (literal.contains(":") ? "[" + literal + "]" : literal) + ":" + port());
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

    /** How many connections are open now. */
    public int connections() {
        return edge.connections().count();
    }

    /**
     * Accepts nothing more, ends what clients listen to, closes WebSockets with 1001 when what is under way on them is done, waits for the requests under way up to the builder's {@code drainTimeout}, closes every
     * connection, then the mesh if this server started it, then its own threads: they are gone when this returns. Does nothing
     * more the second time, but waits until the first is done.
     */
    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            awaitClosed();
            return;
        }
        try {
            edge.draining().set(true);
            listener.close().awaitUninterruptibly();
            edge.connections().open().forEach(Connection::drain);
            boolean finished =
                    edge.connections().awaitNone(edge.settings().drainTimeout().toNanos());
            if (!finished) {
                LOG.info("closing {} connections with requests under way", connections());
                edge.connections().open().forEach(Connection::cut);
            }
            if (startedMesh) {
                mesh.close();
            }
        } finally {
            loops.close(LOOPS_END);
            closed.countDown();
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
