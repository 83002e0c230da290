package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ConversationTest {

    private record Message(String message) {}

    private record Count(int count) {}

    private static final Semaphore GATE = new Semaphore(0);
    private static final AtomicInteger BEGUN = new AtomicInteger();

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with(tools());

    private static Tool[] tools() {
        return new Tool[] {
            Tool.named("echo").input(Message.class).nonBlocking().handle((call, in) -> in.message()),
            Tool.named("gated").input(Message.class).handle((call, in) -> {
                BEGUN.incrementAndGet();
                GATE.acquire();
                return in.message();
            }),
            Tool.named("large").input(Count.class).nonBlocking().handle((call, in) -> {
                BEGUN.incrementAndGet();
                return "x".repeat(in.count());
            })
        };
    }

    private static String echo(int id) {
        return Requests.call(id, "echo", "{\"message\":\"m" + id + "\"}");
    }

    private static String gated(int id) {
        return Requests.call(id, "gated", "{\"message\":\"g" + id + "\"}");
    }

    // ---- order

    @Test
    void pipelinedRequestsAreAnsweredInTheirOrderWhicheverIsReadyFirst() throws IOException {
        BEGUN.set(0);
        try (var connection = new RawConnection(mesh.server())) {
            connection.send(gated(1) + echo(2) + gated(3) + Requests.get("/health/live") + echo(4));
            await().until(() -> BEGUN.get() == 2);
            GATE.release(2);

            assertThat(Requests.text(connection.read())).isEqualTo("g1");
            assertThat(Requests.text(connection.read())).isEqualTo("m2");
            assertThat(Requests.text(connection.read())).isEqualTo("g3");
            assertThat(connection.read().json().path("status").asString()).isEqualTo("ok");
            assertThat(Requests.text(connection.read())).isEqualTo("m4");
        }
    }

    @Test
    void noMoreThanSixteenRequestsOfAConnectionAreUnderWay() throws IOException {
        BEGUN.set(0);
        int sent = 3 * HttpConnection.MAX_WAITING;
        try (var connection = new RawConnection(mesh.server())) {
            StringBuilder all = new StringBuilder();
            for (int id = 1; id <= sent; id++) {
                all.append(gated(id));
            }
            connection.send(all.toString());
            await().until(() -> BEGUN.get() == HttpConnection.MAX_WAITING);
            connection.soTimeout(200);
            try {
                connection.read();
            } catch (SocketTimeoutException nothingYet) {
                assertThat(BEGUN).hasValue(HttpConnection.MAX_WAITING);
            }
            connection.soTimeout(10_000);
            GATE.release(sent);
            for (int id = 1; id <= sent; id++) {
                assertThat(Requests.id(connection.read())).isEqualTo(id);
            }
        }
    }

    @Test
    void manyMoreRequestsThanFitIntoOneReadAreAllAnswered() throws Exception {
        int sent = 4_000;
        try (var connection = new RawConnection(mesh.server())) {
            byte[] all = Requests.get("/health/live").repeat(sent).getBytes(StandardCharsets.US_ASCII);
            Thread sender = new Thread(() -> {
                try {
                    connection.send(all);
                } catch (IOException closed) {
                    throw new UncheckedIOException(closed);
                }
            });
            sender.start();
            for (int i = 0; i < sent; i++) {
                assertThat(connection.read().status()).isEqualTo(200);
            }
            sender.join();
        }
    }

    @Test
    void aClientThatDoesNotReadItsAnswersIsNotServedFurther() throws Exception {
        BEGUN.set(0);
        int sent = 100;
        String request = Requests.call(1, "large", "{\"count\":500000}");
        try (var connection = new RawConnection(mesh.server(), 4_096)) {
            connection.send(request.repeat(sent));
            await().until(() -> BEGUN.get() > 0);
            connection.send(echo(2));
            assertThat(BEGUN.get()).isLessThan(sent / 2); // what fits into the sockets' buffers and one answer more

            for (int i = 0; i < sent; i++) {
                assertThat(Requests.text(connection.read())).hasSize(500_000);
            }
            assertThat(Requests.text(connection.read())).isEqualTo("m2");
            assertThat(BEGUN).hasValue(sent);
        }
    }

    // ---- keeping the connection

    @Test
    void aConnectionIsKeptUntilTheClientAsksToCloseIt() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            assertThat(connection.send(echo(1)).read().header("connection")).isEmpty();

            var last = connection
                    .send("GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" + echo(2))
                    .read();

            assertThat(last.header("connection")).isEqualTo("close");
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @Test
    void http10KeepsTheConnectionOnlyWhenAsked() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var kept = connection
                    .send("GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    .read();
            var last = connection.send("GET /health/live HTTP/1.0\r\n\r\n").read();

            assertThat(kept.header("connection")).isEqualTo("keep-alive");
            assertThat(last.header("connection")).isEqualTo("close");
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @Test
    void everyAnswerHasADate() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            assertThat(connection.send(echo(1)).read().header("date"))
                    .matches("\\w{3}, \\d{2} \\w{3} \\d{4} [\\d:]{8} GMT");
        }
    }

    @Test
    void headIsAnsweredWithoutABody() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var head = connection
                    .send("HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n" + echo(1))
                    .read(true);

            assertThat(head.status()).isEqualTo(200);
            assertThat(Integer.parseInt(head.header("content-length"))).isPositive();
            assertThat(Requests.text(connection.read())).isEqualTo("m1");
        }
    }

    // ---- bodies

    @Test
    void aBodyMayComeInPiecesAndInChunks() throws IOException {
        String body = Requests.body(1, "echo", "{\"message\":\"" + "y".repeat(100_000) + "\"}", "");
        String head = Requests.head("MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: echo\r\n");
        try (var connection = new RawConnection(mesh.server())) {
            connection.send(head + "Content-Length: " + body.length() + "\r\n\r\n");
            for (int from = 0; from < body.length(); from += 9_999) {
                connection.send(body.substring(from, Math.min(body.length(), from + 9_999)));
            }
            assertThat(Requests.text(connection.read())).hasSize(100_000);

            connection.send(head + "Transfer-Encoding: chunked\r\n\r\n");
            for (int from = 0; from < body.length(); from += 7_777) {
                String piece = body.substring(from, Math.min(body.length(), from + 7_777));
                connection.send(Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n");
            }
            assertThat(Requests.text(connection.send("0\r\n\r\n").read())).hasSize(100_000);
        }
    }

    @Test
    void aSlowBodyIsReadAsLongAsItIsInTime() throws Exception {
        String request = echo(1);
        try (var connection = new RawConnection(mesh.server())) {
            for (int i = 0; i < request.length(); i++) {
                connection.send(request.substring(i, i + 1));
            }
            assertThat(Requests.text(connection.read())).isEqualTo("m1");
        }
    }

    @Test
    void aBodyThatDoesNotArriveInTimeIsAnsweredWith408() throws IOException {
        try (MeshServer server = MeshServer.of(DevMesh.builder().build())
                        .port(0)
                        .readTimeout(Duration.ofMillis(300))
                        .start();
                var connection = new RawConnection(server)) {
            var answer = connection
                    .send(Requests.head("") + "Content-Length: 5\r\n\r\n{")
                    .read();

            assertThat(answer.status()).isEqualTo(408);
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @Test
    void aBrokenChunkIsAnsweredWith400() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var answer = connection
                    .send(Requests.head("Transfer-Encoding: chunked\r\n") + "\r\nxyz\r\n")
                    .read();

            assertThat(answer.status()).isEqualTo(400);
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @Test
    void theClientIsToldToContinueOnlyWhenItsBodyWillBeRead() throws IOException {
        String body = Requests.body(1, "echo", "{\"message\":\"went on\"}", "");
        String head = Requests.head("MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: echo\r\n"
                + "Expect: 100-continue\r\nContent-Length: " + body.length() + "\r\n");
        try (var connection = new RawConnection(mesh.server())) {
            assertThat(connection.send(head + "\r\n").read().status()).isEqualTo(100);
            assertThat(Requests.text(connection.send(body).read())).isEqualTo("went on");
            // Had the interim answer been counted as the answer, this would be taken for the answer to HEAD.
            assertThat(connection.send(head + "\r\n").read().status()).isEqualTo(100);
            connection.send(body + "HEAD /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(Requests.text(connection.read())).isEqualTo("went on");
            assertThat(connection.read(true).status()).isEqualTo(200);

            var refused = connection
                    .send(head.replace("application/json\r\n", "text/plain\r\n") + "\r\n")
                    .read();
            assertThat(refused.status()).isEqualTo(415);
            assertThat(refused.header("connection")).isEqualTo("close");
        }
    }

    @Test
    void aPipelinedClientIsToldToContinueWhenItsTurnHasCome() throws IOException {
        BEGUN.set(0);
        String body = Requests.body(2, "echo", "{\"message\":\"second\"}", "");
        try (var connection = new RawConnection(mesh.server())) {
            connection.send(gated(1)
                    + Requests.head("MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: echo\r\n"
                            + "Expect: 100-continue\r\nContent-Length: " + body.length() + "\r\n")
                    + "\r\n");
            await().until(() -> BEGUN.get() == 1);
            GATE.release();

            assertThat(Requests.text(connection.read())).isEqualTo("g1");
            assertThat(connection.read().status()).isEqualTo(100);
            assertThat(Requests.text(connection.send(body).read())).isEqualTo("second");
        }
    }

    // ---- time

    @Test
    void aConnectionWithoutARequestIsClosedAndOneThatAwaitsItsAnswerIsNot() throws IOException {
        BEGUN.set(0);
        try (MeshServer server = MeshServer.of(
                                DevMesh.builder().tool(tools()[1]).build())
                        .port(0)
                        .idleTimeout(Duration.ofMillis(200))
                        .start();
                var idle = new RawConnection(server);
                var busy = new RawConnection(server)) {
            busy.send(gated(1));
            await().until(() -> BEGUN.get() == 1);

            assertThat(idle.isClosedByServer()).isTrue();

            GATE.release();
            assertThat(Requests.text(busy.read())).isEqualTo("g1");
            assertThat(busy.isClosedByServer()).isTrue();
        }
    }

    @Test
    void aMalformedRequestBehindOthersIsAnsweredInItsTurn() throws IOException {
        BEGUN.set(0);
        try (var connection = new RawConnection(mesh.server())) {
            connection.send(gated(1) + "NONSENSE\r\n\r\n" + echo(2));
            await().until(() -> BEGUN.get() == 1);
            GATE.release();

            assertThat(Requests.text(connection.read())).isEqualTo("g1");
            assertThat(connection.read().status()).isEqualTo(400);
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @Test
    void whatTheClientStillSendsDoesNotCostItTheAnswer() throws IOException {
        String endless = "POST /mcp HTTP/1.1\r\nHost: evil.example.com\r\nContent-Length: 50000000\r\n\r\n";
        try (var connection = new RawConnection(mesh.server())) {
            connection.send(endless);
            byte[] piece = new byte[64 * 1024];
            for (int i = 0; i < 20; i++) {
                connection.send(piece);
            }
            assertThat(connection.read().status()).isEqualTo(403);
        }
    }

    @Test
    void requestsOfOtherConnectionsGoOnWhileOneWaits() throws Exception {
        BEGUN.set(0);
        CountDownLatch done = new CountDownLatch(1);
        try (var waiting = new RawConnection(mesh.server());
                var other = new RawConnection(mesh.server())) {
            waiting.send(gated(1));
            await().until(() -> BEGUN.get() == 1);

            assertThat(Requests.text(other.send(echo(2)).read())).isEqualTo("m2");

            GATE.release();
            assertThat(Requests.text(waiting.read())).isEqualTo("g1");
            done.countDown();
        }
        assertThat(done.getCount()).isZero();
    }
}
