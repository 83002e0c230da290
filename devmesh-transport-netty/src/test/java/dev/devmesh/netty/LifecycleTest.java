package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.client.McpClient;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LifecycleTest {

    private static DevMesh mesh() {
        return DevMesh.builder()
                .tool(Tool.named("ping").nonBlocking().handle(call -> "pong"))
                .build();
    }

    private static String ping(MeshServer server) {
        try (McpClient client = McpClient.connect(server.mcpUri())) {
            return client.call("ping").text();
        }
    }

    @Test
    void twoServersLiveInOneJvm() {
        try (MeshServer one = MeshServer.of(mesh()).port(0).start();
                MeshServer two = MeshServer.of(mesh()).port(0).start()) {
            assertThat(ping(one)).isEqualTo("pong");
            assertThat(ping(two)).isEqualTo("pong");
            one.close();
            assertThat(ping(two)).isEqualTo("pong");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = IoTransport.class,
            names = {"AUTO", "NIO", "EPOLL"})
    void everyTransportServes(IoTransport transport) {
        if (transport.available()) {
            try (MeshServer server =
                    MeshServer.of(mesh()).port(0).transport(transport).start()) {
                assertThat(ping(server)).isEqualTo("pong");
            }
        }
    }

    @Test
    void theAddressesTellThePortThatWasFound() {
        try (MeshServer server = MeshServer.of(mesh()).port(0).start()) {
            assertThat(server.port()).isPositive();
            assertThat(server.uri()).hasToString("http://127.0.0.1:" + server.port());
            assertThat(server.mcpUri()).hasToString("http://127.0.0.1:" + server.port() + "/mcp");
        }
        try (MeshServer server = MeshServer.of(mesh()).host("::1").port(0).start()) {
            assertThat(server.mcpUri()).hasToString("http://[0:0:0:0:0:0:0:1]:" + server.port() + "/mcp");
            assertThat(ping(server)).isEqualTo("pong");
        }
    }

    @Test
    void aPortInUseIsNamedWithTheCureAndLeavesNothingOpen() {
        try (MeshServer first = MeshServer.of(mesh()).port(0).start()) {
            DevMesh second = mesh();
            for (IoTransport transport : new IoTransport[] {IoTransport.AUTO, IoTransport.NIO}) {
                assertThatThrownBy(() -> MeshServer.of(second)
                                .port(first.port())
                                .transport(transport)
                                .start())
                        .isInstanceOf(MeshException.class)
                        .hasMessage("Port " + first.port() + " is in use.")
                        .extracting(e -> ((MeshException) e).fix())
                        .isEqualTo("Choose another with port(int), 0 for any free port.");
            }
            assertThat(second.isReady()).isFalse();
            try (MeshServer retried = MeshServer.of(second).port(0).start()) {
                assertThat(ping(retried)).isEqualTo("pong");
            }
        }
    }

    @Test
    void everyProblemOfTheSettingsIsReportedAtOnce() {
        assertThatThrownBy(() -> MeshServer.of(mesh())
                        .host("no such host")
                        .port(70_000)
                        .maxBodyBytes(0)
                        .idleTimeout(Duration.ZERO)
                        .allowedOrigins("example.com")
                        .allowedHosts("http://example.com")
                        .start())
                .isInstanceOf(MeshException.class)
                .hasMessageContainingAll(
                        "6 problems",
                        "no such host",
                        "port must be 0 to 65535, is 70000",
                        "maxBodyBytes",
                        "idleTimeout",
                        "'example.com' must look like https://app.example.com",
                        "'http://example.com' must look like")
                .extracting(e -> ((MeshException) e).code())
                .isEqualTo(ErrorCode.INVALID_VALUE);
    }

    @Test
    void aMeshWithoutAuthenticationIsNotServedToOtherMachines() {
        DevMesh anonymous = mesh();

        assertThatThrownBy(
                        () -> MeshServer.of(anonymous).host("0.0.0.0").port(0).start())
                .isInstanceOf(MeshException.class)
                .hasMessageContaining("asks nobody for a credential")
                .hasMessageContaining("DevMesh.builder().authenticator(...)");
        assertThat(anonymous.isReady()).isFalse();
    }

    @Test
    void theServerThatStartedTheMeshClosesIt() {
        DevMesh started = mesh();
        MeshServer.of(started).port(0).start().close();
        assertThat(started.isReady()).isFalse();

        try (DevMesh running = mesh()) {
            running.start();
            MeshServer.of(running).port(0).start().close();
            assertThat(running.isReady()).isTrue();
        }
    }

    @Test
    void closingTwiceIsHarmlessAndTheSecondWaitsForTheFirst() {
        MeshServer server = MeshServer.of(mesh()).port(0).start();
        CompletableFuture<Void> other = CompletableFuture.runAsync(server::close);
        server.close();
        other.join();
        server.close();

        assertThat(server.connections()).isZero();
        assertThatThrownBy(() -> new RawConnection(server)).isInstanceOf(ConnectException.class);
    }

    @Test
    void requestsUnderWayAreFinishedAndNewOnesRefusedWhileClosing() throws IOException {
        Semaphore gate = new Semaphore(0);
        AtomicInteger begun = new AtomicInteger();
        DevMesh mesh = DevMesh.builder()
                .tool(Tool.named("gated").handle(call -> {
                    begun.incrementAndGet();
                    gate.acquire();
                    return "finished";
                }))
                .build();
        MeshServer server = MeshServer.of(mesh).port(0).start();
        try (var busy = new RawConnection(server);
                var idle = new RawConnection(server)) {
            idle.send(Requests.get("/health/live")).read();
            busy.send(Requests.call(1, "gated", "{}"));
            await().until(() -> begun.get() == 1);

            CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
            assertThat(idle.isClosedByServer()).isTrue();
            assertThatThrownBy(() -> new RawConnection(server)).isInstanceOf(ConnectException.class);
            assertThat(closing).isNotDone();

            gate.release();
            var answer = busy.read();
            assertThat(Requests.text(answer)).isEqualTo("finished");
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(busy.isClosedByServer()).isTrue();
            busy.close();
            closing.join();
        }
    }

    @Test
    void closingDoesNotWaitForeverForARequest() throws IOException {
        Semaphore interrupted = new Semaphore(0);
        AtomicInteger begun = new AtomicInteger();
        DevMesh mesh = DevMesh.builder()
                .tool(Tool.named("stuck").handle(call -> {
                    begun.incrementAndGet();
                    try {
                        new Semaphore(0).acquire();
                    } catch (InterruptedException e) {
                        interrupted.release();
                        throw e;
                    }
                    return "never";
                }))
                .build();
        MeshServer server =
                MeshServer.of(mesh).port(0).drainTimeout(Duration.ofMillis(100)).start();
        try (var connection = new RawConnection(server)) {
            connection.send(Requests.call(1, "stuck", "{}"));
            await().until(() -> begun.get() == 1);

            long before = System.nanoTime();
            server.close();

            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
            assertThat(connection.isClosedByServer()).isTrue();
            assertThat(interrupted.tryAcquire()).isTrue();
        }
    }
}
