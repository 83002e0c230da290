package dev.devmesh.netty;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import java.time.Duration;
import java.util.Locale;

/**
 * How the server talks to the operating system.
 *
 * <p>The system property {@code devmesh.io} names another default than {@link #AUTO} for all servers of the process.
 */
public enum IoTransport {
    /** {@link #EPOLL} where it is available, {@link #NIO} elsewhere. */
    AUTO,
    /** The JDK's own selectors; runs everywhere. */
    NIO,
    /** Linux epoll. */
    EPOLL,
    /** Linux io_uring; only on request, since many containers forbid it. */
    IO_URING;

    private static final Duration MARGIN = Duration.ofSeconds(10);
    private static final long UNSENT_BYTES = 128 * 1024;
    private static final int QUIET_SECONDS = 60;
    private static final int ASK_SECONDS = 10;
    private static final int ASKED = 3;

    /** The property that names the default. */
    static final String PROPERTY = "devmesh.io";

    /**
     * The default of this process.
     *
     * @throws IllegalArgumentException if the system property {@code devmesh.io} names none of these
     */
    static IoTransport ofProcess() {
        String name = System.getProperty(PROPERTY, AUTO.name());
        for (IoTransport transport : values()) {
            if (transport.name().equals(name.toUpperCase(Locale.ROOT))) {
                return transport;
            }
        }
        throw new IllegalArgumentException(
                "The system property " + PROPERTY + " is '" + name + "'; use auto, nio, epoll or io_uring.");
    }

    boolean available() {
        return switch (this) {
            case AUTO, NIO -> true;
            case EPOLL -> Epoll.isAvailable();
            case IO_URING -> IoUring.isAvailable();
        };
    }

    IoHandlerFactory handlers() {
        return switch (resolved()) {
            case EPOLL -> EpollIoHandler.newFactory();
            case IO_URING -> IoUringIoHandler.newFactory();
            default -> NioIoHandler.newFactory();
        };
    }

    Class<? extends ServerChannel> serverChannel() {
        return switch (resolved()) {
            case EPOLL -> EpollServerSocketChannel.class;
            case IO_URING -> IoUringServerSocketChannel.class;
            default -> NioServerSocketChannel.class;
        };
    }

    /**
     * Has the operating system end connections whose peer is gone without a word. It asks quiet ones for a sign of life after a minute. Where
     * it can be told, it also gives up when nothing of what was sent is acknowledged for {@code longest} and a little: a client
     * that lives and does not read should be cut off by the server, which knows why. For that the server must see what leaves, so
     * the system also keeps no more than {@link #UNSENT_BYTES} that it has not sent; else megabytes would be gone at once, and then
     * nothing for a long time.
     */
    void watchPeers(ServerBootstrap bootstrap, Duration longest) {
        int millis = (int) Math.min(Integer.MAX_VALUE, longest.plus(MARGIN).toMillis());
        bootstrap.childOption(ChannelOption.SO_KEEPALIVE, true);
        switch (resolved()) {
            case EPOLL ->
                bootstrap
                        .childOption(EpollChannelOption.TCP_USER_TIMEOUT, millis)
                        .childOption(EpollChannelOption.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
                        .childOption(EpollChannelOption.TCP_KEEPIDLE, QUIET_SECONDS)
                        .childOption(EpollChannelOption.TCP_KEEPINTVL, ASK_SECONDS)
                        .childOption(EpollChannelOption.TCP_KEEPCNT, ASKED);
            case IO_URING ->
                bootstrap
                        .childOption(IoUringChannelOption.TCP_USER_TIMEOUT, millis)
                        .childOption(IoUringChannelOption.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
                        .childOption(IoUringChannelOption.TCP_KEEPIDLE, QUIET_SECONDS)
                        .childOption(IoUringChannelOption.TCP_KEEPINTVL, ASK_SECONDS)
                        .childOption(IoUringChannelOption.TCP_KEEPCNT, ASKED);
            default -> {} // the JDK cannot tell the system about the first, and the rest is the system's own setting
        }
    }

    private IoTransport resolved() {
        return this == AUTO && Epoll.isAvailable() ? EPOLL : this;
    }
}
