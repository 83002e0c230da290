package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What thousands of hostile connections leave behind in a server that goes on: nothing. */
class HostileBarrageTest {

    private static final int ROUNDS = 100;
    private static final String WELL = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String POST = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    private static final List<String> HOSTILE = List.of(
            "\u0000",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "get / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "y".repeat(40_000) + "\r\n\r\n",
            POST + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            POST + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            POST + "Content-Length: 99999999999\r\n\r\n",
            POST + "Content-Length: 400\r\n\r\n" + "[".repeat(400),
            POST + "Content-Length: 100000\r\n\r\n{",
            "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            WELL.repeat(200));

    @Test
    void itLeavesNoDescriptorsAndNoMemoryBehindAndOthersAreServed() throws Exception {
        Resources.assumeCountable();
        try (MeshServer server = MeshServer.of(DevMesh.builder().build())
                .port(0)
                .headTimeout(Duration.ofMillis(500))
                .start()) {
            barrage(server);
            Resources early = Resources.now();
            for (int round = 1; round < ROUNDS; round++) {
                barrage(server);
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> server.connections() == 0);
            Resources late = Resources.now();

            assertThat(late.files()).isLessThan(early.files() + 20);
            assertThat(late.heap() - early.heap()).isLessThan(50L << 20);
            assertThat(late.directMemory() - early.directMemory()).isLessThan(50L << 20);
            try (var connection = new RawConnection(server)) {
                assertThat(connection.send(WELL).read().status()).isEqualTo(200);
            }
        }
    }

    /** All at once, and none of the answers is read. */
    private static void barrage(MeshServer server) throws Exception {
        List<RawConnection> connections = new ArrayList<>();
        try {
            for (String bytes : HOSTILE) {
                var connection = new RawConnection(server);
                connections.add(connection);
                connection.send(bytes);
            }
        } finally {
            for (RawConnection connection : connections) {
                connection.close();
            }
        }
    }
}
