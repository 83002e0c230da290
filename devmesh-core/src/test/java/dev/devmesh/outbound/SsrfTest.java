package dev.devmesh.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Ways to make a server call itself. The list allows the canary's port at another address, so that it is the address that is refused, and
 * not only the port or the scheme.
 */
class SsrfTest {

    /** Everything that means, or that some program takes for, an address that is not public. */
    static final List<String> HOSTS = List.of(
            "127.0.0.1",
            "127.0.0.1.",
            "127.0.0.2",
            "127.255.255.254",
            "127.1",
            "127.0.1",
            "127",
            "0",
            "0.0.0.0",
            "0.1.2.3",
            "2130706433",
            "017700000001",
            "0x7f000001",
            "0X7F000001",
            "0x7f.1",
            "0x7f.0.0.1",
            "0x7f.0x0.0x0.0x1",
            "0177.0.0.1",
            "0177.1",
            "0177.0x0.0.1",
            "00127.0.0.1",
            "127.0.0.01",
            "127.000.000.001",
            "127.0.0.1.0",
            "127.0.0.257",
            "4294967297",
            "localhost",
            "localhost.",
            "LOCALHOST",
            "LocalHost",
            "localhost..",
            "127。0。0。1",
            "127．0．0．1",
            "127｡0｡0｡1",
            "１２７.０.０.１",
            "①②⑦.⓪.⓪.①",
            "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
            "ｌｏｃａｌｈｏｓｔ",
            "ℒocalhost",
            "local\u00ADhost",
            "127.0.0.%31",
            "%31%32%37.0.0.1",
            "loc%61lhost",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[0000:0000:0000:0000:0000:0000:0000:0001]",
            "[::0001]",
            "[::127.0.0.1]",
            "[::7f00:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::FFFF:7F00:0001]",
            "[0:0:0:0:0:ffff:127.0.0.1]",
            "[::ffff:0:127.0.0.1]",
            "[64:ff9b::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b:1::7f00:1]",
            "[2002:7f00:1::]",
            "[2002:7f00:0001::1]",
            "[2001:0:7f00:1::]",
            "[2001:db8::1]",
            "[3fff::1]",
            "[fe80::1]",
            "[fe80::1%25lo]",
            "[fe80::1%lo]",
            "[fec0::1]",
            "[fc00::1]",
            "[fd00::1]",
            "[fd00:ec2::254]",
            "[ff02::1]",
            "[100::1]",
            "[5f00::1]",
            "[127.0.0.1]",
            "[::1",
            "::1",
            "[]",
            "[1::2::3]",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "168.63.129.16",
            "169.254.169.254",
            "169.254.170.2",
            "169.254.43518",
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255");

    private final Canary canary = new Canary();
    private final Destination origin = new Destination();
    private final OutboundClient client = client(SsrfTest::resolve);

    private OutboundClient client(Resolver resolver) {
        return OutboundClient.builder()
                .allow(OutboundAllow.of("203.0.113.77:" + canary.port(), "127.0.0.1:" + origin.port()))
                .resolver(resolver)
                .connectTimeout(Duration.ofMillis(500))
                .timeout(Duration.ofSeconds(2))
                .build();
    }

    private static List<InetAddress> resolve(String host) throws UnknownHostException {
        return switch (host) {
            case "localhost" -> Resolver.SYSTEM.resolve(host);
            case "private.test" -> addresses("10.1.2.3");
            case "loopback.test", "good.test" -> addresses("127.0.0.1");
            case "six.test" -> addresses("::1");
            case "metadata.test" -> addresses("169.254.169.254");
            case "mixed.test" -> addresses("93.184.216.34", "127.0.0.1");
            case "mixed-last.test" -> addresses("127.0.0.1", "93.184.216.34");
            case "mapped.test" -> List.of(InetAddress.getByName("::ffff:127.0.0.1"));
            case "nat64.test" -> addresses("64:ff9b::7f00:1");
            default -> throw new UnknownHostException(host);
        };
    }

    static List<InetAddress> addresses(String... texts) {
        return Stream.of(texts).map(IpRange::address).toList();
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        origin.close();
        canary.close();
    }

    @Test
    void theCanaryHearsWhatIsAllowed() {
        try (OutboundClient allowed = OutboundClient.builder()
                .allow(OutboundAllow.of("127.0.0.1:" + canary.port()))
                .build()) {
            refusal(allowed, OutboundRequest.get("http://127.0.0.1:" + canary.port() + "/"));
        }

        assertThat(canary.connections()).isEqualTo(1);
    }

    @Test
    void noSpellingOfAnAddressThatIsNotPublicIsCalled() {
        for (String host : HOSTS) {
            for (String scheme : List.of("http", "https")) {
                String url = scheme + "://" + host + ":" + canary.port() + "/";
                assertThat(refusal(client, OutboundRequest.get(url)).code())
                        .as(url)
                        .isEqualTo(ErrorCode.ADDRESS_REFUSED);
            }
            String url = "https://" + host + "/";
            assertThat(refusal(client, OutboundRequest.get(url)).code()).as(url).isEqualTo(ErrorCode.ADDRESS_REFUSED);
        }
        assertThat(HOSTS).doesNotHaveDuplicates().hasSizeGreaterThan(80);
        assertThat(canary.connections()).isZero();
    }

    static Stream<String> tricks() {
        return Stream.of(
                "http://good.test@127.0.0.1:%d/",
                "http://good.test:80@127.0.0.1:%d/",
                "http://127.0.0.1:%d@good.test/",
                "http://@127.0.0.1:%d/",
                "http://good.test%%40127.0.0.1:%d/",
                "http://good.test\\@127.0.0.1:%d/",
                "http://127.0.0.1\\@good.test:%d/",
                "http:\\\\127.0.0.1:%d/",
                "http:/\\127.0.0.1:%d/",
                "http:127.0.0.1:%d/",
                "http:/127.0.0.1:%d/",
                "http:///127.0.0.1:%d/",
                "//127.0.0.1:%d/",
                "127.0.0.1:%d",
                "ht\ttp://127.0.0.1:%d/",
                "http://127.0.\t0.1:%d/",
                "http://127.0.0.1\n:%d/",
                "http://127.0.0.1\r\nX: y:%d/",
                "\u0001http://127.0.0.1:%d/",
                " http://127.0.0.1:%d/",
                "http://127.0.0.1 .good.test:%d/",
                "http://127.0.0.1#@good.test:%d/",
                "http://127.0.0.1?@good.test:%d/",
                "http://127.0.0.1:80:%d/",
                "http://127.0.0.1:%d:80/",
                "http://127.0.0.1:0%d/",
                "http://127.0.0.1:+%d/",
                "http://127.0.0.1:-1%d/",
                "http://127.0.0.1:99999%d/",
                "http://127.0.0.1:０%d/",
                "http://[127.0.0.1]:%d/",
                "http://[::1]@good.test:%d/",
                "http://[::1]x:%d/",
                "http://x[::1]:%d/",
                "http://.127.0.0.1:%d/",
                "http://127..0.0.1:%d/",
                "http://*:%d/",
                "http://:%d/",
                "http://good.test;@127.0.0.1:%d/",
                "http://a／b@127.0.0.1:%d/",
                "http://℀.test:%d/",
                "http://-.test:%d/",
                "HTTP://LOCALHOST:%d/",
                "file:///etc/passwd",
                "file://127.0.0.1:%d/etc/passwd",
                "gopher://127.0.0.1:%d/_x",
                "ftp://127.0.0.1:%d/",
                "ldap://127.0.0.1:%d/",
                "dict://127.0.0.1:%d/x",
                "jar:http://127.0.0.1:%d!/",
                "data:text/plain,x",
                "javascript:1",
                "unix:///var/run/docker.sock",
                "",
                "/",
                "http://",
                "https://private.test:%d/",
                "https://loopback.test:%d/",
                "https://LOOPBACK.TEST.:%d/",
                "https://six.test:%d/",
                "https://metadata.test/",
                "https://mixed.test:%d/",
                "https://mixed-last.test:%d/",
                "https://mapped.test:%d/",
                "https://nat64.test:%d/");
    }

    @ParameterizedTest
    @MethodSource("tricks")
    void noTrickOfTheParserLeadsThere(String trick) {
        String url = trick.contains("%") ? String.format(trick, canary.port()) : trick;

        assertThat(refusal(client, OutboundRequest.get(url)).code()).isEqualTo(ErrorCode.ADDRESS_REFUSED);
        assertThat(canary.connections()).isZero();
    }

    static Stream<Integer> redirects() {
        return Stream.of(301, 302, 303, 307, 308);
    }

    @ParameterizedTest
    @MethodSource("redirects")
    void noRedirectLeadsThere(int status) {
        List<String> locations = Stream.concat(
                        HOSTS.stream().map(host -> "http://" + host + ":" + canary.port() + "/"),
                        tricks().map(trick -> trick.contains("%") ? String.format(trick, canary.port()) : trick))
                .filter(location -> location.chars().allMatch(c -> c >= 0x20 && c < 0x7f))
                .filter(location -> location.contains(":") && !location.isEmpty())
                .toList();
        AtomicInteger next = new AtomicInteger();
        origin.on("/away", exchange -> {
            exchange.getResponseHeaders().set("Location", locations.get(next.get()));
            Destination.answer(exchange, status, new byte[0]);
        });
        for (; next.get() < locations.size(); next.incrementAndGet()) {
            assertThat(refusal(client, OutboundRequest.postJson(origin.url("/away"), "{}"))
                            .code())
                    .as(locations.get(next.get()))
                    .isEqualTo(ErrorCode.ADDRESS_REFUSED);
        }
        assertThat(locations).hasSizeGreaterThan(120);
        assertThat(canary.connections()).isZero();
    }

    @Test
    void aNameThatAlternatesBetweenPublicAndPrivateAnswersIsNeverCalledAtThePrivateOne() {
        AtomicInteger asked = new AtomicInteger();
        // 192.0.2.1 stands for a public address: it is allowed here, and nobody answers there.
        try (OutboundClient rebound = OutboundClient.builder()
                .allow(OutboundAllow.of("192.0.2.1"))
                .resolver(host -> addresses(asked.getAndIncrement() % 2 == 0 ? "192.0.2.1" : "127.0.0.1"))
                .connectTimeout(Duration.ofMillis(100))
                .build()) {
            for (int i = 0; i < 6; i++) {
                MeshException problem =
                        refusal(rebound, OutboundRequest.get("http://rebind.test:" + canary.port() + "/"));
                assertThat(problem.code())
                        .isIn(
                                i % 2 == 0
                                        ? List.of(ErrorCode.UPSTREAM_TIMEOUT, ErrorCode.UPSTREAM_UNREACHABLE)
                                        : List.of(ErrorCode.ADDRESS_REFUSED));
            }
        }

        assertThat(asked).as("one look-up for each request").hasValue(6);
        assertThat(canary.connections()).isZero();
    }

    @Test
    void anAllowedNameIsNotCalledAtAMetadataAddress() {
        try (OutboundClient allowed = OutboundClient.builder()
                .allow(OutboundAllow.of("partner.test"))
                .resolver(host -> addresses("169.254.169.254"))
                .build()) {
            assertThat(refusal(allowed, OutboundRequest.get("http://partner.test/"))
                            .code())
                    .isEqualTo(ErrorCode.ADDRESS_REFUSED);
        }
    }

    @Test
    void aRefusalNamesTheHostAsItWasGivenAndNeverWhatIsBehindIt() {
        MeshException problem =
                refusal(client, OutboundRequest.get("https://Private.test/secret-path?token=hush#frag"));

        assertThat(problem.sentence())
                .contains("'Private.test'", "add private.test:443 to outbound.allow")
                .doesNotContain("10.1.2.3", "secret-path", "hush");
        assertThat(refusal(client, OutboundRequest.get("https://me:hush@private.test/"))
                        .sentence())
                .doesNotContain("hush");
        assertThat(refusal(client, OutboundRequest.get("https://hush hush/")).sentence())
                .doesNotContain("hush");
    }

    static MeshException refusal(OutboundClient client, OutboundRequest request) {
        MeshException problem = catchThrowableOfType(MeshException.class, () -> client.send(request));
        assertThat(problem).as("should not be answered").isNotNull();
        return problem;
    }
}
