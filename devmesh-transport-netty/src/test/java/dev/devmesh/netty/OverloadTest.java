package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.Limits;
import dev.devmesh.call.HandlerThreads;
import dev.devmesh.health.HealthCheck;
import dev.devmesh.tool.Tool;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a server does that cannot do what it is asked. */
class OverloadTest {

    private record Message(String message) {}

    private final AtomicInteger begun = new AtomicInteger();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final List<RawConnection> connections = new ArrayList<>();

    @AfterEach
    void open() throws IOException {
        gate.countDown();
        for (RawConnection connection : connections) {
            connection.close();
        }
    }

    private Tool stuck(String name) {
        return Tool.named(name).input(Message.class).handle((call, in) -> {
            begun.incrementAndGet();
            gate.await();
            return "free";
        });
    }

    private DevMeshBuilder meshOf(int permits) {
        return meshOf(permits, Limits.defaults().blockingCalls());
    }

    private DevMeshBuilder meshOf(int permits, int blockingCalls) {
        return DevMesh.builder()
                .tool(stuck("stuck"))
                .tool(stuck("stuck_too"))
                .tool(Tool.named("other").input(Message.class).handle((call, in) -> in.message()))
                .limits(Limits.defaults()
                        .withToolConcurrency(permits)
                        .withInFlightPerKey(10_000)
                        .withBlockingCalls(blockingCalls));
    }

    private void fill(MeshServer server, String tool, int calls) throws IOException {
        for (int sent = 0; sent < calls; sent += HttpConnection.MAX_WAITING) {
            RawConnection connection = new RawConnection(server);
            connections.add(connection);
            int many = Math.min(HttpConnection.MAX_WAITING, calls - sent);
            connection.send(Requests.call(1, tool, "{\"message\":\"\"}").repeat(many));
        }
    }

    /** The fastest of some answers: how long one takes here at best, whatever else the machine does. */
    private static Duration fastest(MeshServer server, String request, int status) throws IOException {
        Duration fastest = Duration.ofDays(1);
        try (var connection = new RawConnection(server)) {
            for (int i = 0; i < 20; i++) {
                long began = System.nanoTime();
                var answer = connection.send(request).read();
                Duration took = Duration.ofNanos(System.nanoTime() - began);
                fastest = took.compareTo(fastest) < 0 ? took : fastest;
                assertThat(answer.status()).isEqualTo(status);
                if (status == 503) {
                    assertThat(answer.header("retry-after")).isEqualTo("1");
                }
            }
        }
        return fastest;
    }

