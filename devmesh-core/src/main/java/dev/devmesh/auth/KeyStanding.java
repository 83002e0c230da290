package dev.devmesh.auth;

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

    /** Checks that nothing is missing. */
    public KeyStanding {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(standing, "standing");
    }
}
