package dev.devmesh.token;

import dev.devmesh.auth.Tenant;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A refresh token as it is kept: everything but the token.
 *
 * <p>Immutable. Its {@code toString} hides the hash.
 *
 * @param hash the SHA-256 of the token, as 64 lower-case hexadecimal digits; unique in the mesh
 * @param tenant whose it is
 * @param familyId what it belongs to
 * @param generation how many came before it in its family
 * @param createdAt when it was made
 * @param usedAt when it was exchanged for its successor; empty if it was not
 */
public record RefreshToken(
        String hash, Tenant tenant, String familyId, int generation, Instant createdAt, Optional<Instant> usedAt) {

    /** Checks that nothing is missing. */
    public RefreshToken {
        Objects.requireNonNull(hash, "hash");
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(familyId, "familyId");
        if (generation < 0) {
            throw new IllegalArgumentException("a generation is at least 0, not " + generation);
        }
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(usedAt, "usedAt");
    }

    /** This token, used. */
    public RefreshToken used(Instant when) {
        return new RefreshToken(hash, tenant, familyId, generation, createdAt, Optional.of(when));
    }

    @Override
    public String toString() {
        return "RefreshToken[tenant=" + tenant + ", familyId=" + familyId + ", generation=" + generation
                + ", createdAt=" + createdAt + ", usedAt=" + usedAt + "]";
    }
}
