package dev.devmesh.auth;

import java.util.Objects;
import java.util.Optional;

/**
 * How those stand by whom a credential is good.
 *
 * <p>Immutable.
 *
 * @param tenant its tenant
 * @param user the user it acts for; empty if it acts for none, or for one that there is no longer
 */
public record Standing(TenantState tenant, Optional<UserRights> user) {

    /** Checks that nothing is missing. */
    public Standing {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(user, "user");
    }

    /** Of an active tenant, for no user. */
    public static Standing good() {
        return new Standing(TenantState.ACTIVE, Optional.empty());
    }
}
