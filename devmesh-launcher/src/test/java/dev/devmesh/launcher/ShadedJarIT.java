package dev.devmesh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is, and is not, in the one jar that operators run. */
final class ShadedJarIT {

    private static JarFile jar;
    private static List<String> entries;

    @BeforeAll
    static void openTheJar() throws IOException {
        jar = new JarFile(System.getProperty("devmesh.jar"));
        entries = jar.stream().map(ZipEntry::getName).toList();
    }

    @AfterAll
    static void closeTheJar() throws IOException {
        jar.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "io/netty/handler/codec/dns/",
                "io/netty/handler/codec/haproxy/",
                "io/netty/handler/codec/http2/",
                "io/netty/handler/codec/http3/",
                "io/netty/handler/codec/marshalling/",
                "io/netty/handler/codec/memcache/",
                "io/netty/handler/codec/mqtt/",
                "io/netty/handler/codec/protobuf/",
                "io/netty/handler/codec/quic/",
                "io/netty/handler/codec/redis/",
                "io/netty/handler/codec/smtp/",
                "io/netty/handler/codec/socks/",
                "io/netty/handler/codec/socksx/",
                "io/netty/handler/codec/stomp/",
                "io/netty/handler/codec/xml/",
                "io/netty/handler/proxy/",
                "io/netty/handler/ssl/ocsp/",
                "io/netty/resolver/dns/",
                "io/netty/channel/kqueue/",
                "io/netty/channel/rxtx/",
                "io/netty/channel/sctp/",
                "io/netty/channel/udt/",
                "META-INF/native/libnetty_quiche",
                "META-INF/native/libnetty_resolver_dns"
            })
    void partsOfNettyThatNobodyUsesAreAbsent(String prefix) {
        assertThat(entries).noneMatch(entry -> entry.startsWith(prefix));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "io/netty/handler/codec/http/HttpServerCodec.class",
                "io/netty/handler/codec/http/websocketx/WebSocketServerProtocolHandler.class",
                "io/netty/channel/epoll/Epoll.class",
                "io/netty/channel/uring/IoUring.class",
                "META-INF/native/libnetty_transport_native_epoll_x86_64.so",
                "META-INF/native/libnetty_transport_native_epoll_aarch_64.so",
                "META-INF/native/libnetty_transport_native_io_uring42_x86_64.so",
                "META-INF/native/libnetty_transport_native_io_uring42_aarch_64.so"
            })
    void partsOfNettyThatTheServerUsesAreInside(String entry) {
        assertThat(entries).contains(entry);
    }

    @Test
    void whatCallsOtherServersIsInside() {
        assertThat(entries)
                .contains(
                        "org/apache/hc/client5/http/impl/classic/HttpClients.class",
                        "org/apache/hc/core5/http/HttpHost.class",
                        "org/apache/hc/core5/http2/HttpVersionPolicy.class");
    }

    @Test
    void whatKeepsThingsInADatabaseIsInside() throws IOException {
        assertThat(entries)
                .contains(
                        "com/zaxxer/hikari/HikariDataSource.class",
                        "dev/devmesh/postgres/PostgresStore.class",
                        "dev/devmesh/postgres/migrations/index.txt");
        assertThat(providers("META-INF/services/java.sql.Driver")).containsExactly("org.postgresql.Driver");
        for (String migration :
                text("dev/devmesh/postgres/migrations/index.txt").split("\n")) {
            assertThat(entries).contains("dev/devmesh/postgres/migrations/" + migration);
        }
    }

    @Test
    void theManifestMakesItRunnable() throws IOException {
        Attributes manifest = jar.getManifest().getMainAttributes();

        assertThat(manifest.getValue("Main-Class")).isEqualTo("dev.devmesh.launcher.Main");
        assertThat(entries).contains("dev/devmesh/launcher/Main.class");
        assertThat(manifest.getValue("Enable-Native-Access")).isEqualTo("ALL-UNNAMED");
        assertThat(manifest.getValue("Multi-Release")).isEqualTo("true");
        assertThat(manifest.getValue("Implementation-Version")).isNotBlank();
    }

    @Test
    void theProvidersOfAllJarsAreListedAndPresent() throws IOException {
        List<String> services = entries.stream()
                .filter(entry -> entry.startsWith("META-INF/services/") && !entry.endsWith("/"))
                .toList();

        assertThat(providers("META-INF/services/tools.jackson.core.TokenStreamFactory"))
                .containsExactlyInAnyOrder(
                        "tools.jackson.core.json.JsonFactory", "tools.jackson.dataformat.yaml.YAMLFactory");
        for (String service : services) {
            assertThat(providers(service))
                    .as(service)
                    .doesNotHaveDuplicates()
                    .allSatisfy(provider -> assertThat(entries).contains(provider.replace('.', '/') + ".class"));
        }
    }

    @Test
    void licencesAndNoticesOfAllJarsAreInside() throws IOException {
        assertThat(text("META-INF/LICENSE"))
                .containsOnlyOnce("Apache License\n")
                .contains("END OF TERMS");
        assertThat(text("META-INF/NOTICE"))
                .contains("DevMesh", "Jackson JSON processor", "FastDoubleParser", "Apache HttpClient");
        assertThat(text("META-INF/LICENSE.txt")).contains("QOS.ch");
        assertThat(text("META-INF/licenses/postgresql-jdbc.txt")).contains("PostgreSQL Global Development Group");
    }

    @Test
    void nettyFindsTheVersionsOfItsParts() throws IOException {
        assertThat(text("META-INF/io.netty.versions.properties"))
                .contains("netty-common.version", "netty-codec-http.version", "netty-transport.version");
    }

    @Test
    void nothingStraysInFromTheJarsItIsMadeOf() {
        assertThat(entries).doesNotHaveDuplicates();
        assertThat(entries)
                .noneMatch(entry -> entry.endsWith("module-info.class"))
                .noneMatch(entry -> entry.matches("META-INF/[^/]+\\.(SF|DSA|RSA|EC)"))
                .noneMatch(entry -> entry.equals("META-INF/INDEX.LIST"))
                .noneMatch(entry -> entry.startsWith("org/junit/") || entry.startsWith("org/assertj/"));
    }

    private static List<String> providers(String service) throws IOException {
        return text(service)
                .lines()
                .map(line -> line.replaceFirst("#.*", "").strip())
                .filter(line -> !line.isEmpty())
                .toList();
    }

    private static String text(String entry) throws IOException {
        try (var in = jar.getInputStream(jar.getEntry(entry))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
