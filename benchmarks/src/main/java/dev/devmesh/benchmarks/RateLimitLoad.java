package dev.devmesh.benchmarks;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.limit.RateLimitPolicy;
import dev.devmesh.limit.RateLimits;
import dev.devmesh.netty.MeshServer;
import dev.devmesh.tool.Tool;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * One caller asks for ten times of what its plan allows while another asks now and then. Shows what the first is answered, what a
 * refusal costs in time of the processor, its way through the sockets included, and how long the second waits.
 *
 * <p>Server and callers share this process, so that the threads of each can be told apart. Started by {@code benchmarks/rate-limit}.
 */
public final class RateLimitLoad {

    private static final int PER_SECOND = 100;
    private static final int CONNECTIONS = 10;
    private static final int WARM_UP_SECONDS = 5;
    private static final int SECONDS = 10;

    private RateLimitLoad() {}

    /** Whoever shows a key is known by it. */
    private static final class Everybody implements Authenticator {

        @Override
        public Optional<Principal> authenticate(Credentials credentials) {
            String key = credentials.apiKey();
            return key.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Principal(
                            Tenant.single(), key, Scopes.of("tools"), Set.of(), Principal.DEFAULT_PLAN, "key_" + key));
        }

        @Override
        public boolean blocking() {
            return false;
        }
    }

    /** Takes nothing, prints what it measures, and ends with 1 if it is more than it should be. */
    public static void main(String[] args) throws Exception {
        DevMesh mesh = DevMesh.builder()
                .authenticator(new Everybody())
                .rateLimits(RateLimits.of(new RateLimitPolicy("default", 60 * PER_SECOND, PER_SECOND), Map.of()))
                .tool(Tool.named("ping").nonBlocking().handle(call -> "pong"))
                .build();
        try (MeshServer server = MeshServer.of(mesh).port(0).start()) {
            Set<Long> callers = new HashSet<>();
            callers.add(Thread.currentThread().getId());
            for (int seconds : new int[] {WARM_UP_SECONDS, SECONDS}) {
                List<Caller> all = new ArrayList<>();
                for (int i = 0; i < CONNECTIONS; i++) {
                    all.add(new Caller(server.port(), "loud", 10 * PER_SECOND / CONNECTIONS, seconds));
                }
                Caller quiet = new Caller(server.port(), "quiet", PER_SECOND / 2, seconds);
                all.add(quiet);
                all.forEach(caller -> callers.add(caller.getId()));
                long before = cpu(callers);
                all.forEach(Thread::start);
                for (Caller caller : all) {
                    caller.join();
                }
                int requests = all.stream().mapToInt(Caller::count).sum();
                long perRequest = (cpu(callers) - before) / requests;
                if (seconds == SECONDS) {
                    all.forEach(Caller::print);
                    System.out.printf("server: %.3f ms of processor time for each request%n", perRequest / 1e6);
                    boolean good = quiet.at(0.99) < 250e6 && perRequest < 200_000 && quiet.only(200);
                    System.exit(good ? 0 : 1);
                }
            }
        }
    }

    /** The processor time of all threads that are not callers. */
    private static long cpu(Set<Long> callers) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (long id : threads.getAllThreadIds()) {
            if (!callers.contains(id)) {
                sum += Math.max(0, threads.getThreadCpuTime(id));
            }
        }
        return sum;
    }

    /** Asks at a fixed rate over one connection; an answer's time counts from when its request was due. */
    private static final class Caller extends Thread {

        private final int port;
        private final int perSecond;
        private final int seconds;
        private final byte[] request;
        private final Map<Integer, Integer> statuses = new TreeMap<>();
        private final List<Long> times = new ArrayList<>();

        Caller(int port, String key, int perSecond, int seconds) {
            super(key);
            this.port = port;
            this.perSecond = perSecond;
            this.seconds = seconds;
            String body =
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"ping\",\"_meta\":{"
                            + "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
                            + "\"io.modelcontextprotocol/clientCapabilities\":{}}}}";
            this.request = ("POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nX-API-Key: " + key
                            + "\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
                            + "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: ping\r\nContent-Length: "
                            + body.length() + "\r\n\r\n" + body)
                    .getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public void run() {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setTcpNoDelay(true);
                DataInputStream in = new DataInputStream(socket.getInputStream());
                long began = System.nanoTime();
                long gap = 1_000_000_000L / perSecond;
                for (long due = began; due - began < seconds * 1_000_000_000L; due += gap) {
                    long wait = due - System.nanoTime();
                    if (wait > 0) {
                        Thread.sleep(wait / 1_000_000, (int) (wait % 1_000_000));
                    }
                    socket.getOutputStream().write(request);
                    statuses.merge(answer(in), 1, Integer::sum);
                    times.add(System.nanoTime() - due);
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(getName() + " broke off", e);
            }
            times.sort(null);
        }

        private static int answer(DataInputStream in) throws IOException {
            int status = 0;
            int length = 0;
            StringBuilder line = new StringBuilder();
            while (true) {
                int next = in.readUnsignedByte();
                if (next != '\n') {
                    line.append((char) next);
                    continue;
                }
                String text = line.toString().strip();
                line.setLength(0);
                if (text.isEmpty()) {
                    in.skipNBytes(length);
                    return status;
                }
                if (status == 0) {
                    status = Integer.parseInt(text.split(" ")[1]);
                } else if (text.regionMatches(true, 0, "content-length:", 0, 15)) {
                    length = Integer.parseInt(text.substring(15).strip());
                }
            }
        }

        int count() {
            return times.size();
        }

        long at(double quantile) {
            return times.get((int) Math.min(times.size() - 1L, (long) (quantile * times.size())));
        }

        boolean only(int status) {
            return statuses.keySet().equals(Set.of(status));
        }

        void print() {
            System.out.printf(
                    "%-5s %,6d/s asked  answers %s  p50 %.2f ms  p99 %.2f ms  max %.2f ms%n",
                    getName(), perSecond, statuses, at(0.5) / 1e6, at(0.99) / 1e6, at(1) / 1e6);
        }
    }
}
