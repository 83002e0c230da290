package dev.devmesh.postgres;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A way to a server that can be pulled out, or whose connections die without a sign. */
final class Cable implements AutoCloseable {

    private final ServerSocket door;
    private final PostgresSettings direct;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Set<Socket> dead = ConcurrentHashMap.newKeySet();
    private volatile boolean isPulled;

    private Cable(PostgresSettings direct) throws IOException {
        this.direct = direct;
        this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        begin(this::acceptAll);
    }

    static Cable to(PostgresSettings server) {
        try {
            return new Cable(server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same server, by this way. */
    PostgresSettings settings() {
        URI url = address();
        String parameters = url.getQuery() == null ? "" : "?" + url.getQuery();
        return PostgresSettings.of("jdbc:postgresql://127.0.0.1:" + door.getLocalPort() + url.getPath() + parameters)
                .user(direct.user(), direct.password())
                .applicationName(direct.applicationName());
    }

    private URI address() {
        return URI.create(direct.url().substring("jdbc:".length()));
    }

    /** Breaks every connection and takes no other. */
    void pull() {
        isPulled = true;
        open.forEach(Cable::end);
    }

    void plugIn() {
        isPulled = false;
    }

    /** From now on nothing passes over the connections that are open, and nobody is told so. Later ones work. */
    void die() {
        dead.addAll(open);
    }

    @Override
    public void close() {
        end(door);
        pull();
    }

    private void acceptAll() {
        while (!door.isClosed()) {
            try {
                Socket near = door.accept();
                Socket far = new Socket();
                open.add(near);
                open.add(far);
                if (isPulled) {
                    end(near);
                    continue;
                }
                URI server = address();
                far.connect(new InetSocketAddress(server.getHost(), server.getPort()));
                begin(() -> carry(near, far));
                begin(() -> carry(far, near));
            } catch (IOException e) {
                // Either the test is over, or the client sees that there is no connection.
            }
        }
    }

    private void carry(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[8_192];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (!dead.contains(from)) {
                    out.write(buffer, 0, n);
                }
            }
        } catch (IOException e) {
            // The other side learns by the end of its own connection.
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private static void end(Closeable socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void begin(Runnable work) {
        Thread thread = new Thread(work, "cable");
        thread.setDaemon(true);
        thread.start();
    }
}
