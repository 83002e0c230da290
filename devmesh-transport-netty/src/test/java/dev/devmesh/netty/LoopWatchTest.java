package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class LoopWatchTest {

    @Test
    void aHandlerThatWaitsOnAnEventLoopIsFoundOut() {
        try (MeshServer server =
                        MeshServer.of(DevMesh.builder().build()).port(0).start();
                LoopWatch watch = LoopWatch.of(server)) {
            EventLoop loop = server.eventLoops().next();
            loop.execute(() -> LockSupport.parkNanos(Duration.ofSeconds(1).toNanos()));

            await().untilAsserted(() -> assertThat(watch.heldUp()).anyMatch(found -> found.contains("parkNanos")));
        }
    }

    @Test
    void oneThatComputesForLongIs() {
        try (MeshServer server =
                        MeshServer.of(DevMesh.builder().build()).port(0).start();
                LoopWatch watch = LoopWatch.of(server)) {
            EventLoop loop = server.eventLoops().next();
            loop.execute(() -> {
                long until = System.nanoTime() + Duration.ofSeconds(2).toNanos();
                while (System.nanoTime() - until < 0) {
                    Thread.onSpinWait();
                }
            });

            await().untilAsserted(() -> assertThat(watch.heldUp()).isNotEmpty());
        }
    }
}
