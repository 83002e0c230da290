package dev.devmesh.netty;

import java.util.Locale;
import java.util.Optional;

/**
 * The {@code host[:port]} of a Host header, an Origin or an allow list.
 *
 * @param host in lower case, an IPv6 literal in brackets
 * @param port -1 if none was given
 */
record Authority(String host, int port) {

    /** The parts of {@code text}, or empty if it is not {@code host[:port]}. */
    static Optional<Authority> parse(String text) {
        int colon = text.startsWith("[") ? text.indexOf(':', text.indexOf(']') + 1) : text.indexOf(':');
        String host = colon < 0 ? text : text.substring(0, colon);
        int port = colon < 0 ? -1 : port(text, colon + 1);
        boolean well = port >= -1 && (host.startsWith("[") ? isIpv6Literal(host) : isName(host));
        return well ? Optional.of(new Authority(host.toLowerCase(Locale.ROOT), port)) : Optional.empty();
    }

    /** Whether this can only mean the machine itself, whatever a name server says. */
    boolean isLocal() {
        return host.equals("localhost")
                || host.endsWith(".localhost")
                || host.equals("[::1]")
                || host.equals("[0:0:0:0:0:0:0:1]")
                || isLoopbackIpv4();
    }

    /** Four decimal numbers, the first of which is 127. */
    private boolean isLoopbackIpv4() {
        if (!host.startsWith("127.")) {
            return false;
        }
        int numbers = 1;
        int digits = 0;
        for (int i = "127.".length(); i < host.length(); i++) {
            char c = host.charAt(i);
            if (c >= '0' && c <= '9' && digits < 3) {
                numbers += digits++ == 0 ? 1 : 0;
            } else if (c == '.' && digits > 0) {
                digits = 0;
            } else {
                return false;
            }
        }
        return numbers == 4 && digits > 0;
    }

    private static int port(String text, int from) {
        int length = text.length() - from;
        if (length == 0) {
            return -1; // "host:" is the same as "host" (RFC 3986, 3.2.3)
        }
        if (length > 5) {
            return -2;
        }
        int port = 0;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -2;
            }
            port = port * 10 + (c - '0');
        }
        return port <= 0xFFFF ? port : -2;
    }

    private static boolean isName(String host) {
        if (host.isEmpty() || host.length() > 253) {
            return false;
        }
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            boolean allowed = c >= 'a' && c <= 'z'
                    || c >= 'A' && c <= 'Z'
                    || c >= '0' && c <= '9'
                    || c == '.'
                    || c == '-'
                    || c == '_';
            if (!allowed) {
                return false;
            }
        }
        return true;
    }

    private static boolean isIpv6Literal(String host) {
        if (!host.endsWith("]") || host.length() < 4 || host.length() > 47) {
            return false;
        }
        for (int i = 1; i < host.length() - 1; i++) {
            char c = host.charAt(i);
            boolean allowed =
                    c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c >= '0' && c <= '9' || c == ':' || c == '.';
            if (!allowed) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return port < 0 ? host : host + ":" + port;
    }
}
