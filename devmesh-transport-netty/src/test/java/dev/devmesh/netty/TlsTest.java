package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.devmesh.DevMesh;
import dev.devmesh.MeshException;
import dev.devmesh.tool.Tool;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsTest {

    @TempDir
    static Path shared;

    private static TestCertificate certificate;

    @TempDir
    Path folder;

    @BeforeAll
    static void make() {
        certificate = TestCertificate.make(shared);
    }

    private MeshServerBuilder server() throws IOException {
        DevMesh mesh = DevMesh.builder()
                .tool(Tool.named("ping").nonBlocking().handle(call -> "pong"))
                .tool(Tool.named("large").handle(call -> "x".repeat(900_000)))
                .build();
        return MeshServer.of(mesh).port(0).tls(certificate.certificateIn(folder), certificate.keyIn(folder));
    }

    private static SSLSocket connect(MeshServer server, TestCertificate trusted, String... protocols)
            throws IOException {
        SSLSocket socket = (SSLSocket) trusted.trusting().getSocketFactory().createSocket("127.0.0.1", server.port());
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        if (protocols.length > 0) {
            parameters.setProtocols(protocols);
        }
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(10_000);
        try {
            socket.startHandshake();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    @Test
    void clientsReachTheServerByHttpsAndWss() throws Exception {
        try (MeshServer server = server().start()) {
            assertThat(server.uri().getScheme()).isEqualTo("https");
            assertThat(server.mcpUri()).hasToString("https://127.0.0.1:" + server.port() + "/mcp");
            assertThat(server.webSocketUri()).hasToString("wss://127.0.0.1:" + server.port() + "/ws");
            HttpClient client =
                    HttpClient.newBuilder().sslContext(certificate.trusting()).build();
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(server.uri().resolve("/health/live")).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);

            CompletableFuture<String> text = new CompletableFuture<>();
            CompletableFuture<Integer> closed = new CompletableFuture<>();
            WebSocket socket = client.newWebSocketBuilder()
                    .subprotocols("mcp")
                    .buildAsync(server.webSocketUri(), new WebSocket.Listener() {
                        @Override
                        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
                            text.complete(data.toString());
                            from.request(1);
                            return CompletableFuture.completedStage(null);
                        }

                        @Override
                        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                            closed.complete(code);
                            return CompletableFuture.completedStage(null);
                        }
                    })
                    .get(10, TimeUnit.SECONDS);
            socket.sendText(Requests.body(1, "ping", "{}", ""), true);
            assertThat(text.get(10, TimeUnit.SECONDS)).contains("pong");
            server.close();
            assertThat(closed.get(10, TimeUnit.SECONDS)).isEqualTo(1001);
        }
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2", "TLSv1.3"})
    void bothVersionsServeManyRequestsLargeAnswersAndACleanEnd(String version) throws IOException {
        try (MeshServer server = server().start();
                SSLSocket socket = connect(server, certificate, version);
                RawConnection connection = new RawConnection(socket)) {
            assertThat(socket.getSession().getProtocol()).isEqualTo(version);
            assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
            StringBuilder pipelined = new StringBuilder();
            for (int i = 0; i < 200; i++) {
                pipelined.append(Requests.get("/health/live"));
            }
            connection.send(pipelined.toString());
            for (int i = 0; i < 200; i++) {
                assertThat(connection.read().status()).isEqualTo(200);
            }
            connection.send(Requests.call(1, "large", "{}"));
            assertThat(Requests.text(connection.read())).hasSize(900_000);

            connection.send(Requests.get("/health/live").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
            assertThat(connection.read().status()).isEqualTo(200);
            assertThat(socket.getInputStream().read()).isEqualTo(-1); // without close_notify this would throw
        }
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2", "TLSv1.3"})
    void aRefusedBodyThatIsStillSentDoesNotCostTheAnswer(String version) throws IOException {
        try (MeshServer server = server().maxBodyBytes(1_000).start();
                RawConnection connection = new RawConnection(connect(server, certificate, version))) {
            connection.send(Requests.head("") + "Content-Length: 3000000\r\n\r\n");
            for (int i = 0; i < 30; i++) {
                connection.send(new byte[10_000]);
            }
            RawConnection.Answer answer = connection.read();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(connection.isClosedByServer()).isTrue();
        }
    }

    @Test
    void anExpectedBodyIsAskedFor() throws IOException {
        try (MeshServer server = server().start();
                RawConnection connection = new RawConnection(connect(server, certificate))) {
            String[] request = Requests.call(1, "ping", "{}").split("\r\n\r\n", 2);
            connection.send(request[0] + "\r\nExpect: 100-continue\r\n\r\n");
            assertThat(connection.read().status()).isEqualTo(100);
            connection.send(request[1]);
            assertThat(Requests.text(connection.read())).isEqualTo("pong");
        }
    }

    @Test
    void olderVersionsAreRefusedAndPlainHttpIsClosed() throws IOException {
        try (MeshServer server = server().start()) {
            try (Socket plain = new Socket("127.0.0.1", server.port());
                    RawConnection connection = new RawConnection(plain)) {
                connection.send(Requests.get("/health"));
                byte[] said = plain.getInputStream().readAllBytes();
                assertThat(new String(said)).doesNotContain("HTTP");
            } catch (java.net.SocketException reset) {
                // closed, too
            }
            assertThatThrownBy(() -> connect(server, certificate, "TLSv1.1")).isInstanceOf(IOException.class);
            await().until(() -> server.connections() == 0);
        }
    }

    @Test
    void theListenersForOperatorsStayPlain() throws IOException {
        try (MeshServer server = server().listener(Surface.API, 0)
                        .listener(Surface.MANAGEMENT, 0)
                        .start();
                RawConnection management = new RawConnection(server.port(Surface.MANAGEMENT), 0)) {
            assertThat(server.uri(Surface.API).getScheme()).isEqualTo("https");
            assertThat(server.uri(Surface.MANAGEMENT).getScheme()).isEqualTo("http");
            assertThat(management.send(Requests.get("/health/live")).read().status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aReplacedCertificateIsServedToNewConnectionsAndABrokenOneIsNot() throws IOException {
        TestCertificate next = TestCertificate.make(shared);
        try (MeshServer server =
                        server().certificateCheck(Duration.ofMillis(50)).start();
                RawConnection old = new RawConnection(connect(server, certificate))) {
            Files.writeString(folder.resolve("key.pem"), "nonsense");
            assertThat(old.send(Requests.get("/health/live")).read().status()).isEqualTo(200);
            await().during(Duration.ofMillis(300)).until(() -> isServed(server, certificate));

            next.keyIn(folder);
            next.certificateIn(folder);
            await().until(() -> isServed(server, next));
            assertThat(isServed(server, certificate)).isFalse();
            assertThat(old.send(Requests.get("/health/live")).read().status()).isEqualTo(200);
        }
    }

    private static boolean isServed(MeshServer server, TestCertificate expected) throws IOException {
        try (SSLSocket socket = connect(server, expected)) {
            return socket.isConnected();
        } catch (SSLException otherCertificate) {
            return false;
        }
    }

    @Test
    void whatIsWrongWithTheFilesIsSaidWithTheCure() throws IOException, GeneralSecurityException {
        Path cert = certificate.certificateIn(folder);
        Path key = certificate.keyIn(folder);
        Path other = Files.createDirectory(folder.resolve("other"));
        assertProblem(folder.resolve("none.pem"), key, "none.pem does not exist");
        assertProblem(cert, folder, "cannot be read");
        assertProblem(key, key, "key.pem", "certificate");
        assertProblem(cert, cert, "there is no private key in " + cert);
        assertProblem(cert, TestCertificate.make(shared).keyIn(other), "is not that of the first certificate");
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        Path rsaKey = Files.writeString(
                other.resolve("rsa.pem"),
                TestCertificate.pem(
                        "PRIVATE KEY", rsa.generateKeyPair().getPrivate().getEncoded()));
        assertProblem(cert, rsaKey, "is not a key of the kind EC");
        assertProblem(
                cert,
                Files.writeString(other.resolve("enc.pem"), TestCertificate.pem("ENCRYPTED PRIVATE KEY", new byte[80])),
                "is encrypted",
                "openssl pkcs8 -in ");
        assertProblem(
                cert,
                Files.writeString(
                        other.resolve("oldenc.pem"),
                        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n"
                                + "-----END RSA PRIVATE KEY-----\n"),
                "is encrypted");
        assertProblem(
                cert,
                Files.writeString(other.resolve("old.pem"), TestCertificate.pem("EC PRIVATE KEY", new byte[80])),
                "old form",
                "openssl pkcs8 -topk8 -nocrypt");
        TestCertificate expired = TestCertificate.expired(shared);
        assertProblem(expired.certificateIn(other), expired.keyIn(other), "has expired on", "renewed");
    }

    private static void assertProblem(Path cert, Path key, String... parts) {
        assertThatThrownBy(() -> MeshServer.of(DevMesh.builder().build())
                        .port(0)
                        .tls(cert, key)
                        .start())
                .isInstanceOf(MeshException.class)
                .hasMessageStartingWith("MeshServer cannot start: tls: ")
                .hasMessageContainingAll(parts);
    }
}
