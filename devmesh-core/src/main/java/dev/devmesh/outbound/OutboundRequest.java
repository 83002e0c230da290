package dev.devmesh.outbound;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One request to an address that somebody named. The address is read when the request is sent, so that everything that is wrong with
 * it is said in one place.
 *
 * <p>Immutable; each method that sets something returns another request. {@link #toString} shows the method only: an address may hold
 * secrets.
 */
public final class OutboundRequest {

    private static final Pattern METHOD = Pattern.compile("[A-Z]{1,20}");
    private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");
    private static final Pattern VALUE = Pattern.compile("[\\x20-\\x7e\\t]{0,8000}");
    private static final Set<String> OURS = Set.of(
            "accept-encoding",
            "connection",
            "content-length",
            "expect",
            "host",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");
    private static final Set<String> ALWAYS_SECRET = Set.of("authorization", "cookie");
    private static final long MOST_BYTES = 1L << 30;

    /** A header; a secret one goes to the origin only that the request names. */
    record Header(String name, String value, boolean secret) {
        @Override
        public String toString() {
            return name;
        }
    }

    private final String method;
    private final String url;
    private final List<Header> headers;
    private final byte @Nullable [] body;
    private final @Nullable Duration within;
    private final long maxBytes;
    private final boolean redirects;

    private OutboundRequest(
            String method,
            String url,
            List<Header> headers,
            byte @Nullable [] body,
            @Nullable Duration within,
            long maxBytes,
            boolean redirects) {
        this.method = method;
        this.url = url;
        this.headers = List.copyOf(headers);
        this.body = body;
        this.within = within;
        this.maxBytes = maxBytes;
        this.redirects = redirects;
    }

    /**
     * A request without a body.
     *
     * @param method in capital letters; not {@code CONNECT} or {@code TRACE}
     * @param url an absolute address, as it was given
     * @throws MeshException with {@link ErrorCode#INVALID_VALUE} if the method is none
     */
    public static OutboundRequest of(String method, String url) {
        Objects.requireNonNull(url, "url");
        if (!METHOD.matcher(method).matches() || method.equals("CONNECT") || method.equals("TRACE")) {
            throw invalid(
                    "A request to another server cannot have this method.", "Use GET, POST, PUT, PATCH or DELETE.");
        }
        return new OutboundRequest(method, url, List.of(), null, null, 0, true);
    }

    /** A {@code GET}. */
    public static OutboundRequest get(String url) {
        return of("GET", url);
    }

    /** A {@code POST} of bytes. */
    public static OutboundRequest post(String url, String contentType, byte[] body) {
        return of("POST", url).body(contentType, body);
    }

    /** A {@code POST} of JSON. */
    public static OutboundRequest postJson(String url, String json) {
        return post(url, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    /** With a body. The bytes are copied. */
    public OutboundRequest body(String contentType, byte[] bytes) {
        OutboundRequest typed = header("Content-Type", contentType);
        return new OutboundRequest(method, url, typed.headers, bytes.clone(), within, maxBytes, redirects);
    }

    /**
     * With a header, instead of one with the same name. {@code Authorization} and {@code Cookie} are always secret, see
     * {@link #secretHeader}.
     *
     * @throws MeshException with {@link ErrorCode#INVALID_VALUE} if it is no header (a line break in it, for instance), or one that the
     *     client sets itself
     */
    public OutboundRequest header(String name, String value) {
        return with(name, value, ALWAYS_SECRET.contains(name.toLowerCase(Locale.ROOT)));
    }

    /**
     * With a header that is dropped when a redirect leads to another origin (scheme, host and port).
     *
     * @throws MeshException as {@link #header} does
     */
    public OutboundRequest secretHeader(String name, String value) {
        return with(name, value, true);
    }

    private OutboundRequest with(String name, String value, boolean secret) {
        if (!NAME.matcher(name).matches() || OURS.contains(name.toLowerCase(Locale.ROOT))) {
            throw invalid(
                    "A request to another server cannot have the header '" + Target.shown(name) + "'.",
                    "Names are letters, digits and hyphens; those about the connection are the client's own.");
        }
        if (!VALUE.matcher(value).matches()) {
            throw invalid(
                    "The value of the header '" + name
                            + "' is not one line of printable ASCII of up to 8000 characters.",
                    "");
        }
        List<Header> more = new ArrayList<>(headers);
        more.removeIf(header -> header.name().equalsIgnoreCase(name));
        more.add(new Header(name, value, secret));
        return new OutboundRequest(method, url, more, body, within, maxBytes, redirects);
    }

    /**
     * With a time of its own for everything: looking up, connecting, redirects, and reading the body.
     *
     * @param time 1 ms to 1 hour
     */
    public OutboundRequest within(Duration time) {
        if (time.compareTo(Duration.ofMillis(1)) < 0 || time.compareTo(Duration.ofHours(1)) > 0) {
            throw invalid("A request to another server takes 1 ms to 1 hour, not " + time + ".", "");
        }
        return new OutboundRequest(method, url, headers, body, time, maxBytes, redirects);
    }

    /**
     * With another limit for the body of the answer, as it arrives and unpacked.
     *
     * @param most 1 to 2^30
     */
    public OutboundRequest maxBytes(long most) {
        if (most < 1 || most > MOST_BYTES) {
            throw invalid("An answer of another server has 1 to " + MOST_BYTES + " bytes, not " + most + ".", "");
        }
        return new OutboundRequest(method, url, headers, body, within, most, redirects);
    }

    /** So that a redirect is an answer like any other. */
    public OutboundRequest withoutRedirects() {
        return new OutboundRequest(method, url, headers, body, within, maxBytes, false);
    }

    /** The request that follows a redirect: without secrets if it goes to another origin, as a {@code GET} if it is to be one. */
    OutboundRequest redirected(boolean sameOrigin, boolean asGet) {
        Set<String> gone = new HashSet<>();
        for (Header header : headers) {
            String name = header.name().toLowerCase(Locale.ROOT);
            if (header.secret() && !sameOrigin || asGet && name.startsWith("content-")) {
                gone.add(header.name());
            }
        }
        return new OutboundRequest(
                asGet ? "GET" : method,
                url,
                headers.stream().filter(header -> !gone.contains(header.name())).toList(),
                asGet ? null : body,
                within,
                maxBytes,
                redirects);
    }

    private static MeshException invalid(String message, String fix) {
        return new MeshException(ErrorCode.INVALID_VALUE, message, fix);
    }

    String method() {
        return method;
    }

    String url() {
        return url;
    }

    List<Header> headers() {
        return headers;
    }

    /** Not a copy: nobody here changes it. */
    byte @Nullable [] body() {
        return body;
    }

    Optional<Duration> within() {
        return Optional.ofNullable(within);
    }

    OptionalLong maxBytes() {
        return maxBytes == 0 ? OptionalLong.empty() : OptionalLong.of(maxBytes);
    }

    boolean redirects() {
        return redirects;
    }

    @Override
    public String toString() {
        return "OutboundRequest[" + method + "]";
    }
}
