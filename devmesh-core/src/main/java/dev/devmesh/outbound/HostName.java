package dev.devmesh.outbound;

import java.net.IDN;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A host as everything behind the parser sees it: lower-case ASCII without the last dot, or an address in its plain spelling. What other
 * programs take for a number in disguise ({@code 2130706433}, {@code 0x7f.1}, {@code 0177.0.0.1}) is no host at all. Immutable.
 *
 * @param ascii the name, or the address without brackets
 * @param address the address, where the host is one
 */
record HostName(String ascii, Optional<InetAddress> address) {

    private static final int LONGEST = 253;
    private static final Pattern LABELS =
            Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*");
    private static final Pattern NUMBER = Pattern.compile("(.*\\.)?(\\d+|0x[0-9a-f]*)");

    /**
     * @param text a host as a URL has it, IPv6 in brackets
     * @throws IllegalArgumentException if it is none
     */
    static HostName of(String text) {
        if (text.startsWith("[")) {
            if (text.length() < 4 || !text.endsWith("]") || text.indexOf(':') < 0) {
                throw new IllegalArgumentException("not a host");
            }
            String inside = text.substring(1, text.length() - 1).toLowerCase(Locale.ROOT);
            return new HostName(inside, Optional.of(IpRange.address(inside)));
        }
        String ascii = withoutLastDot(ascii(text));
        if (ascii.length() > LONGEST || !LABELS.matcher(ascii).matches()) {
            throw new IllegalArgumentException("not a host");
        }
        if (NUMBER.matcher(ascii).matches()) {
            return new HostName(ascii, Optional.of(IpRange.address(ascii)));
        }
        return new HostName(ascii, Optional.empty());
    }

    private static String ascii(String text) {
        boolean plain = text.chars().allMatch(c -> c < 0x80);
        if (!plain && text.length() > LONGEST) {
            throw new IllegalArgumentException("not a host");
        }
        // Brings full-width and enclosed letters, digits and dots into their plain form, too.
        return (plain ? text : IDN.toASCII(text, IDN.USE_STD3_ASCII_RULES)).toLowerCase(Locale.ROOT);
    }

    private static String withoutLastDot(String text) {
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }

    /** The host as it stands in a URL. */
    String inUrl() {
        return ascii.indexOf(':') < 0 ? ascii : "[" + ascii + "]";
    }
}
