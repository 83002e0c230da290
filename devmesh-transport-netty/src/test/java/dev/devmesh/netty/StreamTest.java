package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.json.Json;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

class StreamTest {

    private record Steps(int count) {}

    private static final Semaphore GATE = new Semaphore(0);
    private static final AtomicBoolean CANCELLED = new AtomicBoolean();
    private static final AtomicBoolean INTERRUPTED = new AtomicBoolean();
    private static final AtomicInteger PUSHED = new AtomicInteger();

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with(tools());

    private static Tool[] tools() {
        return new Tool[] {
            Tool.named("steps").input(Steps.class).handle((call, in) -> {
                for (int i = 1; i <= in.count(); i++) {
                    call.progress(i, in.count(), "step " + i);
                }
                return "done";
            }),
            Tool.named("stepsOnTheLoop").input(Steps.class).nonBlocking().handle((call, in) -> {
                for (int i = 1; i <= in.count(); i++) {
                    call.progress(i, in.count());
                }
                return "done";
            }),
            Tool.named("gated").input(Steps.class).handle((call, in) -> {
                call.onCancel(() -> CANCELLED.set(true));
                for (int i = 1; i <= in.count(); i++) {
                    call.progress(i, in.count());
                }
                PUSHED.incrementAndGet();
                try {
                    GATE.acquire();
                } catch (InterruptedException e) {
                    INTERRUPTED.set(true);
                    throw e;
                }
                return "done";
            }),
            Tool.named("flood").input(Steps.class).handle((call, in) -> {
                for (int i = 1; i <= in.count(); i++) {
                    call.progress(i, in.count(), "x".repeat(10_000));
                }
                PUSHED.incrementAndGet();
                return "done";
            })
        };
    }

    @BeforeEach
    void reset() {
        GATE.drainPermits();
        CANCELLED.set(false);
        INTERRUPTED.set(false);
        PUSHED.set(0);
    }

