package dev.devmesh.netty;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AsciiString;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What browsers are told about which web pages may read the answers. Pages of other origins than {@link OriginGuard} admits are
 * told nothing. Cookies are never asked for, so nothing is said of credentials.
 *
 * @param pages which may
 */
record Cors(OriginGuard pages) {

    private static final AsciiString EXPOSED =
            AsciiString.cached("Mcp-Session-Id, WWW-Authenticate, X-Trace-ID, traceparent,"
                    + " ETag, Location, Retry-After, RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining,"
                    + " X-RateLimit-Reset");
    private static final String ALLOWED =
            "Content-Type, Accept, Authorization, X-API-Key, MCP-Protocol-Version, Mcp-Method,"
                    + " Mcp-Name, Mcp-Session-Id, Last-Event-ID, X-Trace-ID, traceparent, tracestate, If-Match, If-None-Match,"
                    + " Idempotency-Key";
    private static final AsciiString AN_HOUR = AsciiString.cached("3600");

    /** The headers that mirror parameters of tools: which there are, only the tools know. */
    private static final Pattern PARAMETER = Pattern.compile("mcp-param-[a-z0-9_.-]{1,100}", Pattern.CASE_INSENSITIVE);

    private static final int MAX_PARAMETERS = 32;

    /** Whether a browser asks what a page may ask. */
    static boolean isPreflight(RequestHead head) {
        return head.method().equals(HttpMethod.OPTIONS)
                && head.headers().contains(HttpHeaderNames.ORIGIN)
                && head.headers().contains(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD);
    }

    /** Tells the browser whether the page may read this answer. */
    void addTo(HttpHeaders answer, RequestHead head) {
        String origin = head.headers().get(HttpHeaderNames.ORIGIN);
        if (origin == null) {
            if (!pages.allowed().isEmpty()) {
                answer.add(HttpHeaderNames.VARY, HttpHeaderNames.ORIGIN);
            }
            return;
        }
        answer.add(HttpHeaderNames.VARY, HttpHeaderNames.ORIGIN);
        if (pages.admits(head)) {
            answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            answer.set(HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }

    /** Answers a browser that asks. */
    static void preflight(HttpHeaders answer, RequestHead head, CharSequence methods) {
        answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, methods);
        answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED + parameters(head));
        answer.set(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, AN_HOUR);
        answer.add(HttpHeaderNames.VARY, HttpHeaderNames.ACCESS_CONTROL_REQUEST_HEADERS);
    }

    private static String parameters(RequestHead head) {
        Set<String> asked = new LinkedHashSet<>();
        for (String line : head.headers().getAll(HttpHeaderNames.ACCESS_CONTROL_REQUEST_HEADERS)) {
            for (String name : line.split(",")) {
                if (asked.size() < MAX_PARAMETERS
                        && PARAMETER.matcher(name.trim()).matches()) {
                    asked.add(name.trim());
                }
            }
        }
        return asked.isEmpty() ? "" : ", " + String.join(", ", asked);
    }
}
