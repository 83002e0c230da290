package dev.devmesh.netty;

import dev.devmesh.ErrorCode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Refuses credentials in the query, whatever the path: URLs end up in the logs of proxies and the histories of browsers. It is said
 * rather than overlooked, so that whoever does it stops and changes the credential.
 */
final class UrlCredentialGuard implements Guard {

    /** In lower case, with underscores for hyphens. */
    private static final Set<String> NAMES = Set.of(
            "access_token",
            "refresh_token",
            "id_token",
            "auth_token",
            "bearer_token",
            "token",
            "bearer",
            "authorization",
            "api_key",
            "apikey",
            "x_api_key",
            "client_secret",
            "password");

    @Override
    public Optional<Rejection> check(RequestHead head) {
        int query = head.target().indexOf('?');
        if (query < 0 || !holdsCredential(head.target().substring(query + 1))) {
            return Optional.empty();
        }
        return Optional.of(Rejection.of(
                ErrorCode.INVALID_REQUEST,
                "The URL holds a credential, and URLs are written down on their way.",
                "Send it as Authorization: Bearer or X-API-Key, and have this one replaced."));
    }

    private static boolean holdsCredential(String query) {
        for (String parameter : query.split("[&;]")) {
            int end = parameter.indexOf('=');
            String name = end < 0 ? parameter : parameter.substring(0, end);
            if (NAMES.contains(decoded(name).toLowerCase(Locale.ROOT).replace('-', '_'))) {
                return true;
            }
        }
        return false;
    }

    private static String decoded(String name) {
        try {
            return URLDecoder.decode(name, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            return name; // then it is none of ours
        }
    }
}
