package dev.devmesh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.auth.Principal;
import dev.devmesh.content.Content;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ClosingTest {

    @Test
    void aHandlerThatClosesItsMeshEndsAndTheMeshEndsBehindIt() {
        AtomicReference<DevMesh> itself = new AtomicReference<>();
        List<Tool> tools = List.of(
                Tool.named("waits").handle(call -> stop(itself.get())),
                Tool.named("quick").nonBlocking().handle(call -> stop(itself.get())),
                Tool.named("stage").handleAsync((call, in) -> CompletableFuture.completedFuture(stop(itself.get()))));
        for (Tool tool : tools) {
            DevMesh mesh = DevMesh.builder().tool(tool).build();
            mesh.start();
            itself.set(mesh);
            long began = System.nanoTime();

            ToolResult result = mesh.call(Principal.anonymous(), tool.spec().name(), Map.of());

            assertThat(result.content()).isEqualTo(List.of(Content.text("stopping")));
            assertThat(System.nanoTime() - began)
                    .isLessThan(Duration.ofSeconds(5).toNanos());
            assertThat(mesh.isReady()).isFalse();
            assertThatThrownBy(mesh::start).isInstanceOf(IllegalStateException.class);
            await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .doesNotContain("devmesh-close"));
        }
    }

    private static String stop(DevMesh mesh) {
        mesh.close();
        return "stopping";
    }

    @Test
    void closedByAnotherThreadItWaitsForHandlers() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        DevMesh mesh = DevMesh.builder()
                .tool(Tool.named("waits").handle(call -> {
                    begun.countDown();
                    gate.await();
                    return "done";
                }))
                .build();
        mesh.start();
        CompletableFuture<ToolResult> answer =
                CompletableFuture.supplyAsync(() -> mesh.call(Principal.anonymous(), "waits", Map.of()));
        begun.await();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(mesh::close);
        await().until(() -> !mesh.isReady());
        assertThat(closing).isNotDone();

        gate.countDown();

        assertThat(answer.join().content()).isEqualTo(List.of(Content.text("done")));
        closing.join();
    }
}
