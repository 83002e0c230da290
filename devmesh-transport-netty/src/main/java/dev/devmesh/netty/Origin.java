package dev.devmesh.netty;

import java.util.Locale;
import java.util.Optional;

/**
 * Where a web page comes from, as browsers name it: {@code https://app.example.com}.
 *
 * @param scheme in lower case
 * @param authority host and port
 */
record Origin(String scheme, Authority authority) {

    /** The parts of {@code text}, or empty if it is not {@code scheme://host[:port]}. */
    static Optional<Origin> parse(String text) {
        int separator = text.indexOf("://");
        if (separator <= 0) {
            return Optional.empty();
        }
        String scheme = text.substring(0, separator).toLowerCase(Locale.ROOT);
        return scheme.chars().allMatch(c -> c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '-')
                ? Authority.parse(text.substring(separator + 3)).map(authority -> new Origin(scheme, authority))
                : Optional.empty();
    }

    /** Whether a page of this origin was served by the host that {@code host} names, by that scheme. */
    boolean sameAs(String scheme, Authority host) {
        return this.scheme.equals(scheme)
                && authority.host().equals(host.host())
                && port() == (host.port() < 0 ? standardPort(scheme) : host.port());
    }

    private int port() {
        if (authority.port() >= 0) {
            return authority.port();
        }
        return standardPort(scheme);
    }

    private static int standardPort(String scheme) {
        return scheme.equals("https") ? 443 : 80;
    }

    @Override
    public String toString() {
        return scheme + "://" + authority;
    }
}
