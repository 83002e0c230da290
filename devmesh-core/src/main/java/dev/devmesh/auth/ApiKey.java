package dev.devmesh.auth;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * An API key as it is kept: everything but the secret.
 *
 * <p>Immutable. Its {@code toString} hides the hash.
 *
 * @param id unique in the mesh, for example {@code key_4Tn…}; may be shown
 * @param tenant whose data the key opens
 * @param userId the user that the key acts for, or empty
 * @param name what people call it; need not be unique
 * @param hash the SHA-256 of the secret, as 64 lower-case hexadecimal digits
 * @param scopes what the key allows
 * @param plan the name of the rate plan
 * @param createdAt when it was made
 * @param expiresAt from when on it is no longer good; empty for never
 * @param revokedAt when it was taken back; empty if it was not
 * @param lastUsedAt when it was used last, to the minute; empty if never
 */
public record ApiKey(
        String id,
        Tenant tenant,
        String userId,
        String name,
        String hash,
        Scopes scopes,
        String plan,
        Instant createdAt,
        Optional<Instant> expiresAt,
        Optional<Instant> revokedAt,
        Optional<Instant> lastUsedAt) {

    /** Checks that nothing is missing. */
    public ApiKey {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(userId, "userId");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(hash, "hash");
        Objects.requireNonNull(scopes, "scopes");
        Objects.requireNonNull(plan, "plan");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(expiresAt, "expiresAt");
        Objects.requireNonNull(revokedAt, "revokedAt");
        Objects.requireNonNull(lastUsedAt, "lastUsedAt");
    }

    /** Whether the key opens anything at {@code now}. */
    public boolean isGood(Instant now) {
        return revokedAt.isEmpty() && !isExpired(now);
    }

    /** Whether the key is past its expiry at {@code now}. */
    public boolean isExpired(Instant now) {
        return expiresAt.isPresent() && !now.isBefore(expiresAt.get());
    }

    /** Who acts when this key is shown: its user, or the key by its name where it has none. */
    public Principal principal() {
        return new Principal(tenant, userId.isEmpty() ? name : userId, scopes, Set.of(), plan, id);
    }

    /** This key, taken back. */
    public ApiKey revoked(Instant when) {
        return new ApiKey(
                id, tenant, userId, name, hash, scopes, plan, createdAt, expiresAt, Optional.of(when), lastUsedAt);
    }

    /** This key, with that expiry in place of its own. */
    ApiKey expiring(Optional<Instant> when) {
        return new ApiKey(id, tenant, userId, name, hash, scopes, plan, createdAt, when, revokedAt, lastUsedAt);
    }

    /** This key, used last at that time. */
    public ApiKey used(Instant when) {
        return new ApiKey(
                id, tenant, userId, name, hash, scopes, plan, createdAt, expiresAt, revokedAt, Optional.of(when));
    }

    @Override
    public String toString() {
        return "ApiKey[id=" + id + ", tenant=" + tenant + ", name=" + name + ", scopes=" + scopes + ", plan=" + plan
                + ", createdAt=" + createdAt + ", expiresAt=" + expiresAt + ", revokedAt=" + revokedAt + "]";
    }
}
