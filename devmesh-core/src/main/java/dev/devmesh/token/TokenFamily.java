package dev.devmesh.token;

import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * All tokens that come of one exchange of an API key: they end together.
 *
 * <p>Immutable.
 *
 * @param id unique in the mesh
 * @param tenant whose data they open
 * @param keyId the key that was exchanged
 * @param scopes the most that they allow
 * @param createdAt when the key was exchanged
 * @param expiresAt from when on none of them is good
 * @param revokedAt when they were taken back; empty if they were not
 */
public record TokenFamily(
        String id,
        Tenant tenant,
        String keyId,
        Scopes scopes,
        Instant createdAt,
        Instant expiresAt,
        Optional<Instant> revokedAt) {

    /** Checks that nothing is missing. */
    public TokenFamily {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(keyId, "keyId");
        Objects.requireNonNull(scopes, "scopes");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(expiresAt, "expiresAt");
        Objects.requireNonNull(revokedAt, "revokedAt");
    }

    /** Whether its tokens are past their time at {@code now}. */
    public boolean isExpired(Instant now) {
        return !now.isBefore(expiresAt);
    }

    /** This family, taken back. */
    public TokenFamily revoked(Instant when) {
        return new TokenFamily(id, tenant, keyId, scopes, createdAt, expiresAt, Optional.of(when));
    }
}
