package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthorityTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.255.255.254",
                "127.0.0.1:8080",
                "localhost",
                "a.localhost",
                "[::1]",
                "[0:0:0:0:0:0:0:1]:1"
            })
    void meansThisMachine(String text) {
        assertThat(Authority.parse(text))
                .hasValueSatisfying(host -> assertThat(host.isLocal()).isTrue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0",
                "127.0.0.",
                "127.0.0.1.",
                "127.0.0.1.1",
                "127..0.1",
                "127.0.0.1111",
                "127.0.0.1a",
                "127.a.0.1",
                "127.evil.com",
                "128.0.0.1",
                "1127.0.0.1",
                "localhost.com",
                "xlocalhost",
                "[::11]",
                "[::ffff:7f00:1]"
            })
    void meansAnotherOrMayMeanAnother(String text) {
        assertThat(Authority.parse(text))
                .hasValueSatisfying(host -> assertThat(host.isLocal()).isFalse());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", ":80", "a:b", "a:-1", "a:65536", "a:1:2", "[::1", "::1", "[::1]x", "[]", "[x]:1", "a b", "a/b",
                "a@b", "ä"
            })
    void isNoHost(String text) {
        assertThat(Authority.parse(text)).isEmpty();
    }
}
