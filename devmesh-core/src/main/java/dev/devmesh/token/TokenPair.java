package dev.devmesh.token;

import dev.devmesh.auth.Scopes;
import java.time.Duration;
import java.util.Objects;

/**
 * An access token and the refresh token that gives the next pair. Its {@code toString} hides both.
 *
 * <p>Immutable.
 *
 * @param accessToken to be shown as {@code Authorization: Bearer}
 * @param expiresIn how long it is good
 * @param refreshToken good for one refresh
 * @param scopes the most that the access token allows
 */
public record TokenPair(String accessToken, Duration expiresIn, String refreshToken, Scopes scopes) {

    /** Checks that nothing is missing. */
    public TokenPair {
        Objects.requireNonNull(accessToken, "accessToken");
        Objects.requireNonNull(expiresIn, "expiresIn");
        Objects.requireNonNull(refreshToken, "refreshToken");
        Objects.requireNonNull(scopes, "scopes");
    }

    @Override
    public String toString() {
        return "TokenPair[accessToken=***, expiresIn=" + expiresIn + ", refreshToken=***, scopes=" + scopes + "]";
    }
}
