package dev.devmesh.auth;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.time.Instant;
import java.util.Objects;

/**
 * A key, and how those stand by whom it is good; read in one go.
 *
 * <p>Immutable.
 *
 * @param key good or not
 * @param standing how its tenant and its user stand
 */
public record KeyStanding(ApiKey key, Standing standing) {

    private static final String ASK = "Use another key, or ask an administrator of the tenant for a new one.";

    /** Checks that nothing is missing. */
    public KeyStanding {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(standing, "standing");
    }

    /**
     * Who acts when this key is shown, or what was made of it.
     *
     * @throws MeshException {@link ErrorCode#KEY_REVOKED} or {@link ErrorCode#KEY_EXPIRED} if the key is good no longer; else what
     *     {@link Standing#admit} throws, and {@link ErrorCode#USER_DISABLED} if its user is gone
     */
    public Principal admit(Instant now) {
        if (key.revokedAt().isPresent()) {
            throw new MeshException(
                    ErrorCode.KEY_REVOKED,
                    "API key revoked: " + key.id() + " was taken back at "
                            + key.revokedAt().get() + ".",
                    ASK);
        }
        if (key.isExpired(now)) {
            throw new MeshException(
                    ErrorCode.KEY_EXPIRED,
                    "API key expired: " + key.id() + " was good until "
                            + key.expiresAt().orElseThrow() + "; it is " + now + " here.",
                    ASK);
        }
        Principal principal = standing.admit(key.principal());
        if (!key.userId().isEmpty() && standing.user().isEmpty()) {
            throw Standing.refused(ErrorCode.USER_DISABLED, "User " + key.userId() + " is gone.");
        }
        return principal;
    }
}
