package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is told of requests and connections, for metrics. */
class FiguresTest {

    private final List<MeshEvent> events = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final MeshServer server = MeshServer.of(DevMesh.builder()
                    .tool(Tool.named("wait").handle(call -> {
                        gate.await();
                        return "done";
                    }))
                    .listener(events::add)
                    .build())
            .port(0)
            .start();

    @AfterEach
    void close() {
        gate.countDown();
        server.close();
    }

    @Test
    void everyAnswerIsToldOnceByItsRouteAndNeverByWhatTheClientWrote() throws IOException {
        try (var connection = new RawConnection(server)) {
            connection.send(Requests.get("/health/live?who=secret")).read();
            connection.send(Requests.get("/no/such/../path")).read();
            connection.send(Requests.get("/health/live").replace("GET", "BREW")).read();
        }

        assertThat(served())
                .extracting(MeshEvent.HttpServed::method, MeshEvent.HttpServed::route, MeshEvent.HttpServed::status)
                .contains(tuple("GET", "/health/live", 200), tuple("GET", "none", 404))
                .allSatisfy(told -> assertThat(told.toList().get(0)).isIn("GET", "other"))
                .hasSize(3);
        assertThat(served()).allSatisfy(told -> assertThat(told.took()).isPositive());
        assertThat(events).filteredOn(MeshEvent.HttpReceived.class::isInstance).hasSize(3);
    }

    @Test
    void aRequestWhoseClientLeavesIsTold() throws IOException {
        try (var connection = new RawConnection(server)) {
            connection.send(Requests.call(1, "wait", "{}"));
            await().until(() -> events.stream().anyMatch(MeshEvent.HttpReceived.class::isInstance));
        }

        await().untilAsserted(() -> assertThat(served())
                .extracting(MeshEvent.HttpServed::route, MeshEvent.HttpServed::status)
                .containsExactly(tuple("/mcp", 499)));
    }

    @Test
    void connectionsAreToldWhenTheyComeAndGo() throws IOException {
        try (var connection = new RawConnection(server)) {
            connection.send(Requests.get("/health/live")).read();
            assertThat(events).hasAtLeastOneElementOfType(MeshEvent.ConnectionOpened.class);
            assertThat(events).doesNotHaveAnyElementsOfTypes(MeshEvent.ConnectionClosed.class);
        }

        await().untilAsserted(() -> assertThat(events)
                .filteredOn(MeshEvent.ConnectionClosed.class::isInstance)
                .hasSize(1));
    }

    @Test
    void aWebSocketIsToldWithTheCauseOfItsEnd() throws IOException {
        WebSocketClient leaving = new WebSocketClient(server.webSocketUri());
        WebSocketClient broken = new WebSocketClient(server.webSocketUri());
        leaving.close();
        broken.abort();

        await().untilAsserted(() -> assertThat(events)
                .filteredOn(MeshEvent.WebSocketClosed.class::isInstance)
                .extracting(event -> ((MeshEvent.WebSocketClosed) event).cause())
                .containsExactlyInAnyOrder("client_closed", "client_disconnected"));
        assertThat(events)
                .filteredOn(MeshEvent.WebSocketOpened.class::isInstance)
                .hasSize(2);
        assertThat(served()).extracting(MeshEvent.HttpServed::status).containsExactly(101, 101);
    }

    @Test
    void whatTheServerClosesIsToldByItsCloseCode() throws IOException {
        WebSocketClient client = new WebSocketClient(server.webSocketUri());

        server.close();

        assertThat(client.awaitCloseCode()).isEqualTo(1001);
        assertThat(events).contains(new MeshEvent.WebSocketClosed("going_away"));
    }

    private List<MeshEvent.HttpServed> served() {
        return events.stream()
                .filter(MeshEvent.HttpServed.class::isInstance)
                .map(MeshEvent.HttpServed.class::cast)
                .toList();
    }
}
