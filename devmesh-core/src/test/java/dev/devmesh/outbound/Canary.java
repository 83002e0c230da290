package dev.devmesh.outbound;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A listener that nobody is to reach: on a port of 127.0.0.1 and, where there is IPv6, of ::1. Counts who comes. It takes 8443 where
 * that is free: one of the ports that the client calls anyway, so that nothing but the check of the address keeps it away.
 */
final class Canary implements AutoCloseable {

    private final ServerSocket four;
    private final ServerSocket six;
    private final AtomicInteger connections = new AtomicInteger();

    Canary() {
        try {
            four = onUsualPort();
            six = alsoOnIpv6(four.getLocalPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        listen(four);
        listen(six);
    }

    private static ServerSocket onUsualPort() throws IOException {
        InetAddress here = InetAddress.getByName("127.0.0.1");
        try {
            return new ServerSocket(8443, 50, here);
        } catch (IOException e) {
            return new ServerSocket(0, 50, here);
        }
    }

    private static ServerSocket alsoOnIpv6(int port) throws IOException {
        try {
            return new ServerSocket(port, 50, InetAddress.getByName("::1"));
        } catch (IOException e) {
            return new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1")); // no IPv6 here, or the port is taken
        }
    }

    private void listen(ServerSocket server) {
        Thread thread = new Thread(() -> {
            while (!server.isClosed()) {
                try (Socket visitor = server.accept()) {
                    connections.incrementAndGet();
                } catch (IOException e) {
                    return;
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return four.getLocalPort();
    }

    int connections() {
        return connections.get();
    }

    @Override
    public void close() throws IOException {
        four.close();
        six.close();
    }
}
