package dev.devmesh.auth;

import java.util.Objects;

/**
 * A key that took the place of another one. Its {@code toString} hides the secret.
 *
 * <p>Immutable.
 *
 * @param fresh the new key, with its secret: the only time that anybody sees it
 * @param old the key that it replaces, with the expiry that it has now
 */
public record RotatedKey(NewKey fresh, ApiKey old) {

    /** Checks that nothing is missing. */
    public RotatedKey {
        Objects.requireNonNull(fresh, "fresh");
        Objects.requireNonNull(old, "old");
    }
}
