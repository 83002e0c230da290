package dev.devmesh.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublicAddressesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.1",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.0.1.1",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "223.255.255.255",
                "2001:200::1",
                "2001:4860:4860::8888",
                "2003::1",
                "2606:4700::1111",
                "2a00:1450::1"
            })
    void neighboursOfWhatIsRefusedArePublic(String address) {
        assertThat(PublicAddresses.hold(IpRange.address(address))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.255.255.255",
                "10.0.0.0",
                "10.255.255.255",
                "100.64.0.0",
                "100.127.255.255",
                "127.0.0.0",
                "127.255.255.255",
                "168.63.129.16",
                "169.254.0.0",
                "169.254.255.255",
                "172.16.0.0",
                "172.31.255.255",
                "192.0.0.0",
                "192.0.0.255",
                "192.0.2.255",
                "192.88.99.1",
                "192.168.255.255",
                "198.18.0.0",
                "198.19.255.255",
                "198.51.100.0",
                "203.0.113.255",
                "224.0.0.0",
                "255.255.255.255",
                "::",
                "::1",
                "::2",
                "64:ff9b::808:808",
                "64:ff9b:1::1",
                "100::",
                "1fff:ffff::",
                "2001::1",
                "2001:1ff:ffff::",
                "2001:db8::",
                "2002:808:808::",
                "3fff:fff::1",
                "4000::",
                "fc00::",
                "fdff::",
                "fe80::",
                "febf::",
                "fec0::",
                "ff00::",
                "fd00:ec2::254"
            })
    void theEndsOfEveryRefusedRangeAreNotPublic(String address) {
        assertThat(PublicAddresses.hold(IpRange.address(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0/33",
                "10.0.0.1/8",
                "fd00::/129",
                "fd00::1/64",
                "10.0.0.0/",
                "10.0.0.0/-1",
                "10.0.0.0/x",
                "::ffff:10.0.0.1",
                "10.0.0",
                "host"
            })
    void whatIsNoRangeIsRefused(String text) {
        assertThatThrownBy(() -> IpRange.of(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
