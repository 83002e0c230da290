package dev.devmesh.outbound;

import static dev.devmesh.outbound.SsrfTest.addresses;
import static dev.devmesh.outbound.SsrfTest.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsServer;
import dev.devmesh.ErrorCode;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutboundTlsTest {

    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    static Path directory;

    private static SSLContext tls;
    private static Destination server;
    private static final AtomicReference<String> ASKED_FOR = new AtomicReference<>("");

    @BeforeAll
    static void serve() throws Exception {
        tls = selfSigned("dns:mesh.test");
        HttpsServer https = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        https.setHttpsConfigurator(new HttpsConfigurator(tls));
        server = new Destination(https).on("/", exchange -> {
            ExtendedSSLSession session = (ExtendedSSLSession) ((HttpsExchange) exchange).getSSLSession();
            ASKED_FOR.set(session.getRequestedServerNames().stream()
                    .map(name -> ((SNIHostName) name).getAsciiName())
                    .findFirst()
                    .orElse(""));
            Destination.answer(exchange, 200, "sealed".getBytes(StandardCharsets.UTF_8));
        });
    }

    @AfterAll
    static void close() {
        server.close();
    }

    private static OutboundClientBuilder client() {
        return OutboundClient.builder()
                .allow(OutboundAllow.of("127.0.0.1:" + server.port()))
                .resolver(host -> addresses("127.0.0.1"));
    }

    @Test
    void theNameOfTheUrlIsInTheHandshakeAndInTheHostHeader() {
        try (OutboundClient client = client().tls(tls).build()) {
            OutboundResponse response = client.send(OutboundRequest.get("https://MESH.test.:" + server.port() + "/"));

            assertThat(response.text()).isEqualTo("sealed");
        }
        assertThat(ASKED_FOR).hasValue("mesh.test");
        assertThat(server.seen())
                .last()
                .satisfies(seen -> assertThat(seen.headers().getFirst("Host")).isEqualTo("mesh.test:" + server.port()));
    }

    @Test
    void aCertificateForAnotherNameOrOfNobodyKnownIsRefused() {
        try (OutboundClient trusting = client().tls(tls).build();
                OutboundClient plain = client().build()) {
            assertThat(refusal(trusting, OutboundRequest.get("https://other.test:" + server.port() + "/"))
                            .sentence())
                    .contains("TLS handshake", "other.test");
            assertThat(refusal(trusting, OutboundRequest.get("https://127.0.0.1:" + server.port() + "/"))
                            .code())
                    .isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
            assertThat(refusal(plain, OutboundRequest.get("https://mesh.test:" + server.port() + "/"))
                            .code())
                    .isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
        }
    }

    private static SSLContext selfSigned(String name) throws Exception {
        Path file = directory.resolve("keys.p12");
        Process keytool = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=test",
                        "-ext",
                        "san=" + name,
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD),
                        "-keystore",
                        file.toString()))
                .inheritIO()
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD);
        }
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, PASSWORD);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", keys.getCertificate("server"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
