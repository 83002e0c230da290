package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.DevMesh;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ListenersTest {

    private static MeshServerBuilder server() {
        return MeshServer.of(DevMesh.builder()
                        .tool(Tool.named("ping").nonBlocking().handle(call -> "pong"))
                        .build())
                .port(0);
    }

    private static RawConnection.Answer get(int port, String path) throws IOException {
        try (RawConnection connection = new RawConnection(port, 0)) {
            return connection.send(Requests.get(path)).read();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket found = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return found.getLocalPort();
        }
    }

    @Test
    void aServerListensForClientsOnlyUnlessAskedForMore() {
        try (MeshServer server = server().start()) {
            assertThat(server.surfaces()).containsExactly(Surface.EDGE);
            assertThat(server.port(Surface.EDGE)).isEqualTo(server.port());
            assertThatThrownBy(() -> server.port(Surface.API))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("listener(Surface.API, port)");
        }
    }

    @Test
    void eachListenerServesItsOwnPathsAndNoOthers() throws IOException {
        try (MeshServer server = server().metrics(() -> "devmesh_up 1\n")
                .listener(Surface.API, 0)
                .listener(Surface.MANAGEMENT, 0)
                .listener(Surface.DIAGNOSTICS, 0)
                .start()) {
            assertThat(server.surfaces()).containsExactly(Surface.values());
            for (Surface surface : Set.of(Surface.EDGE, Surface.API, Surface.MANAGEMENT)) {
                for (String path : new String[] {"/health", "/health/live", "/health/ready"}) {
                    assertThat(get(server.port(surface), path).status()).isEqualTo(200);
                }
            }
            assertThat(get(server.port(), "/mcp").status()).isNotEqualTo(404);
            assertThat(get(server.port(Surface.API), "/mcp").status()).isEqualTo(404);
            assertThat(get(server.port(Surface.API), "/ws").status()).isEqualTo(404);
            assertThat(get(server.port(Surface.MANAGEMENT), "/mcp").status()).isEqualTo(404);

            RawConnection.Answer metrics = get(server.port(Surface.MANAGEMENT), "/metrics");
            assertThat(metrics.status()).isEqualTo(200);
            assertThat(metrics.header("content-type")).startsWith("text/plain; version=0.0.4");
            assertThat(metrics.text()).isEqualTo("devmesh_up 1\n");
            for (Surface surface : Set.of(Surface.EDGE, Surface.API, Surface.DIAGNOSTICS)) {
                assertThat(get(server.port(surface), "/metrics").status()).isEqualTo(404);
            }

            RawConnection.Answer nothing = get(server.port(Surface.DIAGNOSTICS), "/debug/pprof/heap");
            assertThat(nothing.status()).isEqualTo(404);
            assertThat(nothing.json().path("fix").asString("")).isEqualTo("This version has no diagnostics.");
        }
    }

    @Test
    void metricsThatCannotBeCollectedAreAFaultOfTheServerAndNothingIsToldOfIt() throws IOException {
        try (MeshServer server = server().metrics(() -> {
                    throw new IllegalStateException("secret");
                })
                .listener(Surface.MANAGEMENT, 0)
                .start()) {
            RawConnection.Answer metrics = get(server.port(Surface.MANAGEMENT), "/metrics");
            assertThat(metrics.status()).isEqualTo(500);
            assertThat(metrics.text()).contains("MCP-PANIC").doesNotContain("secret");
        }
    }

    @Test
    void surfacesWithTheSamePortShareIt() throws IOException {
        int port = freePort();
        try (MeshServer server = server().port(port)
                .metrics(() -> "devmesh_up 1\n")
                .listener(Surface.MANAGEMENT, port)
                .start()) {
            assertThat(server.port(Surface.MANAGEMENT)).isEqualTo(server.port());
            assertThat(get(port, "/metrics").status()).isEqualTo(200);
            assertThat(get(port, "/mcp").status()).isNotEqualTo(404);
        }
    }

    @Test
    void aPortInUseOfAnotherListenerIsNamedWithItsPurposeAndLeavesNothingOpen() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            int edge = freePort();
            assertThatThrownBy(() -> server().port(edge)
                            .listener(Surface.MANAGEMENT, taken.getLocalPort())
                            .start())
                    .isInstanceOf(MeshException.class)
                    .hasMessage("Port " + taken.getLocalPort() + ", for management, is in use.")
                    .extracting(e -> ((MeshException) e).fix())
                    .isEqualTo("Choose another with listener(Surface.MANAGEMENT, int), 0 for any free port.");
            try (MeshServer again = server().port(edge).start()) {
                assertThat(again.port()).isEqualTo(edge);
            }
        }
    }

    @Test
    void diagnosticsStayOnThisMachine() {
        assertThatThrownBy(() -> server().listener(Surface.DIAGNOSTICS, "0.0.0.0", 0)
                        .listener(Surface.API, 70_000)
                        .start())
                .isInstanceOf(MeshException.class)
                .hasMessageContainingAll(
                        "listener diagnostics must be on a loopback address",
                        "the port of listener api must be 0 to 65535, is 70000");

        DevMesh closed = DevMesh.builder()
                .authenticator(Authenticator.everyone(Principal.administrator(Tenant.single(), "me")))
                .build();
        try (MeshServer server = MeshServer.of(closed)
                .host("0.0.0.0")
                .port(0)
                .listener(Surface.DIAGNOSTICS, 0)
                .start()) {
            assertThat(server.uri(Surface.DIAGNOSTICS).getHost()).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void connectionsToAllListenersCountTogetherAndCloseTogether() throws IOException {
        try (MeshServer server =
                        server().maxConnections(1).listener(Surface.API, 0).start();
                RawConnection first = new RawConnection(server)) {
            assertThat(first.send(Requests.get("/health/live")).read().status()).isEqualTo(200);
            assertThat(get(server.port(Surface.API), "/health/live").status()).isEqualTo(503);
            server.close();
            assertThat(first.isClosedByServer()).isTrue();
            assertThatThrownBy(() -> get(server.port(Surface.API), "/health/live"))
                    .isInstanceOf(IOException.class);
        }
    }
}
