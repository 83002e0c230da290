package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.MeshException;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class DrainTest {

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    @Test
    void forAGraceItAcceptsAndServesWhileReadinessSaysNo() throws Exception {
        DevMesh mesh = DevMesh.builder()
                .tool(Tool.named("ping").nonBlocking().handle(call -> "pong"))
                .build();
        MeshServer server =
                MeshServer.of(mesh).port(0).drainGrace(Duration.ofSeconds(2)).start();
        try (RawConnection idle = new RawConnection(server)) {
            idle.send(Requests.get("/health/live")).read();
            long began = System.nanoTime();
            CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
            await().atMost(Duration.ofSeconds(1)).until(() -> status(server, "/health/ready") == 503);
            assertThat(status(server, "/health")).isEqualTo(503);
            assertThat(status(server, "/health/live")).isEqualTo(200);
            try (RawConnection late = new RawConnection(server)) {
                RawConnection.Answer answer =
                        late.send(Requests.call(1, "ping", "{}")).read();
                assertThat(Requests.text(answer)).isEqualTo("pong");
                assertThat(answer.header("connection")).isEqualTo("close");
                assertThat(late.isClosedByServer()).isTrue();
            }
            assertThat(closing).isNotDone();
            assertThat(idle.isClosedByServer()).isTrue();
            assertThat(since(began)).isGreaterThan(Duration.ofMillis(1_900));
            closing.join();
            assertThatThrownBy(() -> new RawConnection(server)).isInstanceOf(IOException.class);
        }
    }

    private static int status(MeshServer server, String path) throws IOException {
        try (RawConnection connection = new RawConnection(server)) {
            return connection.send(Requests.get(path)).read().status();
        }
    }

    @Test
    void serverAndMeshTogetherTakeNoLongerThanTheTimeForDraining() throws Exception {
        AtomicInteger begun = new AtomicInteger();
        DevMesh mesh = DevMesh.builder()
                .tool(Tool.named("deaf").handle(call -> {
                    begun.incrementAndGet();
                    long until = System.nanoTime() + Duration.ofSeconds(20).toNanos();
                    while (System.nanoTime() < until) {
                        try {
                            Thread.sleep(1_000);
                        } catch (InterruptedException ignored) {
                            return "interrupted";
                        }
                    }
                    return "finished";
                }))
                .build();
        MeshServer server = MeshServer.of(mesh)
                .port(0)
                .drainGrace(Duration.ofMillis(300))
                .drainTimeout(Duration.ofSeconds(1))
                .start();
        try (RawConnection connection = new RawConnection(server)) {
            connection.send(Requests.call(1, "deaf", "{}"));
            await().until(() -> begun.get() == 1);
            long began = System.nanoTime();
            server.close();
            assertThat(since(began)).isBetween(Duration.ofMillis(900), Duration.ofSeconds(4));
        }
    }

    @Test
    void aHandlerThatClosesItsServerIsAnsweredAndTheServerEnds() throws Exception {
        for (boolean blocking : new boolean[] {true, false}) {
            AtomicReference<MeshServer> itself = new AtomicReference<>();
            Tool stop = blocking
                    ? Tool.named("stop").handle(call -> {
                        itself.get().close();
                        return "stopping";
                    })
                    : Tool.named("stop").nonBlocking().handle(call -> {
                        itself.get().close();
                        return "stopping";
                    });
            DevMesh mesh = DevMesh.builder().tool(stop).build();
            MeshServer server = MeshServer.of(mesh).port(0).start();
            itself.set(server);
            long began = System.nanoTime();
            try (RawConnection connection = new RawConnection(server)) {
                assertThat(Requests.text(
                                connection.send(Requests.call(1, "stop", "{}")).read()))
                        .isEqualTo("stopping");
            }
            server.close(); // waits until the other thread is done
            assertThat(server.connections()).isZero();
            assertThat(mesh.isReady()).isFalse();
            assertThat(since(began)).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void theGraceIsPartOfTheTimeForDraining() {
        assertThatThrownBy(() -> MeshServer.of(DevMesh.builder().build())
                        .port(0)
                        .drainGrace(Duration.ofSeconds(30))
                        .start())
                .isInstanceOf(MeshException.class)
                .hasMessageContaining("drainGrace must be at most drainTimeout");
    }

    @Test
    void aSecondCloseFromAHandlerDoesNotWaitForTheFirst() throws Exception {
        AtomicInteger begun = new AtomicInteger();
        Semaphore gate = new Semaphore(0);
        AtomicReference<MeshServer> itself = new AtomicReference<>();
        DevMesh mesh = DevMesh.builder()
                .tool(Tool.named("stop").handle(call -> {
                    begun.incrementAndGet();
                    gate.acquire();
                    itself.get().close();
                    return "closed";
                }))
                .build();
        MeshServer server = MeshServer.of(mesh).port(0).start();
        itself.set(server);
        try (RawConnection connection = new RawConnection(server)) {
            connection.send(Requests.call(1, "stop", "{}"));
            await().until(() -> begun.get() == 1);
            CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
            await().until(() -> !isAccepting(server));
            gate.release();
            assertThat(Requests.text(connection.read())).isEqualTo("closed");
            closing.join();
        }
    }

    private static boolean isAccepting(MeshServer server) {
        try (RawConnection connection = new RawConnection(server)) {
            return true;
        } catch (IOException refused) {
            return false;
        }
    }
}
