package dev.devmesh.outbound;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What may be called although it is not public, or without TLS, or on another port than 80, 443 and 8443. It comes from the
 * configuration or from code, never from callers. Entries are
 *
 * <ul>
 *   <li>{@code host:port} or {@code host}: this name, on this port or on any. It may lead to private addresses, but not to link-local,
 *       metadata, multicast, reserved or unspecified ones;
 *   <li>{@code address:port}, {@code address}, {@code range:port} or {@code range}, such as {@code 10.0.0.0/8:8080},
 *       {@code [fd00::1]:8080} or {@code fd00::/8}: every name that leads to these addresses, whatever they are.
 * </ul>
 *
 * <p>Whatever is covered may be called over plain {@code http}, too. Names are compared as they stand, without regard to case; there
 * are no wildcards. Immutable.
 */
public final class OutboundAllow {

    private static final OutboundAllow NONE = new OutboundAllow(List.of());

    /** One line of the list: a name or a range. */
    private record Entry(String text, Optional<String> name, Optional<IpRange> range, OptionalInt port) {

        boolean isFor(int wanted) {
            return port.isEmpty() || port.getAsInt() == wanted;
        }
    }

    private final List<Entry> entries;

    private OutboundAllow(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /** Nothing beyond what is public, over https. */
    public static OutboundAllow none() {
        return NONE;
    }

    /**
     * Reads entries.
     *
     * @throws IllegalArgumentException naming every entry that is none
     */
    public static OutboundAllow of(String... entries) {
        return of(Arrays.asList(entries));
    }

    /**
     * Reads entries.
     *
     * @throws IllegalArgumentException naming every entry that is none
     */
    public static OutboundAllow of(List<String> entries) {
        List<Entry> read = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        for (String text : entries) {
            try {
                read.add(entry(text));
            } catch (IllegalArgumentException e) {
                wrong.add("'" + text + "'");
            }
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("outbound.allow: " + String.join(", ", wrong)
                    + (wrong.size() == 1 ? " is" : " are")
                    + " not host, host:port, an address or a range such as 10.0.0.0/8 or 10.0.0.0/8:8080");
        }
        return new OutboundAllow(read);
    }

    private static Entry entry(String text) {
        int slash = text.indexOf('/');
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            String inside = text.substring(1, Math.max(end, 1));
            String behind = text.substring(end + 1);
            if (behind.startsWith("/")) { // [fd00::]/8 and [fd00::]/8:8080
                int colon = behind.indexOf(':');
                String bits = colon < 0 ? behind : behind.substring(0, colon);
                return range(text, inside + bits, colon < 0 ? "" : behind.substring(colon));
            }
            return range(text, inside, behind);
        }
        if (slash >= 0) {
            int colon = text.indexOf(':', slash);
            return range(text, colon < 0 ? text : text.substring(0, colon), colon < 0 ? "" : text.substring(colon));
        }
        int colon = text.indexOf(':');
        if (colon >= 0 && text.indexOf(':', colon + 1) >= 0) {
            return range(text, text, "");
        }
        HostName host = HostName.of(colon < 0 ? text : text.substring(0, colon));
        OptionalInt port = port(colon < 0 ? "" : text.substring(colon));
        return host.address().isPresent()
                ? new Entry(text, Optional.empty(), Optional.of(IpRange.of(host.ascii())), port)
                : new Entry(text, Optional.of(host.ascii()), Optional.empty(), port);
    }

    private static Entry range(String text, String range, String behind) {
        return new Entry(text, Optional.empty(), Optional.of(IpRange.of(range)), port(behind));
    }

    private static OptionalInt port(String behind) {
        if (behind.isEmpty()) {
            return OptionalInt.empty();
        }
        if (!behind.matches(":\\d{1,5}")) {
            throw new IllegalArgumentException("not a port");
        }
        int port = Integer.parseInt(behind.substring(1));
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("not a port");
        }
        return OptionalInt.of(port);
    }

    /** Whether any address behind this target could be covered: where not, nothing needs to be looked up. */
    boolean mayCover(Target target) {
        return entries.stream()
                .anyMatch(entry -> entry.isFor(target.port())
                        && (entry.range().isPresent()
                                || entry.name()
                                        .filter(target.host().ascii()::equals)
                                        .isPresent()));
    }

    /** Whether this address behind the target is covered. */
    boolean covers(Target target, InetAddress address) {
        return entries.stream()
                .anyMatch(entry -> entry.isFor(target.port())
                        && (entry.range().filter(range -> range.holds(address)).isPresent()
                                || entry.name()
                                                .filter(target.host().ascii()::equals)
                                                .isPresent()
                                        && PublicAddresses.mayBeBehindAnAllowedName(address)));
    }

    /** The entries as they were given. */
    public List<String> entries() {
        return entries.stream().map(Entry::text).toList();
    }

    /** The entries as they were given. */
    @Override
    public String toString() {
        return entries().toString();
    }
}
