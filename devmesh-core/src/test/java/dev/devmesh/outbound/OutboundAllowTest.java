package dev.devmesh.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutboundAllowTest {

    @ParameterizedTest
    @CsvSource({
        "ollama:11434, http://ollama:11434/, 10.0.0.1, true",
        "ollama:11434, http://OLLAMA.:11434/, 10.0.0.1, true",
        "Ollama., http://ollama:5/, 10.0.0.1, true",
        "ollama:11434, http://ollama:11435/, 10.0.0.1, false",
        "ollama, http://ollama.example/, 10.0.0.1, false",
        "ollama, http://x.ollama/, 10.0.0.1, false",
        "ollama, http://ollama/, 169.254.169.254, false",
        "ollama, http://ollama/, fd00:ec2::254, false",
        "ollama, http://ollama/, 0.0.0.0, false",
        "ollama, http://ollama/, 224.0.0.1, false",
        "bücher.example, http://xn--bcher-kva.example/, 10.0.0.1, true",
        "10.0.0.0/8, http://any/, 10.200.0.1, true",
        "10.0.0.0/8, http://any/, 11.0.0.1, false",
        "10.0.0.0/8:8080, http://any:8080/, 10.0.0.1, true",
        "10.0.0.0/8:8080, http://any/, 10.0.0.1, false",
        "127.0.0.1, http://any:7/, 127.0.0.1, true",
        "127.0.0.1:7, http://any:7/, 127.0.0.2, false",
        "169.254.169.254, http://any/, 169.254.169.254, true",
        "::1, http://any:7/, ::1, true",
        "[::1], http://any:7/, ::1, true",
        "[::1]:7, http://any:7/, ::1, true",
        "[::1]:7, http://any:8/, ::1, false",
        "fd00::/8, http://any/, fd12::1, true",
        "fd00::/8:443, https://any/, fd12::1, true",
        "[fd00::]/8:443, https://any/, fd12::1, true",
        "[fd00::/8]:443, https://any/, fd12::1, true",
        "0.0.0.0/0, http://any/, ::1, false"
    })
    void anEntryCoversWhatItSays(String entry, String url, String address, boolean covered) {
        assertThat(OutboundAllow.of(entry).covers(Target.of(url), IpRange.address(address)))
                .isEqualTo(covered);
    }

    @Test
    void everyEntryThatIsNoneIsNamed() {
        assertThatThrownBy(() -> OutboundAllow.of(
                        "fine.example",
                        "",
                        "*.example.com",
                        "http://a",
                        "a:0",
                        "a:65536",
                        "a:b",
                        "a/8",
                        "10.0.0.0/40",
                        "10.0.0.1/8",
                        "0x7f.1",
                        "[::1",
                        "[::ffff:10.0.0.1]",
                        "a b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(
                        "outbound.allow: ''",
                        "'*.example.com'",
                        "'http://a'",
                        "'a:0'",
                        "'a:65536'",
                        "'a:b'",
                        "'a/8'",
                        "'10.0.0.0/40'",
                        "'10.0.0.1/8'",
                        "'0x7f.1'",
                        "'[::1'",
                        "'[::ffff:10.0.0.1]'",
                        "'a b'",
                        " are not host")
                .hasMessageNotContaining("fine.example");
    }
}
