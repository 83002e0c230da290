package dev.devmesh.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Holds many idle WebSockets to a server in another process, and measures what they cost it: resident memory after a full
 * collection, before and with them, and how long {@code /health} takes meanwhile. Linux only: memory is read from
 * {@code /proc}. Started by {@code benchmarks/idle-websockets}.
 *
 * <p>Sockets without a framework: what costs memory here is on the other side.
 */
public final class IdleWebSockets {

    /** Connections of one source address; Linux gives out about 28,000 ports. */
    private static final int PER_ADDRESS = 20_000;

    private static final int OPENING_AT_ONCE = 64;

    private static final String HANDSHAKE = "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mcp\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private static final String INITIALIZE = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{"
            + "\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},\"clientInfo\":{\"name\":\"idle\",\"version\":\"1\"}}}";

    private static final String INITIALIZED = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";

    private final int port;
    private final boolean sessions;
    private final Selector selector = Selector.open();
    private final ByteBuffer input = ByteBuffer.allocateDirect(64 * 1024);
    private int asked;
    private int open;
    private int lost;
    private long pongs;

    private IdleWebSockets(int port, boolean sessions) throws IOException {
        this.port = port;
        this.sessions = sessions;
    }

    /** What is known of one connection. */
    private static final class Socket {
        private boolean upgraded;
        private final StringBuilder head = new StringBuilder();
    }

    /**
     * Takes the port, the process id of the server, how many connections, for how many seconds, and {@code session} if each
     * of them is to begin an MCP session.
     */
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        long pid = Long.parseLong(args[1]);
        int wanted = Integer.parseInt(args[2]);
        Duration hold = Duration.ofSeconds(Long.parseLong(args[3]));
        boolean sessions = args.length > 4 && args[4].equals("session");
        // Classes, code and first buffers are not what a connection costs.
        IdleWebSockets warmUp = new IdleWebSockets(port, sessions);
        warmUp.openAll(200);
        warmUp.serve(Duration.ofSeconds(1));
        health(port, 100, Duration.ofMillis(2), new AtomicBoolean(true));
        warmUp.closeAll();
        Thread.sleep(3_000);
        collect(pid);
        long before = residentKib(pid);
        System.out.printf("before: %,d KiB resident%n", before);

        IdleWebSockets load = new IdleWebSockets(port, sessions);
        long began = System.nanoTime();
        load.openAll(wanted);
        System.out.printf("open: %,d in %.1f s%n", load.open, (System.nanoTime() - began) / 1e9);
        AtomicBoolean go = new AtomicBoolean(true);
        List<Long> latencies = new ArrayList<>();
        Thread prober = new Thread(() -> latencies.addAll(health(port, Integer.MAX_VALUE, Duration.ofMillis(20), go)));
        prober.start();
        load.serve(hold);
        go.set(false);
        prober.join();
        collect(pid);
        long after = residentKib(pid);
        load.serve(Duration.ofMillis(100));
        System.out.printf(
                "with %,d: %,d KiB resident, pongs sent %,d, lost %,d%n", load.open, after, load.pongs, load.lost);
        System.out.printf("each: %.1f KiB%n", (after - before) / (double) load.open);
        latencies.sort(null);
        System.out.printf(
                "/health: %,d requests, p50 %.1f ms, p99 %.1f ms, max %.1f ms%n",
                latencies.size(), at(latencies, 0.5), at(latencies, 0.99), at(latencies, 1));
        load.closeAll();
    }

    private static double at(List<Long> sorted, double quantile) {
        return sorted.get((int) Math.min(sorted.size() - 1L, Math.round(quantile * sorted.size()))) / 1e6;
    }

    private static List<Long> health(int port, int most, Duration pause, AtomicBoolean go) {
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health"))
                .build();
        List<Long> latencies = new ArrayList<>();
        try {
            while (go.get() && latencies.size() < most) {
                long began = System.nanoTime();
                int status = http.send(request, HttpResponse.BodyHandlers.discarding())
                        .statusCode();
                if (status != 200) {
                    throw new IllegalStateException("/health answered " + status);
                }
                latencies.add(System.nanoTime() - began);
                Thread.sleep(pause.toMillis());
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("/health did not answer", e);
        }
        return latencies;
    }

    /** Full collections, until memory that can be given back has been. */
    private static void collect(long pid) throws IOException, InterruptedException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        for (int i = 0; i < 2; i++) {
            int status = new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.run")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("jcmd failed with " + status);
            }
            Thread.sleep(1_000);
        }
    }

    private static long residentKib(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    private void openAll(int wanted) throws IOException {
        while (open < wanted) {
            while (asked < wanted && asked - open - lost < OPENING_AT_ONCE) {
                begin();
            }
            turn(1_000);
            if (lost > 0) {
                throw new IllegalStateException(lost + " connections were refused or lost; is a limit in the way?");
            }
        }
    }

    private void begin() throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.bind(new InetSocketAddress("127.0.0." + (1 + asked / PER_ADDRESS), 0));
        channel.connect(new InetSocketAddress("127.0.0.1", port));
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.register(selector, SelectionKey.OP_READ, new Socket());
        channel.write(ByteBuffer.wrap(HANDSHAKE.formatted(port).getBytes(StandardCharsets.US_ASCII)));
        asked++;
    }

    private void serve(Duration howLong) throws IOException {
        long end = System.nanoTime() + howLong.toNanos();
        for (long left = howLong.toNanos(); left > 0; left = end - System.nanoTime()) {
            turn(1 + left / 1_000_000);
        }
    }

    private void turn(long millis) throws IOException {
        selector.select(this::read, millis);
    }

    private void read(SelectionKey key) {
        SocketChannel channel = (SocketChannel) key.channel();
        Socket socket = (Socket) key.attachment();
        try {
            input.clear();
            int count = channel.read(input);
            input.flip();
            if (count < 0 || !(socket.upgraded ? frames(channel) : head(socket, channel))) {
                lost++;
                channel.close();
            }
        } catch (IOException e) {
            lost++;
            key.cancel();
        }
    }

    private boolean head(Socket socket, SocketChannel channel) throws IOException {
        socket.head.append(StandardCharsets.ISO_8859_1.decode(input));
        if (socket.head.indexOf("\r\n\r\n") < 0) {
            return true;
        }
        if (!socket.head.toString().startsWith("HTTP/1.1 101 ")) {
            System.err.println(socket.head);
            return false;
        }
        socket.upgraded = true;
        open++;
        if (sessions) {
            send(channel, 1, INITIALIZE.getBytes(StandardCharsets.US_ASCII));
            send(channel, 1, INITIALIZED.getBytes(StandardCharsets.US_ASCII));
        }
        return true;
    }

    /** Frames of a server that has nothing to say but pings, and answers that come in one piece. */
    private boolean frames(SocketChannel channel) throws IOException {
        while (input.remaining() >= 2) {
            int opcode = input.get() & 0x0f;
            int length = input.get() & 0x7f;
            if (length == 126) {
                length = input.getShort() & 0xffff;
            }
            byte[] payload = new byte[length];
            input.get(payload);
            if (opcode == 8) {
                return false;
            }
            if (opcode == 9) {
                send(channel, 10, payload);
                pongs++;
            }
        }
        return true;
    }

    /** A masked frame; the mask is zero, which changes nothing. */
    private static void send(SocketChannel channel, int opcode, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 8);
        frame.put((byte) (0x80 | opcode));
        if (payload.length < 126) {
            frame.put((byte) (0x80 | payload.length));
        } else {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        }
        channel.write(frame.putInt(0).put(payload).flip());
    }

    private void closeAll() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
