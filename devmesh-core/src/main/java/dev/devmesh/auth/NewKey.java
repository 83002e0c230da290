package dev.devmesh.auth;

import java.util.Objects;

/**
 * A key that was just made, with its secret: the only time that anybody sees it. Its {@code toString} hides the secret.
 *
 * <p>Immutable.
 *
 * @param key what is kept
 * @param secret what the owner shows from now on
 */
public record NewKey(ApiKey key, String secret) {

    /** Checks that nothing is missing. */
    public NewKey {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(secret, "secret");
    }

    @Override
    public String toString() {
        return "NewKey[key=" + key + ", secret=***]";
    }
}
