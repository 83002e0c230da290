package dev.devmesh.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Calls a tool over HTTP/1.1 from one thread, in two ways. Closed: each connection sends its next request when it has an
 * answer; what comes back is the server's capacity. Open: requests are due at a fixed rate whatever the server does, and an
 * answer's time counts from when its request was due, so that waiting for a slow server is not left out. A due request goes
 * to the connection with the fewest unanswered ones, pipelined behind them up to a depth; where all are full it waits here,
 * and its time runs. Beside the open loop one more connection asks for {@code /health}, ten times a second or as soon as it is
 * answered.
 *
 * <p>Started by {@code benchmarks/overload}.
 */
public final class LoadDriver {

    private static final String META = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
            + "\"io.modelcontextprotocol/clientCapabilities\":{}}";

    /** What was asked and what came back, in one phase. */
    private static final class Tally {
        private final Map<Integer, List<Long>> latencies = new TreeMap<>();
        private final List<Long> health = new ArrayList<>();
        private int unhealthy;
        private final long began = System.nanoTime();
        private long ended;

        void add(int status, long nanos) {
            latencies.computeIfAbsent(status, key -> new ArrayList<>(1 << 16)).add(nanos);
        }

        double perSecond(int status) {
            return latencies.getOrDefault(status, List.of()).size() * 1e9 / (ended - began);
        }

        void print(String title, double capacity) {
            System.out.printf("%s: %.1f s%n", title, (ended - began) / 1e9);
            latencies.forEach((status, times) -> {
                times.sort(null);
                System.out.printf(
                        "  %d: %,9d  %,9.0f/s  p50 %7.1f ms  p99 %7.1f ms  max %7.1f ms%n",
                        status, times.size(), perSecond(status), at(times, 0.5), at(times, 0.99), at(times, 1));
            });
            if (!health.isEmpty()) {
                health.sort(null);
                System.out.printf(
                        "  /health: %,d asked  p50 %7.1f ms  p99 %7.1f ms  max %7.1f ms, %d not 200%n",
                        health.size(), at(health, 0.5), at(health, 0.99), at(health, 1), unhealthy);
            }
            if (capacity > 0) {
                System.out.printf("  goodput %.0f %% of capacity%n", 100 * perSecond(200) / capacity);
            }
        }

        private static double at(List<Long> sorted, double quantile) {
            return sorted.get((int) Math.min(sorted.size() - 1L, (long) (quantile * sorted.size()))) / 1e6;
        }
    }

    private final Selector selector = Selector.open();
    private final List<Connection> connections = new ArrayList<>();
    private final ArrayDeque<Long> waiting = new ArrayDeque<>();
    private static final long HEALTH_GAP = Duration.ofMillis(100).toNanos();

    private final byte[] request;
    private final Connection health;
    private Tally tally = new Tally();
    private boolean closedLoop;
    private int depth;
    private int round;

