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
    private volatile boolean isProxy;

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

    /** Does from now on as pooling proxies do, which give clients another process's number than that of the server's. */
    void actAsProxy() {
        isProxy = true;
    }

    @Override
    public void close() {
        end(door);
        pull();
    }

    private void acceptAll() {
        while (!door.isClosed()) {
            try {
                accept(door.accept());
            } catch (IOException e) {
                // Either the test is over, or the client sees that there is no connection.
            }
        }
    }

    private void accept(Socket near) throws IOException {
        Socket far = new Socket();
        open.add(near);
        open.add(far);
        URI server = address();
        if (isPulled) {
            end(near);
            return;
        }
        try {
            far.connect(new InetSocketAddress(server.getHost(), server.getPort() < 0 ? 5_432 : server.getPort()));
        } catch (IOException e) {
            end(near);
            throw e;
        }
        begin(() -> carry(near, far));
        begin(() -> carry(far, near));
    }

    private void carry(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[8_192];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (isProxy) {
                    disguise(buffer, n);
                }
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

    /** Changes the number of the process in BackendKeyData: 'K', the length 12, the number, the key. */
    private static void disguise(byte[] sent, int length) {
        for (int i = 0; i + 12 < length; i++) {
            if (sent[i] == 'K' && sent[i + 1] == 0 && sent[i + 2] == 0 && sent[i + 3] == 0 && sent[i + 4] == 12) {
                sent[i + 8] ^= 1;
            }
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
