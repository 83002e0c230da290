package dev.devmesh.access;

import dev.devmesh.auth.Tenant;
import dev.devmesh.auth.TenantState;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * A tenant that somebody made. One that is deleted stays, without its data, so that its id is not used again.
 *
 * <p>Immutable.
 *
 * @param tenant its id
 * @param name what people call it; need not be unique
 * @param createdAt when it was made
 * @param suspendedAt since when its credentials are refused; empty if they are not
 * @param deletedAt when it was deleted; empty if it was not
 */
public record TenantInfo(
        Tenant tenant, String name, Instant createdAt, Optional<Instant> suspendedAt, Optional<Instant> deletedAt) {

    /** Checks that nothing is missing. */
    public TenantInfo {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(suspendedAt, "suspendedAt");
        Objects.requireNonNull(deletedAt, "deletedAt");
    }

    /** Whether anybody may act for it. */
    public TenantState state() {
        if (deletedAt.isPresent()) {
            return TenantState.DELETED;
        }
        return suspendedAt.isPresent() ? TenantState.SUSPENDED : TenantState.ACTIVE;
    }

    TenantInfo suspended(Instant when) {
        return new TenantInfo(tenant, name, createdAt, suspendedAt.or(() -> Optional.of(when)), deletedAt);
    }

    TenantInfo resumed() {
        return new TenantInfo(tenant, name, createdAt, Optional.empty(), deletedAt);
    }

    TenantInfo deleted(Instant when) {
        return new TenantInfo(tenant, name, createdAt, suspendedAt, deletedAt.or(() -> Optional.of(when)));
    }
}