    private LoadDriver(int port, byte[] request) throws IOException {
        this.request = request;
        this.health = new Connection(
                channel(port),
                ("GET /health HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Takes the port, the tool, its arguments as JSON; for the open loop how many connections and how many unanswered requests
     * on each; how many connections for the closed loop; and, if it is not to be twice the capacity, the rate.
     */
    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(args[0]);
        int count = Integer.parseInt(args[3]);
        int depth = Integer.parseInt(args[4]);
        int closedCount = Integer.parseInt(args[5]);
        double fixed = args.length > 6 ? Double.parseDouble(args[6]) : 0;
        LoadDriver driver = new LoadDriver(port, request(port, args[1], args[2]));
        driver.connect(port, closedCount);
        driver.closed(Duration.ofSeconds(8)); // warm-up
        Tally closed = driver.closed(Duration.ofSeconds(5));
        double capacity = closed.perSecond(200);
        closed.print("closed loop, " + closedCount + " connections: capacity", 0);
        driver.connect(port, count - closedCount);
        Tally calm = driver.open(capacity / 2, depth, Duration.ofSeconds(3));
        calm.print("open loop at half of it", 0);
        double rate = fixed > 0 ? fixed : 2 * capacity;
        Tally overload = driver.open(rate, depth, Duration.ofSeconds(10));
        System.out.printf(
                "open loop, %d connections, at most %d unanswered on each, %,.0f/s due%n", count, depth, rate);
        overload.print("overload", capacity);
        System.out.printf("  never sent: %,d%n", driver.waiting.size());
        driver.waiting.clear();
        driver.drain(Duration.ofSeconds(2));
        Tally after = driver.open(capacity / 2, depth, Duration.ofSeconds(3));
        after.print("2 s later, at half of capacity", 0);
    }

    private static byte[] request(int port, String tool, String arguments) {
        String body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
                + "\",\"arguments\":" + arguments + "," + META + "}}";
        return ("POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nContent-Type: application/json\r\n"
                        + "Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n"
                        + "Mcp-Method: tools/call\r\nMcp-Name: " + tool + "\r\nContent-Length: " + body.length()
                        + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private void connect(int port, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            connections.add(new Connection(channel(port), request));
        }
    }

    private static SocketChannel channel(int port) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return channel;
    }

    private Tally closed(Duration time) throws IOException {
        tally = new Tally();
        closedLoop = true;
        depth = 1;
        long end = System.nanoTime() + time.toNanos();
        for (Connection connection : connections) {
            connection.send(System.nanoTime());
        }
        while (System.nanoTime() < end) {
            selector.select(this::ready, 100);
        }
        tally.ended = System.nanoTime();
        closedLoop = false;
        drain(Duration.ofSeconds(5));
        return tally;
    }

    private Tally open(double rate, int most, Duration time) throws IOException {
        tally = new Tally();
        depth = most;
        double gap = 1e9 / rate;
        long due = 0;
        long end = tally.began + time.toNanos();
        long now = tally.began;
        long nextHealth = now;
        while (now < end) {
            if (now >= nextHealth && health.unanswered.isEmpty()) {
                health.send(now);
                health.flush();
                nextHealth = now + HEALTH_GAP;
            }
            while (tally.began + (long) (due * gap) <= now) {
                waiting.add(tally.began + (long) (due++ * gap));
            }
            sendWaiting();
            selector.selectNow(this::ready);
            now = System.nanoTime();
        }
        tally.ended = now;
        return tally;
    }

    private void sendWaiting() throws IOException {
        int full = 0;
        while (!waiting.isEmpty() && full < connections.size()) {
            Connection connection = connections.get(round++ % connections.size());
            if (connection.unanswered.size() < depth) {
                connection.send(waiting.poll());
                full = 0;
            } else {
                full++;
            }
        }
        for (Connection connection : connections) {
            if (connection.output.position() > 0) {
                connection.flush();
            }
        }
    }

    /** Waits for what is unanswered; its times count for the phase that is over. */
    private void drain(Duration most) throws IOException {
        long end = System.nanoTime() + most.toNanos();
        while (System.nanoTime() < end && connections.stream().anyMatch(one -> !one.unanswered.isEmpty())) {
            selector.select(this::ready, 10);
        }
    }

    private void ready(SelectionKey key) {
        try {
            Connection connection = (Connection) key.attachment();
            if (key.isWritable()) {
                connection.flush();
            }
            if (key.isReadable()) {
                connection.read();
            }
        } catch (IOException e) {
            throw new IllegalStateException("a connection broke", e);
        }
    }

    private final class Connection {

        private final SocketChannel channel;
        private final ArrayDeque<Long> unanswered = new ArrayDeque<>();
        private final ByteBuffer input = ByteBuffer.allocate(32 * 1024);
        private final ByteBuffer output = ByteBuffer.allocate(32 * 1024);
        private final SelectionKey key;

        private final byte[] request;

        private Connection(SocketChannel channel, byte[] request) throws IOException {
            this.channel = channel;
            this.request = request;
            this.key = channel.register(selector, SelectionKey.OP_READ, this);
        }

        void send(long due) throws IOException {
            unanswered.add(due);
            if (output.remaining() < request.length) {
                flush();
            }
            output.put(request);
            if (closedLoop) {
                flush();
            }
        }

        void flush() throws IOException {
            output.flip();
            channel.write(output);
            output.compact();
            int wanted = output.position() > 0 ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
            if (key.interestOps() != wanted) {
                key.interestOps(wanted);
            }
        }

        void read() throws IOException {
            if (channel.read(input) < 0) {
                throw new IOException("closed by the server with " + unanswered.size() + " requests unanswered");
            }
            int start = 0;
            long now = System.nanoTime();
            for (int end = answer(start); end > 0; end = answer(start)) {
                int status = number(start + "HTTP/1.1 ".length());
                long took = now - unanswered.poll();
                start = end;
                if (this == health) {
                    tally.health.add(took);
                    tally.unhealthy += status == 200 ? 0 : 1;
                    continue;
                }
                tally.add(status, took);
                if (closedLoop) {
                    send(now);
                }
            }
            input.flip().position(start);
            input.compact();
        }

        /** Where the answer ends that begins here, 0 if it is not complete. */
        private int answer(int start) {
            int length = -1;
            for (int i = start; i + 3 < input.position(); i++) {
                if (input.get(i) != '\r' || input.get(i + 1) != '\n') {
                    continue;
                }
                if (input.get(i + 2) == '\r' && input.get(i + 3) == '\n') {
                    int end = i + 4 + length;
                    return length >= 0 && end <= input.position() ? end : 0;
                }
                if (isContentLength(i + 2)) {
                    length = number(i + 2 + "content-length: ".length());
                }
            }
            return 0;
        }

        private boolean isContentLength(int at) {
            String name = "content-length: ";
            if (at + name.length() >= input.position()) {
                return false;
            }
            for (int i = 0; i < name.length(); i++) {
                if ((input.get(at + i) | 0x20) != (name.charAt(i) | 0x20)) {
                    return false;
                }
            }
            return true;
        }

        private int number(int at) {
            int value = 0;
            for (int i = at; i < input.position() && input.get(i) >= '0' && input.get(i) <= '9'; i++) {
                value = 10 * value + input.get(i) - '0';
            }
            return value;
        }
    }
}
