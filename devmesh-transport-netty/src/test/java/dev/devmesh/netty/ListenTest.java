package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.client.McpClient;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.json.Json;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ListenTest {

    private static final String TOOLS = "{\"toolsListChanged\":true}";

    /** Together close to the most that one listen may name, so that a client that does not read is found out soon. */
    private static final List<String> LONG_URIS = IntStream.range(0, 250)
            .mapToObj(i -> "a:" + i + "-" + "x".repeat(1_000))
            .toList();

    private static final int FLOODS = 60;

    private final List<MeshEvent> events = new CopyOnWriteArrayList<>();
    private final Semaphore gate = new Semaphore(0);
    private DevMesh mesh;
    private MeshServer server;

    private MeshServer start(Duration patience) {
        return start(patience, Duration.ofSeconds(60));
    }

    private MeshServer start(Duration patience, Duration idle) {
        DevMeshBuilder builder = DevMesh.builder()
                .listener(events::add)
                .tool(Tool.named("ping").nonBlocking().handle(call -> "pong"))
                .tool(Tool.named("gated").handle(call -> {
                    gate.acquire();
                    return "done";
                }));
        mesh = builder.resourceTemplate("a:{name}", (call, vars) -> vars.get("name"))
                .build();
        mesh.start();
        server = MeshServer.of(mesh)
                .port(0)
                .writeTimeout(patience)
                .heartbeat(Duration.ofMillis(100))
                .idleTimeout(idle)
                .start();
        return server;
    }

    @AfterEach
    void close() {
        gate.release(100);
        if (server != null) {
            server.close();
            mesh.close();
        }
    }

    private RawConnection listen(MeshServer at, String filter) throws IOException {
        RawConnection connection = new RawConnection(at).send(Requests.listen(5, filter));
        assertThat(begin(connection).path("method").asString()).isEqualTo("notifications/subscriptions/acknowledged");
        return connection;
    }

    /** Reads the head of a stream and its first event. */
    private static JsonNode begin(RawConnection connection) throws IOException {
        assertThat(connection.line()).isEqualTo("HTTP/1.1 200 OK");
        List<String> head = new ArrayList<>();
        for (String line = connection.line(); !line.isEmpty(); line = connection.line()) {
            head.add(line);
        }
        assertThat(head)
                .contains("content-type: text/event-stream", "cache-control: no-store", "x-accel-buffering: no");
        return event(connection).orElseThrow();
    }

    /** The next event that is not a sign of life; empty at the end of the stream. */
    private static Optional<JsonNode> event(RawConnection connection) throws IOException {
        String chunk = connection.chunk();
        while (chunk.startsWith(":")) {
            chunk = connection.chunk();
        }
        if (chunk.isEmpty()) {
            return Optional.empty();
        }
        assertThat(chunk).startsWith("data: ").endsWith("\n\n");
        return Optional.of(Json.parse(chunk.substring("data: ".length()).strip()));
    }

    private static String filter(List<String> uris) {
        return "{\"resourceSubscriptions\":" + Json.tree(uris) + "}";
    }

    private List<String> reasons() {
        return events.stream()
                .filter(MeshEvent.ListenEnded.class::isInstance)
                .map(event -> ((MeshEvent.ListenEnded) event).reason())
                .toList();
    }

    private static void assertEnds(RawConnection connection) throws IOException {
        JsonNode end = event(connection).orElseThrow();
        assertThat(end.path("id").asInt()).isEqualTo(5);
        assertThat(end.at("/result/resultType").asString()).isEqualTo("complete");
        assertThat(end.path("result")
                        .path("_meta")
                        .path("io.modelcontextprotocol/subscriptionId")
                        .asInt())
                .isEqualTo(5);
        assertThat(event(connection)).isEmpty();
    }

    /** Tells so much that the connection is full, and then some. */
    private void flood() {
        try (McpClient client = McpClient.connect(server.mcpUri())) {
            flood(client);
        }
    }

    private void flood(McpClient client) {
        for (int round = 0; round < FLOODS; round++) {
            LONG_URIS.forEach(mesh.changes()::resourceUpdated);
            client.call("ping"); // what was told by now has been sent or waits
        }
    }

    @Test
    void eachChangeReachesWhoListensAtOnce() throws IOException {
        start(Duration.ofSeconds(30));
        try (var connection = listen(server, TOOLS)) {
            mesh.tools().register(Tool.named("late").handle(call -> ""));
            assertThat(event(connection).orElseThrow().path("method").asString())
                    .isEqualTo("notifications/tools/list_changed");
            mesh.tools().unregister("late");
            assertThat(event(connection).orElseThrow().path("method").asString())
                    .isEqualTo("notifications/tools/list_changed");
        }
    }

    @Test
    void aSilentListenGetsSignsOfLifeAndIsNotIdle() throws IOException {
        start(Duration.ofSeconds(30), Duration.ofMillis(150));
        try (var connection = listen(server, TOOLS)) {
            for (int i = 0; i < 5; i++) {
                assertThat(connection.chunk()).isEqualTo(":\n\n");
            }
            mesh.changes().toolsChanged();
            assertThat(event(connection)).isPresent();
        }
    }

    @Test
    void aClientThatLeavesListensNoMore() throws IOException {
        start(Duration.ofSeconds(30));
        listen(server, TOOLS).close();

        await().atMost(Duration.ofSeconds(2)).until(() -> reasons().equals(List.of("client disconnected")));
    }

    @Test
    void closingTheServerEndsItsListensWithTheirResponseAndDoesNotWaitForThem() throws IOException {
        start(Duration.ofSeconds(30));
        try (MeshServer other = MeshServer.of(mesh).port(0).start();
                var stays = listen(other, TOOLS);
                var first = listen(server, TOOLS);
                var second = listen(server, "{}")) {
            mesh.changes().toolsChanged();
            long before = System.nanoTime();
            Thread closing = new Thread(server::close);
            closing.start();

            assertThat(event(first).orElseThrow().path("method").asString())
                    .isEqualTo("notifications/tools/list_changed");
            assertEnds(first);
            assertEnds(second);
            assertThat(first.isClosedByServer()).isTrue();
            assertThat(second.isClosedByServer()).isTrue();
            first.close();
            second.close();
            join(closing);

            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(2));
            assertThat(reasons()).containsExactly("server is closing", "server is closing");
            mesh.changes().toolsChanged();
            assertThat(event(stays)).isPresent();
            assertThat(event(stays)).isPresent();
        }
    }

    @Test
    void closingTheMeshEndsItsListensAndLeavesTheServerUp() throws IOException {
        start(Duration.ofSeconds(30));
        try (var connection = listen(server, TOOLS)) {
            mesh.close();

            assertEnds(connection);
            assertThat(connection.send(Requests.get("/health/live")).read().status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aClientThatDoesNotReadDoesNotHoldUpTheServersEnd() throws IOException {
        start(Duration.ofSeconds(30));
        try (var stuck = new RawConnection(server, 4_096)) {
            stuck.send(Requests.listen(5, filter(LONG_URIS)));
            begin(stuck);
            flood();
            long before = System.nanoTime();
            server.close();

            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
            assertThat(reasons()).containsExactly("server is closing");
        }
    }

    @Test
    void aClientThatDoesNotReadIsCutOffAndTheOthersHearEverything() throws IOException {
        start(Duration.ofMillis(500));
        try (var stuck = new RawConnection(server, 4_096);
                var other = listen(server, TOOLS);
                McpClient client = McpClient.connect(server.mcpUri())) {
            stuck.send(Requests.listen(5, filter(LONG_URIS)));
            begin(stuck);
            flood(client);

            await().until(() -> reasons().equals(List.of("client too slow: its connection was full for 500 ms")));
            MeshEvent.ListenEnded ended = (MeshEvent.ListenEnded) events.stream()
                    .filter(MeshEvent.ListenEnded.class::isInstance)
                    .findFirst()
                    .orElseThrow();
            assertThat(ended.unsent()).isBetween(1, LONG_URIS.size());
            await().until(() -> server.connections() == 2); // the other, and the client's own
            mesh.changes().toolsChanged();
            assertThat(event(other)).isPresent();
        }
    }

    @Test
    void aClientThatReadsOnInTimeHearsTheLatestOfEverything() throws IOException {
        start(Duration.ofSeconds(30));
        try (var slow = new RawConnection(server, 4_096)) {
            slow.send(Requests.listen(
                    5, "{\"toolsListChanged\":true,\"resourceSubscriptions\":" + Json.tree(LONG_URIS) + "}"));
            begin(slow);
            flood();
            mesh.changes().toolsChanged();

            List<String> read = new ArrayList<>();
            JsonNode event = event(slow).orElseThrow();
            while (event.path("params").has("uri")) {
                read.add(event.at("/params/uri").asString());
                event = event(slow).orElseThrow();
            }

            assertThat(event.path("method").asString())
                    .as("told last, heard last")
                    .isEqualTo("notifications/tools/list_changed");
            assertThat(read).containsAll(LONG_URIS).hasSizeLessThan(FLOODS * LONG_URIS.size());
            assertThat(reasons()).isEmpty();
        }
    }

    @Test
    void aPipelinedListenWaitsForItsTurnAndKeepsLittle() throws IOException {
        start(Duration.ofSeconds(30));
        try (var connection = new RawConnection(server)) {
            connection.send(Requests.call(1, "gated", "{}") + Requests.listen(5, TOOLS));
            await().until(() -> events.stream().anyMatch(MeshEvent.ListenBegan.class::isInstance));
            for (int i = 0; i < 1_000; i++) {
                mesh.changes().toolsChanged();
            }
            gate.release();

            assertThat(Requests.id(connection.read())).isEqualTo(1);
            assertThat(begin(connection).path("method").asString())
                    .isEqualTo("notifications/subscriptions/acknowledged");
            assertThat(event(connection).orElseThrow().path("method").asString())
                    .isEqualTo("notifications/tools/list_changed");
            assertThat(connection.chunk()).as("a sign of life is next").startsWith(":");
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
