package dev.devmesh.netty;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;

/**
 * Addresses that begin with the same bits, as CIDR writes them: {@code 10.0.0.0/8}, {@code ::1}. Immutable.
 *
 * @param network the bits, and zeros behind them
 * @param bits how many count
 */
record AddressRange(InetAddress network, int bits) {

    /** The range that the text names, a single address without {@code /}; empty if it names none. */
    static Optional<AddressRange> parse(String text) {
        int slash = text.indexOf('/');
        Optional<InetAddress> address = address(slash < 0 ? text : text.substring(0, slash));
        if (address.isEmpty()) {
            return Optional.empty();
        }
        int all = address.get().getAddress().length * Byte.SIZE;
        String count = slash < 0 ? String.valueOf(all) : text.substring(slash + 1);
        if (!count.matches("\\d{1,3}") || Integer.parseInt(count) > all) {
            return Optional.empty();
        }
        AddressRange range = new AddressRange(address.get(), Integer.parseInt(count));
        return range.isWhole() ? Optional.of(range) : Optional.empty();
    }

    /** The address that the text is, as a number; a name is none. One of IPv4 in the form of IPv6 is one of IPv4. */
    static Optional<InetAddress> address(String text) {
        byte[] bytes = text.indexOf('%') < 0 ? NetUtil.createByteArrayFromIpAddressString(text) : null;
        if (bytes == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByAddress(bytes));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }

    private boolean isWhole() {
        byte[] bytes = network.getAddress();
        for (int bit = bits; bit < bytes.length * Byte.SIZE; bit++) {
            if (bit(bytes, bit)) {
                return false;
            }
        }
        return true;
    }

    boolean contains(InetAddress address) {
        byte[] wanted = network.getAddress();
        byte[] given = address.getAddress();
        int whole = bits / Byte.SIZE;
        if (given.length != wanted.length || !Arrays.equals(wanted, 0, whole, given, 0, whole)) {
            return false;
        }
        for (int bit = whole * Byte.SIZE; bit < bits; bit++) {
            if (bit(wanted, bit) != bit(given, bit)) {
                return false;
            }
        }
        return true;
    }

    private static boolean bit(byte[] bytes, int index) {
        return (bytes[index / Byte.SIZE] >> (Byte.SIZE - 1 - index % Byte.SIZE) & 1) == 1;
    }

    @Override
    public String toString() {
        return network.getHostAddress() + "/" + bits;
    }
}