    private static void assertHealthAnswersWithinASecond(MeshServer server) throws IOException {
        try (var connection = new RawConnection(server)) {
            for (String path : List.of("/health/live", "/health/ready", "/health")) {
                long began = System.nanoTime();
                assertThat(connection.send(Requests.get(path)).read().status()).isEqualTo(200);
                assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(1));
            }
        }
    }

    @Test
    void aToolWhosePermitsAreTakenIs503AtOnceAndOthersRun() throws IOException {
        try (MeshServer server = MeshServer.of(meshOf(4).build())
                .port(0)
                .drainTimeout(Duration.ZERO)
                .start()) {
            fill(server, "stuck", 4);
            await().until(() -> begun.get() == 4);

            assertThat(fastest(server, Requests.call(2, "stuck", "{\"message\":\"\"}"), 503))
                    .isLessThan(Duration.ofMillis(50));
            assertThat(fastest(server, Requests.call(3, "other", "{\"message\":\"m\"}"), 200))
                    .isLessThan(Duration.ofSeconds(1));
            assertHealthAnswersWithinASecond(server);
        }
    }

    @Test
    void whenAsManyCallsWaitAsMayTheNextIs503AtOnceAndHealthIsStillAnswered() throws IOException {
        int most = 64; // on every Java: fewer than the pool has threads where there is one
        try (MeshServer server = MeshServer.of(meshOf(most, most).build())
                .port(0)
                .drainTimeout(Duration.ZERO)
                .start()) {
            for (String tool : List.of("stuck", "stuck_too")) { // one alone gets half of them
                fill(server, tool, most / 2 + 1);
            }
            await().until(() -> begun.get() == most);

            assertThat(fastest(server, Requests.call(2, "other", "{\"message\":\"m\"}"), 503))
                    .isLessThan(Duration.ofMillis(50));
            assertThat(fastest(server, Requests.get("/api/v1/tools"), 503)).isLessThan(Duration.ofMillis(50));
            assertHealthAnswersWithinASecond(server);

            gate.countDown();
            try (var probe = new RawConnection(server)) {
                await().until(() -> probe.send(Requests.call(2, "other", "{\"message\":\"m\"}"))
                                .read()
                                .status()
                        == 200);
            }
        }
    }

    @Test
    void oneToolThatIsStuckLeavesHalfOfTheCallsToOthers() throws IOException {
        try (MeshServer server = MeshServer.of(meshOf(64, 64).build())
                .port(0)
                .drainTimeout(Duration.ZERO)
                .start()) {
            fill(server, "stuck", 64);
            await().until(() -> begun.get() == 32);

            assertThat(fastest(server, Requests.call(2, "stuck", "{\"message\":\"\"}"), 503))
                    .isLessThan(Duration.ofMillis(50));
            assertThat(fastest(server, Requests.call(3, "other", "{\"message\":\"m\"}"), 200))
                    .isLessThan(Duration.ofSeconds(1));
        }
    }

    @Test
    void whereThereAreNoVirtualThreadsThePoolBoundsThem() {
        assertThat(HandlerThreads.capacity(4_096)).isEqualTo(HandlerThreads.areVirtual() ? 4_096 : 256);
        assertThat(HandlerThreads.capacity(100)).isEqualTo(100);
    }

    @Test
    void aHealthCheckThatHangsIsToldSoWithinASecondAndRunsOnce() throws Exception {
        AtomicInteger checked = new AtomicInteger();
        HealthCheck hanging = () -> {
            checked.incrementAndGet();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new HealthCheck.Outcome(true, "free");
        };
        try (MeshServer server = MeshServer.of(
                        DevMesh.builder().healthCheck("slow", hanging).build())
                .port(0)
                .start()) {
            List<CompletableFuture<RawConnection.Answer>> answers = new ArrayList<>();
            long began = System.nanoTime();
            for (int i = 0; i < 5; i++) {
                RawConnection connection = new RawConnection(server).send(Requests.get("/health"));
                connections.add(connection);
                answers.add(CompletableFuture.supplyAsync(() -> {
                    try {
                        return connection.read();
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }));
            }
            for (CompletableFuture<RawConnection.Answer> answer : answers) {
                assertThat(answer.get().status()).isEqualTo(503);
                assertThat(answer.get().json().path("status").asString()).isEqualTo("timeout");
            }
            assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(4));
            assertThat(checked).hasValue(1);

            gate.countDown();
            try (var later = new RawConnection(server)) {
                await().until(() -> later.send(Requests.get("/health")).read().status() == 200);
            }
        }
    }

    @Test
    void thePeerOfEveryConnectionIsWatchedByTheSystem() throws Exception {
        CompletableFuture<Channel> accepted = new CompletableFuture<>();
        EventLoops loops = new EventLoops(IoTransport.AUTO, 1);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops.acceptor(), loops.workers())
                .channel(IoTransport.AUTO.serverChannel())
                .childHandler((ChannelHandler) new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accepted.complete(channel);
                    }
                });
        IoTransport.AUTO.watchPeers(bootstrap, Duration.ofSeconds(30));
        try {
            Channel listener = bootstrap.bind("127.0.0.1", 0).sync().channel();
            int port = ((InetSocketAddress) listener.localAddress()).getPort();
            try (var connection = new RawConnection(port, 0)) {
                Channel channel = accepted.get(10, TimeUnit.SECONDS);

                assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE))
                        .isTrue();
                if (IoTransport.EPOLL.available()) {
                    assertThat(channel.config().getOption(EpollChannelOption.TCP_USER_TIMEOUT))
                            .isEqualTo(40_000);
                    assertThat(channel.config().getOption(EpollChannelOption.TCP_KEEPIDLE))
                            .isEqualTo(60);
                }
            }
        } finally {
            loops.close(Duration.ofSeconds(5));
        }
    }
}
