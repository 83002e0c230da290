package dev.devmesh.netty;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The proxies whose word counts about whom they pass on. Immutable.
 *
 * <p>Each proxy writes the address that it was called from behind those that it was told. So the list is read from its end, and
 * the first address that is not a proxy's own is the client: what stands before it, the client may have made up. Something that
 * is no address ends the reading, too. {@code X-Forwarded-For} counts before {@code Forwarded}.
 *
 * @param ranges where they are
 */
record TrustedProxies(List<AddressRange> ranges) {

    static final TrustedProxies NONE = new TrustedProxies(List.of());

    private static final AsciiString FORWARDED = AsciiString.cached("forwarded");
    private static final AsciiString X_FORWARDED_FOR = AsciiString.cached("x-forwarded-for");
    private static final AsciiString X_FORWARDED_PROTO = AsciiString.cached("x-forwarded-proto");

    TrustedProxies {
        ranges = List.copyOf(ranges);
    }

    boolean contains(InetAddress address) {
        for (AddressRange range : ranges) {
            if (range.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Who sent a request that one of these passed on.
     *
     * @param proxy the address of the one that did
     */
    String client(String proxy, HttpHeaders headers) {
        List<String> given = headers.getAll(X_FORWARDED_FOR);
        List<String> hops = given.isEmpty()
                ? forwarded(headers, "for")
                : List.of(String.join(",", given).split(",", -1));
        String client = proxy;
        for (int i = hops.size() - 1; i >= 0; i--) {
            Optional<InetAddress> hop = AddressRange.address(host(hops.get(i).trim()));
            if (hop.isEmpty()) {
                return client;
            }
            client = hop.get().getHostAddress();
            if (!contains(hop.get())) {
                return client;
            }
        }
        return client;
    }

    /** {@code http} or {@code https}: how the request came to the one that passed it on, if that says so. */
    Optional<String> scheme(HttpHeaders headers) {
        List<String> given = headers.getAll(X_FORWARDED_PROTO);
        List<String> schemes = given.isEmpty()
                ? forwarded(headers, "proto")
                : List.of(String.join(",", given).split(",", -1));
        return schemes.isEmpty()
                ? Optional.empty()
                : Optional.of(schemes.get(schemes.size() - 1).trim().toLowerCase(Locale.ROOT))
                        .filter(scheme -> scheme.equals("http") || scheme.equals("https"));
    }

    /** An address without its port. */
    private static String host(String hop) {
        if (hop.startsWith("[")) {
            int end = hop.indexOf(']');
            return end > 0 && hop.substring(end + 1).matches("(:\\w+)?") ? hop.substring(1, end) : "";
        }
        int colon = hop.indexOf(':');
        return colon >= 0 && colon == hop.lastIndexOf(':') ? hop.substring(0, colon) : hop;
    }

    /** What each element of {@code Forwarded} (RFC 7239) says by this name; nothing, where it says nothing. */
    private static List<String> forwarded(HttpHeaders headers, String name) {
        List<String> values = new ArrayList<>();
        String all = String.join(",", headers.getAll(FORWARDED));
        if (all.isEmpty()) {
            return values;
        }
        String value = "";
        int begin = 0;
        boolean quoted = false;
        for (int i = 0; i <= all.length(); i++) {
            char c = i < all.length() ? all.charAt(i) : ',';
            quoted ^= c == '"';
            if (c != ',' && c != ';' || quoted && i < all.length()) {
                continue;
            }
            String pair = all.substring(begin, i).trim();
            int equals = pair.indexOf('=');
            if (equals > 0 && pair.substring(0, equals).equalsIgnoreCase(name)) {
                value = pair.substring(equals + 1).replace("\"", "");
            }
            begin = i + 1;
            if (c == ',') {
                values.add(value);
                value = "";
            }
        }
        return values;
    }
}
