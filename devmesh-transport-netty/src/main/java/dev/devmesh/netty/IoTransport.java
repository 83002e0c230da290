package dev.devmesh.netty;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
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

    private IoTransport resolved() {
        return this == AUTO && Epoll.isAvailable() ? EPOLL : this;
    }
}
