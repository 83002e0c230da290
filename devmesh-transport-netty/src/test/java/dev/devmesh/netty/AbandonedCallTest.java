package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.call.CallPolicy;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.netty.testing.RawClient;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AbandonedCallTest {

    private static final int CALLS = 100;

    private final List<MeshEvent> events = new CopyOnWriteArrayList<>();
    private final Semaphore begun = new Semaphore(0);
    private final AtomicBoolean released = new AtomicBoolean();
    private MeshServer server;

    private void start(Tool... tools) {
        var mesh = DevMesh.builder().listener(events::add);
        List.of(tools).forEach(mesh::tool);
        server = MeshServer.of(mesh.build()).port(0).start();
    }

    @AfterEach
    void close() {
        released.set(true);
        server.close();
    }

    @Test
    void aClientThatLeavesGivesItsPermitBackWithinASecond() throws Exception {
        start(Tool.named("slow").concurrency(1).handle(call -> {
            begun.release();
            new CountDownLatch(1).await();
            return "never";
        }));
        RawClient client = RawClient.of(server.mcpUri());
        for (int i = 0; i < 5; i++) {
            try (var connection = new RawConnection(server)) {
                connection.send(Requests.call(i, "slow", "{}"));
                assertThat(begun.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
                assertThat(client.call("slow", Map.of(), Map.of()).status())
                        .as("the permit is taken")
                        .isEqualTo(503);
            }
            long left = System.nanoTime();
            try (var next = new RawConnection(server)) {
                await().atMost(Duration.ofSeconds(5))
                        .pollInterval(Duration.ofMillis(10))
                        .until(() -> {
                            next.send(Requests.call(100, "slow", "{}"));
                            return begun.tryAcquire(50, TimeUnit.MILLISECONDS);
                        });
            }
            assertThat(Duration.ofNanos(System.nanoTime() - left)).isLessThan(Duration.ofSeconds(1));
            await().until(() -> server.connections() <= 1);
        }
    }

    @Test
    void aHundredAbandonedCallsFreeTheirPermitsWithinASecond() throws IOException {
        start(Tool.named("slow").concurrency(CALLS).handle(call -> {
            begun.release();
            new CountDownLatch(1).await();
            return "never";
        }));
        List<RawConnection> connections = new CopyOnWriteArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            connections.add(new RawConnection(server).send(Requests.call(i, "slow", "{}")));
        }
        await().until(() -> begun.tryAcquire(CALLS));

        for (RawConnection connection : connections) {
            connection.close();
        }

        await().atMost(Duration.ofSeconds(1))
                .until(() -> events.stream()
                                .filter(MeshEvent.CallEnded.class::isInstance)
                                .count()
                        == CALLS);
    }

    @Test
    void aHandlerThatIgnoresItsInterruptKeepsItsPermitAndIsNamed() throws Exception {
        start(Tool.named("stubborn").concurrency(1).handle(call -> {
            begun.release();
            while (!released.get()) {
                try {
                    Thread.sleep(10);
                } catch (InterruptedException e) {
                    // ignored on purpose: that is what this handler is for
                }
            }
            return "at last";
        }));
        try (var connection = new RawConnection(server)) {
            connection.send(Requests.call(1, "stubborn", "{}"));
            assertThat(begun.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        }

        await().untilAsserted(() ->
                assertThat(events).contains(new MeshEvent.CallOverran(CallPolicy.Kind.TOOL, "stubborn", 1, 1)));
        RawClient client = RawClient.of(server.mcpUri());
        assertThat(client.call("stubborn", Map.of(), Map.of()).status()).isEqualTo(503);
        released.set(true);
        await().until(() -> client.call("stubborn", Map.of(), Map.of()).status() == 200);
    }
}
