package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.netty.testing.MeshExtension;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a hostile or broken client may send, as bytes on a socket: each gets its exact answer, one, and the connection closes.
 * {@link GuardsTest} has the well-formed requests that are refused, {@link ConversationTest} the order of answers.
 */
class EdgeTest {

    private static final String HOST = "Host: localhost\r\n";
    private static final String BEHIND = "GET /health/live HTTP/1.1\r\n" + HOST + "\r\n";
    private static final int LIMIT = 1_000;

    private record Message(String message) {}

    private record Count(int count) {}

    private static final Semaphore GATE = new Semaphore(0);
    private static final AtomicInteger BEGUN = new AtomicInteger();

    @RegisterExtension
    static final MeshExtension mesh = MeshExtension.with(echo(), gated(), large());

    private static LoopWatch watch;

    @BeforeAll
    static void watchTheLoops() {
        watch = LoopWatch.of(mesh.server());
    }

    @AfterAll
    static void noLoopWasHeldUp() {
        watch.close();
        assertThat(watch.heldUp()).isEmpty();
    }

    private static Tool echo() {
        return Tool.named("echo").input(Message.class).nonBlocking().handle((call, in) -> in.message());
    }

    private static Tool gated() {
        return Tool.named("gated").input(Message.class).handle((call, in) -> {
            BEGUN.incrementAndGet();
            GATE.acquire();
            return in.message();
        });
    }

    private static Tool large() {
        return Tool.named("large").input(Count.class).nonBlocking().handle((call, in) -> "x".repeat(in.count()));
    }

