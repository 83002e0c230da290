package dev.devmesh.outbound;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/**
 * Which addresses belong to the public internet. Of IPv6 only what is handed out as global unicast does, so everything that wraps an
 * IPv4 address outside of it (mapped, compatible, NAT64) is refused with the rest. Stateless.
 */
final class PublicAddresses {

    private static final List<IpRange> IPV4_EXCEPT = ranges(
            "0.0.0.0/8", // this network; 0.0.0.0 reaches the machine itself
            "10.0.0.0/8",
            "100.64.0.0/10", // carrier-grade NAT
            "127.0.0.0/8",
            "168.63.129.16", // metadata of a cloud, in public space
            "169.254.0.0/16", // link-local; metadata of most clouds
            "172.16.0.0/12",
            "192.0.0.0/24", // protocol assignments
            "192.0.2.0/24", // documentation
            "192.88.99.0/24", // relays of 6to4
            "192.168.0.0/16",
            "198.18.0.0/15", // benchmarks
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4", // multicast
            "240.0.0.0/4"); // reserved, broadcast

    private static final IpRange IPV6_GLOBAL = IpRange.of("2000::/3");

    private static final List<IpRange> IPV6_EXCEPT = ranges(
            "2001::/23", // protocol assignments, Teredo among them
            "2001:db8::/32", // documentation
            "2002::/16", // 6to4
            "3fff::/20"); // documentation

    /** What nobody means who allows a name: such an address is only called where the list holds the address itself. */
    private static final List<IpRange> NEVER_BEHIND_A_NAME = ranges(
            "0.0.0.0/8",
            "100.100.100.200", // metadata of a cloud
            "168.63.129.16",
            "169.254.0.0/16",
            "192.0.0.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::",
            "fd00:ec2::/32", // metadata of a cloud
            "fe80::/10",
            "ff00::/8");

    private PublicAddresses() {}

    static boolean hold(InetAddress address) {
        if (address instanceof Inet4Address) {
            return !in(IPV4_EXCEPT, address);
        }
        return IPV6_GLOBAL.holds(address) && !in(IPV6_EXCEPT, address);
    }

    static boolean mayBeBehindAnAllowedName(InetAddress address) {
        return !in(NEVER_BEHIND_A_NAME, address);
    }

    private static boolean in(List<IpRange> ranges, InetAddress address) {
        return ranges.stream().anyMatch(range -> range.holds(address));
    }

    private static List<IpRange> ranges(String... texts) {
        return Arrays.stream(texts).map(IpRange::of).toList();
    }
}
