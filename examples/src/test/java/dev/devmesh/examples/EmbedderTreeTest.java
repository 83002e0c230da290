package dev.devmesh.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application gets that depends on devmesh-transport-netty, as this module does. */
final class EmbedderTreeTest {

    private static final List<String> CLASS_PATH = Arrays.stream(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> Path.of(entry).getFileName().toString())
            .toList();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "netty-codec-4",
                "netty-codec-classes-quic",
                "netty-codec-dns",
                "netty-codec-haproxy",
                "netty-codec-http2",
                "netty-codec-http3",
                "netty-codec-marshalling",
                "netty-codec-memcache",
                "netty-codec-mqtt",
                "netty-codec-native-quic",
                "netty-codec-protobuf",
                "netty-codec-redis",
                "netty-codec-smtp",
                "netty-codec-socks",
                "netty-codec-stomp",
                "netty-codec-xml",
                "netty-handler-proxy",
                "netty-handler-ssl-ocsp",
                "netty-resolver-dns",
                "netty-transport-classes-kqueue",
                "netty-transport-native-kqueue",
                "netty-transport-rxtx",
                "netty-transport-sctp",
                "netty-transport-udt"
            })
    void partsOfNettyThatNobodyUsesAreAbsent(String prefix) {
        assertThat(CLASS_PATH).noneMatch(jar -> jar.startsWith(prefix));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "netty-buffer-\\d.*",
                "netty-codec-base-\\d.*",
                "netty-codec-http-\\d.*",
                "netty-common-\\d.*",
                "netty-handler-\\d.*",
                "netty-resolver-\\d.*",
                "netty-transport-\\d.*",
                "netty-transport-classes-epoll-.*",
                "netty-transport-classes-io_uring-.*",
                "netty-transport-native-epoll-.*-linux-x86_64.jar",
                "netty-transport-native-epoll-.*-linux-aarch_64.jar",
                "netty-transport-native-io_uring-.*-linux-x86_64.jar",
                "netty-transport-native-io_uring-.*-linux-aarch_64.jar",
                "netty-transport-native-unix-common-.*"
            })
    void partsOfNettyThatTheServerUsesArePresent(String name) {
        assertThat(CLASS_PATH).anyMatch(jar -> jar.matches(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"logback-", "log4j-core", "slf4j-simple", "picocli", "jackson-dataformat-yaml"})
    void whatBelongsToTheLauncherIsAbsent(String prefix) {
        assertThat(CLASS_PATH).noneMatch(jar -> jar.startsWith(prefix));
    }

    /** It is for those who call addresses that users name; they add it by one line. */
    @ParameterizedTest
    @ValueSource(strings = {"httpclient5", "httpcore5"})
    void whatIsOptionalInCoreIsAbsent(String prefix) {
        assertThat(CLASS_PATH).noneMatch(jar -> jar.startsWith(prefix));
    }

    @Test
    void nettyIsThereInOneVersion() {
        assertThat(CLASS_PATH.stream()
                        .filter(jar -> jar.startsWith("netty-"))
                        .map(jar -> jar.replaceFirst("^.*?-(\\d+\\.\\d+\\.\\d+\\.Final).*$", "$1"))
                        .distinct())
                .hasSize(1);
    }
}
