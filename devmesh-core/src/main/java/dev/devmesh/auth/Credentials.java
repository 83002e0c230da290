package dev.devmesh.auth;

import java.util.Objects;

/**
 * What a caller showed, unverified. Its {@code toString} hides the secrets.
 *
 * @param bearer the token of {@code Authorization: Bearer …}, or empty
 * @param apiKey the value of {@code X-API-Key}, or empty
 * @param remoteAddress where the connection comes from, or empty where there is none
 */
public record Credentials(String bearer, String apiKey, String remoteAddress) {

    private static final Credentials NONE = new Credentials("", "", "");

    /** Checks that nothing is null. */
    public Credentials {
        Objects.requireNonNull(bearer, "bearer");
        Objects.requireNonNull(apiKey, "apiKey");
        Objects.requireNonNull(remoteAddress, "remoteAddress");
    }

    /** Nothing shown. */
    public static Credentials none() {
        return NONE;
    }

    /** Whether nothing was shown. */
    public boolean isEmpty() {
        return bearer.isEmpty() && apiKey.isEmpty();
    }

    @Override
    public String toString() {
        return "Credentials[bearer=" + (bearer.isEmpty() ? "none" : "***") + ", apiKey="
                + (apiKey.isEmpty() ? "none" : "***") + ", remoteAddress=" + remoteAddress + "]";
    }
}
