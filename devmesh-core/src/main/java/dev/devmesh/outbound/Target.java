package dev.devmesh.outbound;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * Where one request goes: the one reading of a URL that everything behind it uses. Immutable.
 *
 * @param secure whether over TLS
 * @param host the host
 * @param port the port
 * @param path path and query, ASCII, never empty
 * @param given the host as it was given, for sentences
 */
record Target(boolean secure, HostName host, int port, String path, String given) {

    private static final int LONGEST_URL = 8192;
    private static final int LONGEST_SHOWN = 100;

    /**
     * Reads an absolute URL. Its fragment is dropped.
     *
     * @throws dev.devmesh.MeshException if it is not one, or not one that is called
     */
    static Target of(String url) {
        if (url.length() > LONGEST_URL) {
            throw Refusals.malformed("is longer than " + LONGEST_URL + " characters");
        }
        try {
            return of(new URI(url));
        } catch (URISyntaxException e) {
            throw Refusals.malformed("cannot be read as a URL");
        }
    }

    /** Where an answer of this target redirects to. */
    Target redirected(String location) {
        if (location.length() > LONGEST_URL) {
            throw Refusals.malformed("is longer than " + LONGEST_URL + " characters");
        }
        try {
            URI next = new URI(location);
            if (next.isAbsolute()) {
                return of(next);
            }
            if (next.getRawAuthority() != null) {
                return of(new URI(scheme() + ":" + location));
            }
            return of(new URI(origin() + path).resolve(next));
        } catch (URISyntaxException e) {
            throw Refusals.malformed("cannot be read as a URL");
        }
    }

    private static Target of(URI uri) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !scheme.equals("http")) {
            throw Refusals.scheme(scheme);
        }
        String authority = uri.getRawAuthority();
        if (authority == null || uri.isOpaque()) {
            throw Refusals.malformed("names no host");
        }
        if (authority.indexOf('@') >= 0) {
            throw Refusals.malformed("holds a user or a password in front of its host");
        }
        int colon = authority.startsWith("[") ? authority.indexOf(':', authority.indexOf(']')) : authority.indexOf(':');
        String name = colon < 0 ? authority : authority.substring(0, colon);
        boolean secure = scheme.equals("https");
        int port = port(colon < 0 ? "" : authority.substring(colon + 1), secure ? 443 : 80);
        HostName host;
        try {
            host = HostName.of(name);
        } catch (IllegalArgumentException e) {
            throw Refusals.host(shown(name));
        }
        return new Target(secure, host, port, path(uri), shown(name));
    }

    private static int port(String text, int standard) {
        if (text.isEmpty()) {
            return standard;
        }
        int port = text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9') ? Integer.parseInt(text) : 0;
        if (port < 1 || port > 65_535) {
            throw Refusals.malformed("has no port of 1 to 65535");
        }
        return port;
    }

    private static String path(URI uri) {
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        // The host is any: only the path is brought into ASCII.
        return URI.create("http://x" + path + query).toASCIIString().substring("http://x".length());
    }

    /** Shortened, and without what could begin a line of its own. */
    static String shown(String text) {
        String visible = text.codePoints()
                .limit(LONGEST_SHOWN)
                .map(c -> Character.isISOControl(c) || c == '\'' ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return visible.length() < text.length() ? visible + "…" : visible;
    }

    String scheme() {
        return secure ? "https" : "http";
    }

    /** Scheme, host and port. */
    String origin() {
        return scheme() + "://" + host.inUrl() + ":" + port;
    }

    /** The entry of {@code outbound.allow} that would cover it. */
    String entry() {
        return host.inUrl() + ":" + port;
    }
}
