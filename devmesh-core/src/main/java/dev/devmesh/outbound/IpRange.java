package dev.devmesh.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** Addresses that begin alike. IPv4 and IPv6 are apart: no range of one holds an address of the other. Immutable. */
final class IpRange {

    private static final Pattern IPV4 =
            Pattern.compile("(0|[1-9]\\d{0,2})\\.(0|[1-9]\\d{0,2})\\.(0|[1-9]\\d{0,2})\\.(0|[1-9]\\d{0,2})");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");

    private final byte[] first;
    private final int bits;

    private IpRange(byte[] first, int bits) {
        this.first = first;
        this.bits = bits;
    }

    /**
     * Reads an address in its plain spelling: four decimal numbers without leading zeros, or IPv6 without brackets and zone. Nothing is
     * looked up.
     *
     * @throws IllegalArgumentException if it is none, or an IPv4 address in the clothes of IPv6
     */
    static InetAddress address(String text) {
        try {
            if (text.indexOf(':') < 0) {
                return InetAddress.getByAddress(fourBytes(text));
            }
            if (IPV6.matcher(text).matches()) {
                InetAddress read = InetAddress.getByName("[" + text + "]");
                if (read.getAddress().length == 16) {
                    return read;
                }
            }
        } catch (UnknownHostException e) {
            // falls through: what is wrong is the same
        }
        throw new IllegalArgumentException("'" + text + "' is not an IP address");
    }

    private static byte[] fourBytes(String text) {
        var parts = IPV4.matcher(text);
        if (parts.matches()) {
            byte[] bytes = new byte[4];
            for (int i = 0; i < 4; i++) {
                int number = Integer.parseInt(parts.group(i + 1));
                if (number > 255) {
                    throw new IllegalArgumentException("'" + text + "' is not an IP address");
                }
                bytes[i] = (byte) number;
            }
            return bytes;
        }
        throw new IllegalArgumentException("'" + text + "' is not an IP address");
    }

    /**
     * Reads {@code address} or {@code address/bits}.
     *
     * @throws IllegalArgumentException if it is neither, or bits beyond the prefix are set
     */
    static IpRange of(String text) {
        int slash = text.indexOf('/');
        byte[] address = address(slash < 0 ? text : text.substring(0, slash)).getAddress();
        int all = address.length * 8;
        String prefix = slash < 0 ? String.valueOf(all) : text.substring(slash + 1);
        if (!prefix.matches("\\d{1,3}") || Integer.parseInt(prefix) > all) {
            throw new IllegalArgumentException("'" + text + "' needs a prefix of 0 to " + all + " bits");
        }
        IpRange range = new IpRange(address, Integer.parseInt(prefix));
        for (int bit = range.bits; bit < all; bit++) {
            if ((address[bit / 8] >> (7 - bit % 8) & 1) != 0) {
                throw new IllegalArgumentException("'" + text + "' has bits set beyond its prefix");
            }
        }
        return range;
    }

    boolean holds(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != first.length) {
            return false;
        }
        int whole = bits / 8;
        for (int i = 0; i < whole; i++) {
            if (bytes[i] != first[i]) {
                return false;
            }
        }
        int rest = bits % 8;
        return rest == 0 || (bytes[whole] ^ first[whole]) >> (8 - rest) == 0;
    }
}
