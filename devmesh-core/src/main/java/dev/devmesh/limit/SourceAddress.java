package dev.devmesh.limit;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * What of an address stands for whoever is behind it. Of IPv6 that is the first half: a single host has the whole other half to
 * itself, and would be as many as it likes.
 */
public final class SourceAddress {

    private SourceAddress() {}

    /**
     * What stands for the host that has an address.
     *
     * @param text an address as transports write it; anything else stands for itself
     */
    public static String of(String text) {
        if (text.indexOf(':') < 0) {
            return text;
        }
        try {
            // With a colon in it this is read, never looked up.
            InetAddress address = InetAddress.getByName(text);
            if (!(address instanceof Inet6Address)) {
                return address.getHostAddress();
            }
            byte[] half = Arrays.copyOf(address.getAddress(), 16);
            Arrays.fill(half, 8, 16, (byte) 0);
            return address.isLoopbackAddress()
                    ? text
                    : InetAddress.getByAddress(half).getHostAddress() + "/64";
        } catch (UnknownHostException notAnAddress) {
            return text;
        }
    }
}
