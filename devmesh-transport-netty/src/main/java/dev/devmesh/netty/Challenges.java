package dev.devmesh.netty;

import dev.devmesh.MeshException;
import dev.devmesh.token.ExternalIssuer;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * What the {@code WWW-Authenticate} header says to whoever is refused (RFC 6750, 9728): where to learn which authorization server gives
 * tokens for what was asked for, which scope it needs, and what is wrong with the token that was shown.
 *
 * @param issuers who gives tokens; without any there is nothing to learn where
 * @param publicUrl what clients call the server by; empty for the address that they reached
 */
record Challenges(List<ExternalIssuer> issuers, Optional<Origin> publicUrl) {

    /** Where the server describes itself as a protected resource, and below it what is at its other paths. */
    static final String METADATA = "/.well-known/oauth-protected-resource";

    /** What a client needs to see and use what there is; nothing for those who administer it. */
    static final List<String> SCOPES =
            List.of("tools:execute", "resources:read", "prompts:get", "contexts:read", "contexts:write");

    private static final int MAX_DESCRIPTION = 200;
    private static final String BEARER = "Bearer ";
    private static final String REALM = "realm=\"devmesh\"";

    /** For who gave what is no credential of a request, such as a refresh token. */
    static final String PLAIN = BEARER + REALM;

    private static final String API_KEY = "dmk_";

    Challenges {
        issuers = List.copyOf(issuers);
    }

    /** The URL of what is at this path, as clients know it. */
    String resource(HttpExchange exchange, String path) {
        return publicUrl.map(Origin::toString).orElseGet(() -> reached(exchange)) + path;
    }

    /** For who showed nothing, or nothing good. */
    String unknown(HttpExchange exchange, boolean shown, MeshException refused, String scope) {
        StringBuilder challenge = new StringBuilder(BEARER);
        if (issuers.isEmpty()) {
            challenge.append(REALM);
        } else {
            challenge.append(metadata(exchange));
            if (!scope.isEmpty()) {
                challenge.append(", scope=\"").append(scope).append('"');
            }
        }
        if (shown) {
            challenge
                    .append(", error=\"invalid_token\", error_description=\"")
                    .append(quotable(String.valueOf(refused.getMessage())))
                    .append('"');
        }
        return challenge.toString();
    }

    /** For a bearer of a token that lacks this scope; empty for everybody else, whom no further token would help. */
    Optional<String> lacking(HttpExchange exchange, String scope) {
        if (!showsToken(exchange.head().headers())) {
            return Optional.empty();
        }
        String challenge = BEARER + "error=\"insufficient_scope\", scope=\"" + scope + '"';
        return Optional.of(issuers.isEmpty() ? challenge : challenge + ", " + metadata(exchange));
    }

    private static boolean showsToken(HttpHeaders headers) {
        String shown = headers.get(HttpHeaderNames.AUTHORIZATION);
        return shown != null
                && shown.regionMatches(true, 0, BEARER, 0, BEARER.length())
                && !shown.substring(BEARER.length()).trim().startsWith(API_KEY);
    }

    private String metadata(HttpExchange exchange) {
        String path = exchange.head()
                .endpoint()
                .map(Endpoint::resource)
                .filter(resource -> !resource.equals("/"))
                .orElse("");
        return "resource_metadata=\"" + resource(exchange, METADATA + path) + '"';
    }

    /** By a local name as the client has it, if it leads here; else by address. */
    private static String reached(HttpExchange exchange) {
        RequestHead head = exchange.head();
        String host = head.headers().get(HttpHeaderNames.HOST);
        InetSocketAddress own =
                (InetSocketAddress) exchange.connection().channel().localAddress();
        String authority = own.getAddress().isLoopbackAddress() && host != null
                ? Authority.parse(host)
                        .filter(name -> name.isLocal() && name.port() == own.getPort())
                        .map(Authority::toString)
                        .orElseGet(() -> literal(own))
                : literal(own);
        return head.scheme() + "://" + authority;
    }

    private static String literal(InetSocketAddress own) {
        InetAddress address = own.getAddress();
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        String number = zone < 0 ? text : text.substring(0, zone);
        return (number.contains(":") ? "[" + number + "]" : number) + ":" + own.getPort();
    }

    /** As the content of a quoted string: what RFC 6750 allows there. */
    private static String quotable(String text) {
        String plain = text.replace('"', '\'').replaceAll("[^\\x20-\\x7e]|\\\\", "?");
        return plain.length() <= MAX_DESCRIPTION ? plain : plain.substring(0, MAX_DESCRIPTION);
    }
}