    // ---- B2: the request line

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /health http/1.1",
                "GET /health HTTP/9.9",
                "GET /health HTTP/2.0",
                "GET /health HTTP/1.2",
                "GET /health HTTP/01.1",
                "GET /health HTTP/1.10",
                "GET /health HTTPS/1.1",
                "GET /health",
                "GET /health "
            })
    void aVersionOtherThan1Dot1And1Dot0IsRefused(String line) throws IOException {
        assertRefused(line + "\r\n" + HOST + "\r\n", 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET\t/health HTTP/1.1",
                "GET /health\tHTTP/1.1",
                "GET  /health HTTP/1.1",
                "GET /health  HTTP/1.1",
                "GET /health HTTP/1.1 ",
                "GET /health\u000bHTTP/1.1",
                "GET /health x HTTP/1.1"
            })
    void anySeparatorButOneSpaceIsRefused(String line) throws IOException {
        assertRefused(line + "\r\n" + HOST + "\r\n", 400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a\u0001b", "/a\u007fb", "/\u00e4", "/a\u0000b"})
    void aTargetThatIsNotPrintableAsciiIsRefused(String target) throws IOException {
        assertRefused("GET " + target + " HTTP/1.1\r\n" + HOST + "\r\n", 400);
    }

    @Test
    void thePrefaceOfHttp2IsRefused() throws IOException {
        assertRefused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400);
    }

    @Test
    void anUpgradeToHttp2IsIgnored() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var answer = connection
                    .send("GET /health/live HTTP/1.1\r\n" + HOST
                            + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n")
                    .read();

            assertThat(answer.status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BREW", "get", "Get", "PROPFIND", "QUERY", "post"})
    void anUnknownMethodIs501(String method) throws IOException {
        assertRefused(method + " /mcp HTTP/1.1\r\n" + HOST + "\r\n", 501);
    }

    @ParameterizedTest
    @CsvSource({
        "TRACE /mcp, 'GET, POST, DELETE, OPTIONS'",
        "CONNECT localhost:443, GET",
        "CONNECT /mcp, GET",
        "TRACE /x, GET"
    })
    void traceAndConnectAreRefused(String start, String allowed) throws IOException {
        var answer = assertRefused(start + " HTTP/1.1\r\n" + HOST + "Cookie: secret\r\n\r\n", 405);

        assertThat(answer.header("allow")).startsWith(allowed);
        assertThat(answer.text()).doesNotContain("secret");
    }

    // ---- B2: Host

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Host: localhost\r\nHost: localhost\r\n",
                "Host: localhost\r\nHost: evil.example.com\r\n",
                "Host: local host\r\n",
                "Host: localhost,evil\r\n",
                "Host: localhost/x\r\n",
                "Host: [::1\r\n",
                "Host: localhost:80:80\r\n"
            })
    void anythingButOneWellFormedHostIsRefused(String lines) throws IOException {
        assertRefused("GET /health HTTP/1.1\r\n" + lines + "\r\n", 400);
    }

    // ---- B: framing

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
                "Content-Length: 4\r\nContent-Length: 4\r\n",
                "Content-Length: 4\r\nContent-Length: 5\r\n",
                "Content-Length: 4, 4\r\n",
                "Content-Length: +4\r\n",
                "Content-Length: -4\r\n",
                "Content-Length: 0x4\r\n",
                "Content-Length: 4 4\r\n",
                "Content-Length: \r\n",
                "Content-Length: 99999999999999999999\r\n",
                "Transfer-Encoding: gzip\r\n",
                "Transfer-Encoding: gzip, chunked\r\n",
                "Transfer-Encoding: chunked, identity\r\n",
                "Transfer-Encoding: chunked, chunked\r\n",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                "Transfer-Encoding: identity\r\n",
                "Transfer-Encoding: xchunked\r\n",
                "Transfer-Encoding: \"chunked\"\r\n",
                "Transfer-Encoding: chunked;q=1\r\n",
                "Transfer-Encoding: \u000bchunked\r\n",
                "Transfer-Encoding:\r\n",
                "Transfer-Encoding : chunked\r\n",
                "Transfer-Encoding: chun\r\n ked\r\n"
            })
    void aBodyWhoseEndIsInDoubtIsRefused(String lines) throws IOException {
        assertRefused(
                "POST /mcp HTTP/1.1\r\n" + HOST + "Content-Type: application/json\r\n" + lines + "\r\n0\r\n\r\n", 400);
    }

    @Test
    void aTransferCodingInHttp10IsRefused() throws IOException {
        assertRefused("POST /mcp HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X: a\r\n b\r\n", // obs-fold
                "X: a\r\n\tb\r\n",
                " X: a\r\n",
                "X: a\rb\r\n", // bare CR
                "X: a\r\r\n",
                "X: a\u0000b\r\n",
                "X\u0000: a\r\n",
                "X : a\r\n", // space before the colon
                "X\t: a\r\n",
                "X Y: a\r\n",
                ": a\r\n",
                "X\r\n",
                "X(: a\r\n",
                "X: a\nY: b\r\n" // bare LF
            })
    void aBrokenHeaderFieldIsRefused(String lines) throws IOException {
        assertRefused("GET /health/live HTTP/1.1\r\n" + HOST + lines + "\r\n", 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /health/live HTTP/1.1\nHost: localhost\n\n",
                "GET /health/live HTTP/1.1\r\nHost: localhost\n\r\n"
            })
    void aBareLineFeedIsRefused(String bytes) throws IOException {
        assertRefused(bytes, 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2\n{}\r\n0\r\n\r\n", // bare LF
                "2\r\n{}\n0\r\n\r\n",
                "2;a=\"\r\n{}\r\n0\r\n\r\n\"\r\n{}\r\n0\r\n\r\n", // a quoted extension that spans lines
                "2;a=\nb\r\n{}\r\n0\r\n\r\n",
                "2;\rx\r\n{}\r\n0\r\n\r\n",
                "xyz\r\n",
                "-2\r\n{}\r\n0\r\n\r\n",
                "0x2\r\n{}\r\n0\r\n\r\n",
                "\r\n{}\r\n0\r\n\r\n",
                "2 2\r\n{}\r\n0\r\n\r\n",
                "FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n",
                "7FFFFFFFFFFFFFFF\r\n",
                "80000000\r\n",
                "2\r\n{}xx\r\n0\r\n\r\n",
                "3\r\n{}\r\n0\r\n\r\n"
            })
    void aBrokenChunkIsRefused(String chunks) throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var answer = connection
                    .send(Requests.head("Transfer-Encoding: chunked\r\n") + "\r\n" + chunks + BEHIND)
                    .read();

            assertThat(answer.status()).isIn(400, 413);
            assertOnlyAnswer(connection, answer);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0\r\nX : a\r\n\r\n", "0\r\nX: a\nY: b\r\n\r\n"})
    void aBrokenTrailerIsRefused(String end) throws IOException {
        assertRefused(Requests.head("Transfer-Encoding: chunked\r\n") + "\r\n2\r\n{}\r\n" + end, 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0\r\nX: a\r\n b\r\n\r\n",
                "0\r\nX: a\r\n\tb\r\n\r\n",
                "0\r\n X: a\r\n\r\n",
                "0\r\nX: a\r\nY: b\r\n \r\n\r\n",
            })
    void aTrailerFieldThatSpansLinesIsRefused(String end) throws IOException {
        String head = Requests.head("Transfer-Encoding: chunked\r\n") + "\r\n";
        assertRefused(head + "2\r\n{}\r\n" + end + BEHIND, 400);
        assertRefused(head + end + BEHIND, 400);

        try (var connection = new RawConnection(mesh.server())) {
            connection.send(head + "2\r\n{}\r\n");
            for (char one : end.toCharArray()) {
                connection.send(String.valueOf(one));
            }
            var answer = connection.read();

            assertThat(answer.status()).isEqualTo(400);
            assertOnlyAnswer(connection, answer);
        }
    }

    /** Nor is a line of the body taken for one of the trailer. */
    @Test
    void aTrailerIsReadAndIgnored() throws IOException {
        String body = Requests.body(1, "echo", "{\n \"message\":\n\t\"hello\"}", "");
        try (var connection = new RawConnection(mesh.server())) {
            String request = Requests.head("Transfer-Encoding: chunked\r\nMCP-Protocol-Version: 2026-07-28\r\n"
                            + "Mcp-Method: tools/call\r\nMcp-Name: echo\r\n")
                    + "\r\n"
                    + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\nX: a\r\nY: b \r\n\r\n";
            for (int i = 0; i < 2; i++) {
                assertThat(Requests.text(connection.send(request).read())).isEqualTo("hello");
            }
        }
    }

    @Test
    void anEndlessTrailerIsRefused() throws IOException {
        String endless = "X: " + "a".repeat(HttpPipeline.MAX_HEADER_BYTES) + "\r\n";

        try (var connection = new RawConnection(mesh.server())) {
            var answer = connection
                    .send(Requests.head("Transfer-Encoding: chunked\r\n") + "\r\n2\r\n{}\r\n0\r\n" + endless)
                    .read();

            assertThat(answer.status()).isBetween(400, 431);
            assertOnlyAnswer(connection, answer);
        }
    }

    @Test
    void aCompressedBodyIsNotInflated() throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var answer = connection
                    .send(Requests.post("Content-Encoding: gzip\r\n", "\u001f\u008b"))
                    .read();

            assertThat(answer.status()).isIn(400, 415);
        }
    }

    // ---- B: exact limits

    @Test
    void aRequestLineOfExactlyTheLimitIsRead() throws IOException {
        String around = "GET / HTTP/1.1";
        String most = "GET /" + "a".repeat(HttpPipeline.MAX_LINE_BYTES - around.length()) + " HTTP/1.1";

        assertThat(status(mesh.server(), most + "\r\n" + HOST + "\r\n")).isEqualTo(404);
        assertRefused(most.replace("GET /", "GET /a") + "\r\n" + HOST + "\r\n", 414);
    }

    @Test
    void aHeadWithoutAnEndIsRefusedAtItsLimit() throws IOException {
        assertRefused("a".repeat(HttpPipeline.MAX_LINE_BYTES + 1), 414);
        assertRefused("GET / HTTP/1.1\r\nX: " + "a".repeat(HttpPipeline.MAX_HEADER_BYTES + 1), 431);
        assertRefused("GET / HTTP/1.1\r\n" + "X: a\r\n".repeat(HttpPipeline.MAX_HEADER_BYTES / 3), 431);
    }

    // ---- B: time

    @Test
    void aHeadThatDripsInIsCutOffInTotalAndNotPerByte() throws Exception {
        try (MeshServer server = MeshServer.of(DevMesh.builder().build())
                        .port(0)
                        .headTimeout(Duration.ofMillis(600))
                        .start();
                var first = new RawConnection(server);
                var later = new RawConnection(server)) {
            later.send(BEHIND).read();

            assertThat(dripUntilAnswered(first, "GET /health/live HTTP/1.1\r\nX: " + "a".repeat(1_000)))
                    .isBetween(Duration.ofMillis(500), Duration.ofSeconds(3));
            assertThat(dripUntilAnswered(later, "GET /health/live HTTP/1.1\r\nX: " + "a".repeat(1_000)))
                    .isBetween(Duration.ofMillis(500), Duration.ofSeconds(3));
        }
    }

    @Test
    void emptyLinesBeforeARequestDoNotKeepAConnectionOpen() throws Exception {
        try (MeshServer server = MeshServer.of(DevMesh.builder().build())
                        .port(0)
                        .idleTimeout(Duration.ofMillis(600))
                        .start();
                var connection = new RawConnection(server)) {
            connection.soTimeout(50);
            long began = System.nanoTime();
            boolean closed = false;
            while (!closed && System.nanoTime() - began < TimeUnit.SECONDS.toNanos(5)) {
                try {
                    connection.send("\r\n");
                    closed = connection.isClosedByServer();
                } catch (java.net.SocketTimeoutException open) {
                    // once more
                } catch (IOException reset) {
                    closed = true;
                }
            }
            assertThat(closed).isTrue();
        }
    }

    @Test
    void aBodyThatDripsInIsCutOffLongBeforeItsLongestTime() throws Exception {
        try (MeshServer server = MeshServer.of(DevMesh.builder().build())
                        .port(0)
                        .bodyGrace(Duration.ofMillis(600))
                        .start();
                var connection = new RawConnection(server)) {
            connection.send(Requests.head("") + "Content-Length: 900000\r\n\r\n");

            assertThat(dripUntilAnswered(connection, "x".repeat(1_000)))
                    .isBetween(Duration.ofMillis(500), Duration.ofSeconds(5));
        }
    }

    @Test
    void aBodyThatKeepsUpTheRateIsReadUpToItsLongestTime() throws Exception {
        String body = Requests.body(1, "echo", "{\"message\":\"slow\"}", "");
        String head = Requests.head("MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: echo\r\n");
        try (MeshServer server = MeshServer.of(DevMesh.builder().tool(echo()).build())
                        .port(0)
                        .bodyGrace(Duration.ofMillis(400))
                        .start();
                var connection = new RawConnection(server)) {
            byte[] piece = " ".repeat(2_000).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            connection.send(head + "Content-Length: " + (5 * piece.length + body.length()) + "\r\n\r\n");
            for (int i = 0; i < 5; i++) {
                connection.send(piece);
                pause(connection, 250);
            }
            assertThat(Requests.text(connection.send(body).read())).isEqualTo("slow");
        }
    }

    /** Sends byte after byte until there is an answer, which must be 408, the only one. */
    private static Duration dripUntilAnswered(RawConnection connection, String bytes) throws IOException {
        long began = System.nanoTime();
        connection.soTimeout(20);
        for (int i = 0; i < bytes.length(); i++) {
            try {
                connection.send(bytes.substring(i, i + 1));
                var answer = connection.read();
                assertThat(answer.status()).isEqualTo(408);
                connection.soTimeout(10_000);
                assertOnlyAnswer(connection, answer);
                return Duration.ofNanos(System.nanoTime() - began);
            } catch (java.net.SocketTimeoutException notYet) {
                // the next byte
            }
        }
        throw new AssertionError("no answer to " + bytes.length() + " bytes");
    }

    private static void pause(RawConnection connection, int millis) throws IOException {
        connection.soTimeout(millis);
        try {
            assertThat(connection.isClosedByServer()).isFalse();
        } catch (java.net.SocketTimeoutException open) {
            connection.soTimeout(10_000);
        }
    }

    @Test
    void aHundredSlowlorisesDoNotDelayOthers() throws IOException {
        List<RawConnection> drips = new ArrayList<>();
        try (var other = new RawConnection(mesh.server())) {
            for (int i = 0; i < 100; i++) {
                drips.add(new RawConnection(mesh.server()).send("GET /health/live HTTP/1.1\r\nX: "));
            }
            List<Long> millis = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                for (RawConnection drip : drips.subList(i % 10 * 10, i % 10 * 10 + 10)) {
                    drip.send("a");
                }
                long began = System.nanoTime();
                assertThat(other.send(BEHIND).read().status()).isEqualTo(200);
                millis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
            }
            assertThat(millis.stream().sorted().toList().get(197)).isLessThan(500);
        } finally {
            for (RawConnection drip : drips) {
                drip.close();
            }
        }
    }

    // ---- B: slow readers

    @Test
    void aClientThatDoesNotReadItsPlainAnswerIsCutOff() throws IOException {
        try (MeshServer server = MeshServer.of(DevMesh.builder().tool(large()).build())
                        .port(0)
                        .writeTimeout(Duration.ofMillis(500))
                        .start();
                var connection = new RawConnection(server, 4_096)) {
            String request = Requests.call(1, "large", "{\"count\":1000000}");
            connection.send(request.repeat(10));

            await().atMost(Duration.ofSeconds(10)).until(() -> server.connections() == 0);
        }
    }

    @Test
    void aClientThatReadsSlowlyButSteadilyIsNot() throws Exception {
        try (MeshServer server = MeshServer.of(DevMesh.builder().tool(large()).build())
                        .port(0)
                        .writeTimeout(Duration.ofMillis(500))
                        .start();
                var connection = new RawConnection(server, 4_096)) {
            connection.send(Requests.call(1, "large", "{\"count\":1000000}").repeat(8));
            long began = System.nanoTime();
            int read = 0;
            while (System.nanoTime() - began < TimeUnit.SECONDS.toNanos(3)) {
                read += connection.bytes(40_000).length;
                TimeUnit.MILLISECONDS.sleep(20); // the client's pace is the matter here
            }
            assertThat(read).isLessThan(8_000_000);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    // ---- caps

    @Test
    void connectionsAboveTheCapOfOneAddressGet503AndOthersAreServed() throws IOException {
        try (MeshServer server = MeshServer.of(DevMesh.builder().build())
                        .port(0)
                        .connectionsPerAddress(2)
                        .start();
                var first = new RawConnection(server);
                var second = new RawConnection(server)) {
            assertThat(first.send(BEHIND).read().status()).isEqualTo(200);
            assertThat(second.send(BEHIND).read().status()).isEqualTo(200);
            try (var third = new RawConnection(server)) {
                var answer = third.send(BEHIND).read();

                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.header("retry-after")).isEqualTo("1");
                assertThat(answer.json().path("error").asString()).contains("2 connections", "address");
                assertThat(third.isClosedByServer()).isTrue();
            }
            assertThat(first.send(BEHIND).read().status()).isEqualTo(200);
            second.close();
            await().until(() -> server.connections() == 1);
            assertThat(status(server, BEHIND)).isEqualTo(200);
        }
    }

    @Test
    void farAboveTheCapConnectionsAreClosedUnheard() throws IOException {
        List<RawConnection> many = new ArrayList<>();
        try (MeshServer server = MeshServer.of(DevMesh.builder().build())
                .port(0)
                .connectionsPerAddress(1)
                .start()) {
            for (int i = 0; i < 66; i++) { // one after the other: two event loops would take them in in any order
                many.add(new RawConnection(server));
                int open = Math.min(i + 1, 65);
                // soon: a connection that says nothing is closed after 10 s
                await().pollDelay(Duration.ZERO)
                        .pollInterval(Duration.ofMillis(2))
                        .until(() -> server.connections() >= open);
            }
            assertThat(many.get(65).isClosedByServer()).isTrue();
            assertThat(many.get(0).send(BEHIND).read().status()).isEqualTo(200);
        } finally {
            for (RawConnection one : many) {
                one.close();
            }
        }
    }

    @Test
    void aBodyThatDoesNotFitBesideTheOthersIs503BeforeItIsRead() throws IOException {
        try (MeshServer server = budgeted();
                var first = new RawConnection(server)) {
            String body = Requests.body(1, "echo", "{\"message\":\"kept\"}", "");
            String padded = body + " ".repeat(800 - body.length());
            String request = Requests.post(
                    "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: echo\r\n", padded);
            first.send(request.substring(0, request.length() - 1));
            var answer = awaitRefusal(server, Requests.head("") + "Content-Length: 800\r\n\r\n");

            assertThat(answer.header("retry-after")).isEqualTo("1");
            assertThat(Requests.text(first.send(" ").read())).isEqualTo("kept");
            for (int i = 0; i < 5; i++) { // what was taken has been given back
                assertThat(Requests.text(first.send(request).read())).isEqualTo("kept");
            }
        }
    }

    @Test
    void aChunkedBodyIs503WhenTheRoomRunsOut() throws IOException {
        try (MeshServer server = budgeted();
                var first = new RawConnection(server)) {
            String half = "258\r\n" + " ".repeat(0x258) + "\r\n";
            first.send(Requests.head("Transfer-Encoding: chunked\r\n") + "\r\n" + half);

            var answer = awaitRefusal(server, Requests.head("Transfer-Encoding: chunked\r\n") + "\r\n" + half);

            assertThat(answer.header("retry-after")).isEqualTo("1");
            first.close();
            await().until(() -> server.connections() == 0);
            try (var third = new RawConnection(server)) {
                third.send(Requests.head("Transfer-Encoding: chunked\r\n") + "\r\n" + half + "0\r\n\r\n");
                assertThat(third.read().status()).isEqualTo(400); // read, and not JSON
            }
        }
    }

    private static MeshServer budgeted() {
        return MeshServer.of(DevMesh.builder().tool(echo()).build())
                .port(0)
                .maxBodyBytes(LIMIT)
                .bodyBytesInFlight(LIMIT)
                .start();
    }

    /** The first request may not have been read when the second one comes: then that is sent again. */
    private static RawConnection.Answer awaitRefusal(MeshServer server, String request) {
        return await().ignoreException(java.net.SocketTimeoutException.class)
                .until(
                        () -> {
                            try (var connection = new RawConnection(server)) {
                                connection.soTimeout(200);
                                return connection.send(request).read();
                            }
                        },
                        answer -> answer.status() == 503);
    }

    // ---- never

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0000",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000", // TLS
                "GET",
                "\r\n\r\n\r\nGET",
                "SSH-2.0-x\r\n",
                "{\"jsonrpc\":\"2.0\"}\r\n\r\n",
                "GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /health/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET //health HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /health;x=y HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET ?x HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n\u0000",
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n[1]",
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\r\n"
            })
    void nothingMalformedIsAFaultOfTheServerOrShowsItsInside(String bytes) throws IOException {
        try (MeshServer server = MeshServer.of(DevMesh.builder().build())
                        .port(0)
                        .headTimeout(Duration.ofMillis(100))
                        .start();
                var connection = new RawConnection(server)) {
            var answer = connection.send(bytes).read();

            assertThat(answer.status()).isBetween(400, 499);
            assertThat(answer.text()).doesNotContain("Exception", "java.", "netty", "jackson", "dev.devmesh", "\tat ");
        }
    }

    private static int status(MeshServer server, String bytes) throws IOException {
        try (var connection = new RawConnection(server)) {
            return connection.send(bytes).read().status();
        }
    }

    private static RawConnection.Answer assertRefused(String bytes, int status) throws IOException {
        try (var connection = new RawConnection(mesh.server())) {
            var answer = connection
                    .send((bytes + BEHIND).getBytes(java.nio.charset.StandardCharsets.UTF_8))
                    .read();

            assertThat(answer.status()).isEqualTo(status);
            assertOnlyAnswer(connection, answer);
            return answer;
        }
    }

    private static void assertOnlyAnswer(RawConnection connection, RawConnection.Answer answer) throws IOException {
        assertThat(answer.header("connection")).isEqualTo("close");
        assertThat(answer.json().isObject()).isTrue();
        assertThat(answer.text()).doesNotContain("Exception", "java.", "netty", "dev.devmesh");
        assertThat(connection.isClosedByServer()).isTrue();
    }
}