    @Test
    void anAnswerWithoutNotificationsIsPlainJson() {
        var asked = mesh.raw().call("steps", Map.of("count", 0), Map.of("progressToken", "t"));
        var unasked = mesh.raw().call("steps", Map.of("count", 3), Map.of());

        assertThat(List.of(asked, unasked)).allSatisfy(answer -> {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("content-type")).isEqualTo("application/json");
            assertThat(answer.header("transfer-encoding")).isEmpty();
            assertThat(answer.messages()).hasSize(1);
        });
    }

    @Test
    void theFirstNotificationMakesItAStreamThatEndsWithTheResponse() {
        for (String tool : List.of("steps", "stepsOnTheLoop")) {
            var answer = mesh.raw().call(tool, Map.of("count", 20), Map.of("progressToken", "t"));

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.isStream()).isTrue();
            assertThat(answer.header("cache-control")).isEqualTo("no-store");
            assertThat(answer.header("x-accel-buffering")).isEqualTo("no");
            assertThat(answer.notifications().stream()
                            .map(message -> message.at("/params/progress").asInt()))
                    .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20);
            assertThat(answer.response().at("/result/content/0/text").asString())
                    .isEqualTo("done");
        }
    }

    @Test
    void eachNotificationLeavesAtOnceAndTheConnectionGoesOnAfterTheLast() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            connection.send(Requests.callWithProgress(1, "gated", "{\"count\":2}"));
            for (String line = connection.line(); !line.isEmpty(); line = connection.line()) {
                assertThat(line).doesNotContain("content-length");
            }
            assertThat(event(connection.chunk()).at("/params/progress").asInt()).isEqualTo(1);
            assertThat(event(connection.chunk()).at("/params/progress").asInt()).isEqualTo(2);

            GATE.release();
            assertThat(event(connection.chunk()).at("/result/content/0/text").asString())
                    .isEqualTo("done");
            assertThat(connection.chunk()).isEmpty();
            assertThat(connection.send(Requests.get("/health/live")).read().status())
                    .isEqualTo(200);
        }
    }

    @Test
    void http10GetsItsStreamUntilTheConnectionCloses() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var answer = connection
                    .send(Requests.callWithProgress(1, "steps", "{\"count\":2}").replace("HTTP/1.1", "HTTP/1.0"))
                    .read();

            assertThat(answer.header("transfer-encoding")).isEmpty();
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(answer.text().lines().filter(line -> line.startsWith("data: ")))
                    .hasSize(3);
        }
    }

    @Test
    void aPipelinedStreamWaitsForItsTurn() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            connection.send(Requests.call(1, "gated", "{\"count\":0}")
                    + Requests.callWithProgress(2, "steps", "{\"count\":3}")
                    + Requests.call(3, "steps", "{\"count\":0}"));
            await().until(() -> PUSHED.get() == 1);
            GATE.release();

            assertThat(Requests.id(connection.read())).isEqualTo(1);
            assertThat(connection.read().text().lines().filter(line -> line.startsWith("data: ")))
                    .hasSize(4);
            assertThat(Requests.id(connection.read())).isEqualTo(3);
        }
    }

    @Test
    void aClientThatLeavesCancelsItsCall() throws IOException {
        for (boolean streaming : List.of(false, true)) {
            reset();
            int others = mesh.server().connections();
            try (var connection = new RawConnection(mesh.server())) {
                connection.send(
                        streaming
                                ? Requests.callWithProgress(1, "gated", "{\"count\":1}")
                                : Requests.call(1, "gated", "{\"count\":1}"));
                await().until(() -> PUSHED.get() == 1);
            }
            await().untilTrue(CANCELLED);
            await().untilTrue(INTERRUPTED);
            await().until(() -> mesh.server().connections() == others);
        }
    }

    @Test
    void everyCallOfAConnectionIsCancelledWithIt() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            connection.send(Requests.call(1, "gated", "{\"count\":0}") + Requests.call(2, "gated", "{\"count\":0}"));
            await().until(() -> PUSHED.get() == 2);
            connection.close();

            await().untilTrue(CANCELLED);
            // a call that is not cancelled would hold its thread until the gate opens
            await().until(() -> GATE.getQueueLength() == 0);
        }
    }

    @Test
    void aClientThatDoesNotReadLosesNotificationsButNotTheResponse() throws IOException {
        try (var connection = new RawConnection(mesh.server(), 4_096)) {
            connection.send(Requests.callWithProgress(1, "flood", "{\"count\":5000}"));
            await().until(() -> PUSHED.get() == 1);

            List<JsonNode> events = connection
                    .read()
                    .text()
                    .lines()
                    .filter(line -> line.startsWith("data: "))
                    .map(StreamTest::event)
                    .toList();

            assertThat(events).hasSizeBetween(10, 4_999);
            assertThat(events.get(events.size() - 1)
                            .at("/result/content/0/text")
                            .asString())
                    .isEqualTo("done");
            assertThat(connection.send(Requests.get("/health/live")).read().status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aSilentStreamGetsASignOfLifeAndIsNotIdle() throws IOException {
        try (MeshServer server = MeshServer.of(
                                DevMesh.builder().tool(tools()[2]).build())
                        .port(0)
                        .heartbeat(Duration.ofMillis(100))
                        .idleTimeout(Duration.ofMillis(150))
                        .start();
                var connection = new RawConnection(server)) {
            connection.send(Requests.callWithProgress(1, "gated", "{\"count\":1}"));
            while (!connection.line().isEmpty()) {
                // the head
            }
            assertThat(event(connection.chunk()).has("method")).isTrue();
            assertThat(connection.chunk()).isEqualTo(":\n\n");
            assertThat(connection.chunk()).isEqualTo(":\n\n");
            assertThat(connection.chunk()).isEqualTo(":\n\n");

            GATE.release();
            String chunk = connection.chunk();
            while (chunk.startsWith(":")) {
                chunk = connection.chunk();
            }
            assertThat(event(chunk).at("/result/content/0/text").asString()).isEqualTo("done");
        }
    }

    private static JsonNode event(String chunk) {
        assertThat(chunk).startsWith("data: ");
        return Json.parse(chunk.substring("data: ".length()).strip());
    }
}
