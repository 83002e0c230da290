package dev.devmesh.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.DevMesh;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.tool.Tool;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardedTest {

    private static TrustedProxies proxies(String... ranges) {
        return new TrustedProxies(Arrays.stream(ranges)
                .map(range -> AddressRange.parse(range).orElseThrow())
                .toList());
    }

    private static HttpHeaders headers(String name, String... values) {
        HttpHeaders headers = new DefaultHttpHeaders();
        Arrays.stream(values).forEach(value -> headers.add(name, value));
        return headers;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "203.0.113.7                                 | 203.0.113.7",
                "1.1.1.1, 203.0.113.7                        | 203.0.113.7",
                "1.1.1.1, 203.0.113.7, 10.2.3.4              | 203.0.113.7",
                "10.9.9.9, 10.2.3.4                          | 10.9.9.9",
                "1.1.1.1, nonsense, 10.2.3.4                 | 10.2.3.4",
                "1.1.1.1, , 10.2.3.4                         | 10.2.3.4",
                "nonsense                                    | 10.0.0.1",
                "unknown                                     | 10.0.0.1",
                "203.0.113.7:5678                            | 203.0.113.7",
                "[2001:db8::1]:443                           | 2001:db8:0:0:0:0:0:1",
                "2001:db8::1                                 | 2001:db8:0:0:0:0:0:1",
                "::ffff:203.0.113.7                          | 203.0.113.7",
                "[2001:db8::1                                | 10.0.0.1",
                "example.com                                 | 10.0.0.1",
                "fe80::1%eth0                                | 10.0.0.1",
            })
    void theLastAddressThatIsNoProxysIsTheClient(String value, String client) {
        assertThat(proxies("10.0.0.0/8").client("10.0.0.1", headers("X-Forwarded-For", value)))
                .isEqualTo(client);
    }

    @Test
    void severalHeadersAreOneList() {
        assertThat(proxies("10.0.0.0/8")
                        .client("10.0.0.1", headers("X-Forwarded-For", "1.1.1.1, 203.0.113.7", "10.2.3.4")))
                .isEqualTo("203.0.113.7");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "for=203.0.113.7;proto=https;by=10.0.0.1            | 203.0.113.7          | https",
                "for=1.1.1.1;proto=http, For=\"203.0.113.7:80\";Proto=HTTPS | 203.0.113.7  | https",
                "for=\"[2001:db8::1]:443\"                          | 2001:db8:0:0:0:0:0:1 | ",
                "for=1.1.1.1, for=_hidden;proto=gopher              | 10.0.0.1             | ",
                "for=\"1.1.1.1, for=2.2.2.2                         | 10.0.0.1             | ",
            })
    void theStandardHeaderIsReadWhereTheUsualOneIsMissing(String value, String client, String scheme) {
        HttpHeaders headers = headers("Forwarded", value);
        assertThat(proxies("10.0.0.0/8").client("10.0.0.1", headers)).isEqualTo(client);
        assertThat(proxies("10.0.0.0/8").scheme(headers)).isEqualTo(Optional.ofNullable(scheme));
        headers.add("X-Forwarded-For", "9.9.9.9");
        assertThat(proxies("10.0.0.0/8").client("10.0.0.1", headers)).isEqualTo("9.9.9.9");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/33", "10.0.0.1/8", "10.0.0/8", "proxy.example.com", "::/129", "10.0.0.0/-1", ""})
    void aRangeThatIsNoneIsRefusedAtTheStart(String range) {
        assertThatThrownBy(() -> MeshServer.of(DevMesh.builder().build())
                        .port(0)
                        .trustedProxies(range)
                        .start())
                .isInstanceOf(MeshException.class)
                .hasMessageContaining("trustedProxies: '" + range + "' must look like 10.0.0.0/8");
    }

    @Test
    void rangesOfBothFamiliesAreKeptApart() {
        assertThat(AddressRange.parse("0.0.0.0/0")
                        .orElseThrow()
                        .contains(AddressRange.address("::1").orElseThrow()))
                .isFalse();
        assertThat(AddressRange.parse("2001:db8::/33")
                        .orElseThrow()
                        .contains(AddressRange.address("2001:db8:7fff::1").orElseThrow()))
                .isTrue();
        assertThat(AddressRange.parse("2001:db8::/33")
                        .orElseThrow()
                        .contains(AddressRange.address("2001:db8:8000::1").orElseThrow()))
                .isFalse();
    }

    @Test
    void authenticatorsSeeTheClientBehindAProxyAndNobodyElseCanPretend() throws IOException {
        Authenticator byAddress = new Authenticator() {
            @Override
            public Optional<Principal> authenticate(Credentials credentials) {
                return Optional.of(Principal.of(Tenant.single(), credentials.remoteAddress(), "tools"));
            }
        };
        String request = Requests.call(1, "who", "{}")
                .replace("\r\nContent-Length", "\r\nX-Forwarded-For: 203.0.113.7\r\nContent-Length");
        for (boolean trusted : new boolean[] {true, false}) {
            DevMesh mesh = DevMesh.builder()
                    .authenticator(byAddress)
                    .tool(Tool.named("who")
                            .nonBlocking()
                            .handle(call -> call.principal().subject()))
                    .build();
            MeshServerBuilder builder = MeshServer.of(mesh).port(0);
            try (MeshServer server = (trusted ? builder.trustedProxies("127.0.0.0/8") : builder).start();
                    RawConnection connection = new RawConnection(server)) {
                assertThat(Requests.text(connection.send(request).read()))
                        .isEqualTo(trusted ? "203.0.113.7" : "127.0.0.1");
            }
        }
    }
}
