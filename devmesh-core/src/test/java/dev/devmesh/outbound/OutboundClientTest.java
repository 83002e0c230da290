package dev.devmesh.outbound;

import static dev.devmesh.outbound.Destination.answer;
import static dev.devmesh.outbound.SsrfTest.addresses;
import static dev.devmesh.outbound.SsrfTest.refusal;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutboundClientTest {

    private final Destination server = new Destination();
    private final Destination other = new Destination();
    private OutboundClient client = OutboundClient.builder()
            .allow(OutboundAllow.of("127.0.0.1:" + server.port(), "127.0.0.1:" + other.port()))
            .resolver(host -> addresses("127.0.0.1"))
            .build();

    @AfterEach
    void close() {
        client.close();
        server.close();
        other.close();
    }

    @Test
    void whatIsAllowedAnswers() {
        server.on("/v1", exchange -> {
            exchange.getResponseHeaders().add("X-Two", "a");
            exchange.getResponseHeaders().add("X-Two", "b");
            answer(exchange, 201, "{\"ok\":true}".getBytes(UTF_8));
        });

        OutboundResponse response = client.send(OutboundRequest.postJson(server.url("/v1?a=b%20c&d"), "[1]")
                .secretHeader("X-Api-Key", "hush")
                .header("Accept", "application/json"));

        assertThat(response.status()).isEqualTo(201);
        assertThat(response.text()).isEqualTo("{\"ok\":true}");
        assertThat(response.headers().get("x-two")).containsExactly("a", "b");
        assertThat(response.header("X-TWO")).contains("a");
        Destination.Seen seen = server.seen().get(0);
        assertThat(seen.method()).isEqualTo("POST");
        assertThat(seen.uri()).isEqualTo("/v1?a=b%20c&d");
        assertThat(seen.body()).isEqualTo("[1]");
        assertThat(seen.headers().getFirst("Host")).isEqualTo("127.0.0.1:" + server.port());
        assertThat(seen.headers().getFirst("X-Api-Key")).isEqualTo("hush");
        assertThat(seen.headers().getFirst("Content-Type")).isEqualTo("application/json");
        assertThat(seen.headers().getFirst("User-Agent")).isEqualTo("devmesh");
        assertThat(seen.headers().getFirst("Upgrade")).isNull();
    }

    @ParameterizedTest
    @CsvSource({"name.test:PORT", "name.test", "127.0.0.0/8", "127.0.0.0/8:PORT", "127.0.0.1"})
    void aNameIsCalledAtTheAddressThatWasChecked(String entry) {
        server.answering("/", "here");
        try (OutboundClient named = OutboundClient.builder()
                .allow(OutboundAllow.of(entry.replace("PORT", String.valueOf(server.port()))))
                .resolver(host -> addresses("127.0.0.1"))
                .build()) {
            assertThat(named.send(OutboundRequest.get("http://NAME.test.:" + server.port()))
                            .text())
                    .isEqualTo("here");
        }
        assertThat(server.seen().get(0).headers().getFirst("Host")).isEqualTo("name.test:" + server.port());
    }

    @Test
    void theNextAddressIsTriedWhenOneDoesNotAnswer() {
        server.answering("/", "here");
        try (OutboundClient named = OutboundClient.builder()
                .allow(OutboundAllow.of("127.0.0.0/8", "192.0.2.1"))
                .resolver(host -> addresses("127.9.9.9", "127.0.0.1"))
                .build()) {
            assertThat(named.send(OutboundRequest.get("http://two.test:" + server.port()))
                            .text())
                    .isEqualTo("here");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"//evil.test/x", "/a//b/../c", "/%2e%2e/x", "/a;b=c?d=http://evil.test/"})
    void thePathTravelsAsItIs(String path) {
        server.answering("/", "here");

        assertThat(client.send(OutboundRequest.get(server.url(path))).text()).isEqualTo("here");
        assertThat(server.seen()).singleElement().satisfies(seen -> {
            assertThat(seen.headers().getFirst("Host")).isEqualTo("127.0.0.1:" + server.port());
            assertThat(seen.uri()).isEqualTo(path);
        });
    }

    @Test
    void credentialsAreDroppedWhereTheOriginChangesAndDoNotComeBack() {
        server.redirecting("/same", 307, "/other").redirecting("/other", 307, other.url("/back"));
        other.redirecting("/back", 307, server.url("/end"));
        server.answering("/end", "done");

        String text = client.send(OutboundRequest.post(server.url("/same"), "text/plain", "body".getBytes(UTF_8))
                        .header("authorization", "Bearer hush")
                        .header("Cookie", "hush")
                        .secretHeader("X-Api-Key", "hush")
                        .header("X-Plain", "stays"))
                .text();

        assertThat(text).isEqualTo("done");
        assertThat(server.seen()).extracting(Destination.Seen::uri).containsExactly("/same", "/other", "/end");
        for (Destination.Seen seen : List.of(server.seen().get(0), server.seen().get(1))) {
            assertThat(seen.headers()).containsKeys("Authorization", "Cookie", "X-api-key", "X-plain");
        }
        for (Destination.Seen seen : List.of(other.seen().get(0), server.seen().get(2))) {
            assertThat(seen.headers())
                    .doesNotContainKeys("Authorization", "Cookie", "X-api-key")
                    .containsKey("X-plain");
            assertThat(seen.method()).isEqualTo("POST");
            assertThat(seen.body()).isEqualTo("body");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "301, POST, GET",
        "302, POST, GET",
        "303, POST, GET",
        "307, POST, POST",
        "308, POST, POST",
        "301, PUT, PUT",
        "302, DELETE, DELETE",
        "303, PUT, GET",
        "303, HEAD, HEAD",
        "307, GET, GET"
    })
    void aRedirectKeepsOrChangesTheMethod(int status, String method, String then) {
        server.redirecting("/from", status, "to?x=1").on("/to", exchange -> exchange.sendResponseHeaders(204, -1));
        OutboundRequest request = OutboundRequest.of(method, server.url("/from"));
        boolean hasBody = method.startsWith("P");

        int answered = client.send(hasBody ? request.body("text/plain", "body".getBytes(UTF_8)) : request)
                .status();

        assertThat(answered).isEqualTo(204);
        Destination.Seen last = server.seen().get(1);
        assertThat(last.uri()).isEqualTo("/to?x=1");
        assertThat(last.method()).isEqualTo(then);
        assertThat(last.body()).isEqualTo(hasBody && !then.equals("GET") ? "body" : "");
        assertThat(last.headers().containsKey("Content-type")).isEqualTo(hasBody && !then.equals("GET"));
    }

    @Test
    void redirectsEndAfterThree() {
        server.redirecting("/loop", 302, "/loop");

        MeshException problem = refusal(client, OutboundRequest.get(server.url("/loop")));

        assertThat(problem.code()).isEqualTo(ErrorCode.UPSTREAM_FAILED);
        assertThat(server.seen()).hasSize(1 + OutboundClient.MAX_REDIRECTS);
        assertThat(client.send(OutboundRequest.get(server.url("/loop")).withoutRedirects())
                        .status())
                .isEqualTo(302);
    }

    @Test
    void otherStatusesAreAnswersAndTheirBodiesAreNotRepeated() {
        server.on("/fails", exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "7");
            answer(exchange, 503, "internal hush".getBytes(UTF_8));
        });

        OutboundResponse response = client.send(OutboundRequest.get(server.url("/fails")));

        assertThat(response.status()).isEqualTo(503);
        MeshException problem = catchThrowableOfType(MeshException.class, response::requireSuccess);
        assertThat(problem.code()).isEqualTo(ErrorCode.UPSTREAM_FAILED);
        assertThat(problem.sentence()).contains("127.0.0.1", "503").doesNotContain("hush");
        assertThat(problem.retryAfter()).contains(Duration.ofSeconds(7));
        assertThat(response.toString()).doesNotContain("hush");
    }

    @ParameterizedTest
    @ValueSource(strings = {"value\r\nX: y", "value\ny", "value\ry", "value\0", "välue"})
    void aHeaderOfMoreThanOneLineIsRefused(String value) {
        assertThat(invalid(() -> OutboundRequest.get("https://a").header("X-A", value)))
                .isEqualTo(ErrorCode.INVALID_VALUE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A B", "A:", "A\r\nB", "Host", "content-length", "Transfer-Encoding", "Connection"})
    void aHeaderThatIsTheClientsOwnIsRefused(String name) {
        assertThat(invalid(() -> OutboundRequest.get("https://a").header(name, "x")))
                .isEqualTo(ErrorCode.INVALID_VALUE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "get", "GET /", "CONNECT", "TRACE", "GET\r\n"})
    void aMethodThatIsNoneIsRefused(String method) {
        assertThat(invalid(() -> OutboundRequest.of(method, "https://a"))).isEqualTo(ErrorCode.INVALID_VALUE);
    }

    private static ErrorCode invalid(Runnable making) {
        return catchThrowableOfType(MeshException.class, making::run).code();
    }

    @Test
    void packedContentIsUnpacked() {
        server.on("/gzip", exchange -> {
            assertThat(exchange.getRequestHeaders().getFirst("Accept-Encoding")).isEqualTo("gzip");
            gzip(exchange.getResponseHeaders()::set);
            answer(exchange, 200, packed("hello ".repeat(100).getBytes(UTF_8)));
        });

        for (int i = 0; i < 2; i++) {
            assertThat(client.send(OutboundRequest.get(server.url("/gzip"))).text())
                    .isEqualTo("hello ".repeat(100));
        }
    }

    @Test
    void aBombIsRefusedByItsSizeAndByItsRatio() throws IOException {
        byte[] zeros = packed(new byte[20 << 20]);
        server.on("/bomb", exchange -> {
            gzip(exchange.getResponseHeaders()::set);
            answer(exchange, 200, zeros);
        });

        assertThat(zeros.length).isLessThan(64 << 10);
        assertThat(refusal(client, OutboundRequest.get(server.url("/bomb"))).code())
                .isEqualTo(ErrorCode.UPSTREAM_TOO_LARGE);
        assertThat(refusal(client, OutboundRequest.get(server.url("/bomb")).maxBytes(1 << 30))
                        .sentence())
                .contains("100 times");
        assertThat(refusal(client, OutboundRequest.get(server.url("/bomb")).maxBytes(500_000))
                        .sentence())
                .contains("500000 bytes");
    }

    @Test
    void contentThatIsNotWhatItSaysIsRefused() {
        server.on("/broken", exchange -> {
            gzip(exchange.getResponseHeaders()::set);
            answer(exchange, 200, "not gzip".getBytes(UTF_8));
        });
        server.on("/other", exchange -> {
            exchange.getResponseHeaders().set("Content-Encoding", "br");
            answer(exchange, 200, "x".getBytes(UTF_8));
        });

        assertThat(refusal(client, OutboundRequest.get(server.url("/broken"))).code())
                .isEqualTo(ErrorCode.UPSTREAM_FAILED);
        assertThat(refusal(client, OutboundRequest.get(server.url("/other"))).code())
                .isEqualTo(ErrorCode.UPSTREAM_FAILED);
    }

    @Test
    void aLargeBodyIsRefusedWhetherItSaysSoOrNot() {
        server.on("/said", exchange -> {
            exchange.sendResponseHeaders(200, 11 << 20);
            pour(exchange.getResponseBody());
        });
        server.on("/chunked", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            pour(exchange.getResponseBody());
        });
        server.on("/exact", exchange -> answer(exchange, 200, new byte[1000]));

        for (String path : List.of("/said", "/chunked")) {
            MeshException problem = refusal(client, OutboundRequest.get(server.url(path)));
            assertThat(problem.code()).isEqualTo(ErrorCode.UPSTREAM_TOO_LARGE);
            assertThat(problem.sentence()).contains("10485760 bytes");
        }
        assertThat(client.send(OutboundRequest.get(server.url("/exact")).maxBytes(1000))
                        .bytes())
                .hasSize(1000);
        assertThat(refusal(client, OutboundRequest.get(server.url("/exact")).maxBytes(999))
                        .code())
                .isEqualTo(ErrorCode.UPSTREAM_TOO_LARGE);
    }

    @Test
    void anAnswerThatDripsEndsAtTheDeadline() {
        CountDownLatch end = new CountDownLatch(1);
        server.on("/drip", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            drip(exchange.getResponseBody(), end);
        });

        long began = System.nanoTime();
        MeshException problem =
                refusal(client, OutboundRequest.get(server.url("/drip")).within(Duration.ofMillis(700)));
        end.countDown();

        assertThat(problem.code()).isEqualTo(ErrorCode.UPSTREAM_TIMEOUT);
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .isBetween(Duration.ofMillis(600), Duration.ofSeconds(3));
    }

    @Test
    void aHeadThatDripsAndARequestThatIsNotReadEndAtTheDeadline() throws IOException {
        try (ServerSocket raw = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
                OutboundClient allowed = OutboundClient.builder()
                        .allow(OutboundAllow.of("127.0.0.1"))
                        .build()) {
            CountDownLatch end = new CountDownLatch(1);
            Thread dripping = new Thread(() -> {
                try (Socket visitor = raw.accept()) {
                    visitor.getOutputStream().write("HTTP/1.1 200 OK\r\nX: ".getBytes(UTF_8));
                    drip(visitor.getOutputStream(), end);
                } catch (IOException e) {
                    // the client went, as it should
                }
            });
            dripping.start();
            String url = "http://127.0.0.1:" + raw.getLocalPort() + "/";
            assertThat(refusal(allowed, OutboundRequest.get(url).within(Duration.ofMillis(500)))
                            .code())
                    .isEqualTo(ErrorCode.UPSTREAM_TIMEOUT);
            end.countDown();
            // from here on nobody accepts, and so nobody reads
            assertThat(refusal(
                                    allowed,
                                    OutboundRequest.post(url, "a/b", new byte[64 << 20])
                                            .within(Duration.ofMillis(500)))
                            .code())
                    .isEqualTo(ErrorCode.UPSTREAM_TIMEOUT);
        }
    }

    @Test
    void aLookUpThatHangsEndsAtTheDeadline() throws InterruptedException {
        CountDownLatch hang = new CountDownLatch(1);
        try (OutboundClient hanging = OutboundClient.builder()
                .resolver(host -> {
                    try {
                        hang.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return List.of();
                })
                .build()) {
            assertThat(refusal(
                                    hanging,
                                    OutboundRequest.get("https://slow.test/").within(Duration.ofMillis(200)))
                            .code())
                    .isEqualTo(ErrorCode.UPSTREAM_TIMEOUT);
        } finally {
            hang.countDown();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SSH-2.0-x\r\n", "HTTP/1.1 abc\r\n\r\n", ""})
    void whatIsNotHttpIsNotRepeated(String greeting) throws IOException {
        try (ServerSocket raw = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
                OutboundClient allowed = OutboundClient.builder()
                        .allow(OutboundAllow.of("127.0.0.1"))
                        .build()) {
            Thread greeter = new Thread(() -> {
                try (Socket visitor = raw.accept()) {
                    visitor.getInputStream().read(new byte[4096]);
                    visitor.getOutputStream().write(greeting.getBytes(UTF_8));
                } catch (IOException e) {
                    // the client went
                }
            });
            greeter.start();
            MeshException problem = refusal(allowed, OutboundRequest.get("http://127.0.0.1:" + raw.getLocalPort()));
            assertThat(problem.code()).isIn(ErrorCode.UPSTREAM_FAILED, ErrorCode.UPSTREAM_UNREACHABLE);
            assertThat(problem.sentence()).doesNotContain("SSH", "abc");
        }
    }

    @Test
    void whoCannotBeReachedIsSaidWithoutAnAddress() throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            closed = socket.getLocalPort();
        }
        try (OutboundClient named = OutboundClient.builder()
                .allow(OutboundAllow.of("gone.test"))
                .resolver(host -> addresses("127.0.0.1"))
                .build()) {
            MeshException problem = refusal(named, OutboundRequest.get("http://gone.test:" + closed));
            assertThat(problem.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
            assertThat(problem.sentence()).contains("gone.test").doesNotContain("127.0.0.1");
        }
    }

    @Test
    void aBodyIsStreamedWithinTheSameBounds() throws IOException {
        CountDownLatch second = new CountDownLatch(1);
        server.on("/stream", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("first".getBytes(UTF_8));
            exchange.getResponseBody().flush();
            await(second);
            pour(exchange.getResponseBody());
        });

        try (OutboundStream stream = client.stream(OutboundRequest.get(server.url("/stream")))) {
            assertThat(stream.status()).isEqualTo(200);
            assertThat(new String(stream.body().readNBytes(5), UTF_8)).isEqualTo("first");
            second.countDown();
            assertThatThrownBy(() -> stream.body().transferTo(OutputStream.nullOutputStream()))
                    .isInstanceOfSatisfying(
                            MeshException.class,
                            problem -> assertThat(problem.code()).isEqualTo(ErrorCode.UPSTREAM_TOO_LARGE));
        }
    }

    @Test
    void aStreamThatNobodyReadsIsCutOffAtTheDeadline() throws IOException {
        CountDownLatch end = new CountDownLatch(1);
        AtomicInteger gone = new AtomicInteger();
        server.on("/drip", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            drip(exchange.getResponseBody(), end);
            gone.incrementAndGet();
        });

        try (OutboundStream stream =
                client.stream(OutboundRequest.get(server.url("/drip")).within(Duration.ofMillis(500)))) {
            Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> gone.get() == 1);
            assertThatThrownBy(() -> stream.body().readAllBytes())
                    .isInstanceOfSatisfying(
                            MeshException.class,
                            problem -> assertThat(problem.code()).isEqualTo(ErrorCode.UPSTREAM_TIMEOUT));
        }
    }

    @Test
    void connectionsToOneDestinationAreBoundedAndReused() {
        CountDownLatch hold = new CountDownLatch(1);
        AtomicInteger ports = new AtomicInteger();
        server.on("/hold", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(1);
            exchange.getResponseBody().flush();
            await(hold);
        });
        server.on("/port", exchange -> {
            ports.set(exchange.getRemoteAddress().getPort());
            answer(exchange, 200, "x".getBytes(UTF_8));
        });
        other.answering("/", "free");
        try (OutboundClient small = OutboundClient.builder()
                .allow(OutboundAllow.of("127.0.0.1"))
                .connections(3, 2)
                .connectTimeout(Duration.ofMillis(200))
                .build()) {
            try (OutboundStream one = small.stream(OutboundRequest.get(server.url("/hold")));
                    OutboundStream two = small.stream(OutboundRequest.get(server.url("/hold")))) {
                MeshException problem = refusal(small, OutboundRequest.get(server.url("/port")));
                assertThat(problem.code()).isEqualTo(ErrorCode.OVERLOADED);
                assertThat(problem.retryAfter()).isPresent();
                assertThat(small.send(OutboundRequest.get(other.url("/"))).text())
                        .isEqualTo("free");
            }
            hold.countDown();
            small.send(OutboundRequest.get(server.url("/port")));
            int first = ports.get();
            small.send(OutboundRequest.get(server.url("/port")));
            assertThat(ports.get()).as("the port of the same connection").isEqualTo(first);
        }
    }

    @Test
    void proxiesOfTheJvmAreNotUsed() throws Exception {
        server.answering("/", "direct");
        try (Canary proxy = new Canary()) {
            List<String> keys = List.of("socksProxyHost", "http.proxyHost", "https.proxyHost");
            List<String> ports = List.of("socksProxyPort", "http.proxyPort", "https.proxyPort");
            keys.forEach(key -> System.setProperty(key, "127.0.0.1"));
            ports.forEach(key -> System.setProperty(key, String.valueOf(proxy.port())));
            System.setProperty("http.nonProxyHosts", "");
            System.setProperty("socksNonProxyHosts", "");
            try (OutboundClient named = OutboundClient.builder()
                    .allow(OutboundAllow.of("direct.test"))
                    .resolver(host -> addresses("127.0.0.1"))
                    .build()) {
                assertThat(named.send(OutboundRequest.get("http://direct.test:" + server.port() + "/"))
                                .text())
                        .isEqualTo("direct");
            } finally {
                keys.forEach(System::clearProperty);
                ports.forEach(System::clearProperty);
                System.clearProperty("http.nonProxyHosts");
                System.clearProperty("socksNonProxyHosts");
            }
            assertThat(proxy.connections()).isZero();
        }
    }

    @Test
    void closingCutsWhatIsUnderWayAndIsDoneOnce() throws InterruptedException {
        CountDownLatch end = new CountDownLatch(1);
        server.on("/drip", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            drip(exchange.getResponseBody(), end);
        });
        OutboundStream stream = client.stream(OutboundRequest.get(server.url("/drip")));

        client.close();
        client.close();

        assertThatThrownBy(() -> stream.body().readAllBytes()).isInstanceOf(MeshException.class);
        stream.close();
        end.countDown();
        assertThatThrownBy(() -> client.send(OutboundRequest.get(server.url("/"))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        Awaitility.await()
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                        .extracting(Thread::getName)
                        .noneMatch(name -> name.startsWith("devmesh-outbound")));
    }

    private static void gzip(java.util.function.BiConsumer<String, String> headers) {
        headers.accept("Content-Encoding", "gzip");
    }

    private static byte[] packed(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    private static void pour(OutputStream out) throws IOException {
        byte[] block = new byte[1 << 16];
        for (int i = 0; i < 11 * 16; i++) {
            out.write(block);
        }
    }

    private static void drip(OutputStream out, CountDownLatch end) {
        try {
            while (!end.await(20, java.util.concurrent.TimeUnit.MILLISECONDS)) {
                out.write('x');
                out.flush();
            }
        } catch (IOException e) {
            // the client went, as it should
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
