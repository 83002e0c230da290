package dev.devmesh.auth;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.util.Locale;
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

    /**
     * The caller with the rights that its user has now.
     *
     * @param principal as its credential says, of this tenant
     * @throws MeshException {@link ErrorCode#TENANT_SUSPENDED} if nobody may act for the tenant, {@link ErrorCode#USER_DISABLED} if
     *     the user is disabled
     */
    public Principal admit(Principal principal) {
        if (tenant != TenantState.ACTIVE) {
            throw refused(
                    ErrorCode.TENANT_SUSPENDED,
                    "Tenant " + principal.tenant() + " is " + tenant.name().toLowerCase(Locale.ROOT) + ".");
        }
        if (user.isPresent() && !user.get().enabled()) {
            throw refused(ErrorCode.USER_DISABLED, "User " + user.get().id() + " is disabled.");
        }
        return user.map(principal::actingFor).orElse(principal);
    }

    static MeshException refused(ErrorCode code, String message) {
        String whom = code == ErrorCode.TENANT_SUSPENDED ? "of the platform" : "of the tenant";
        return new MeshException(code, message, "Ask an administrator " + whom + ".");
    }

    /** Of an active tenant, for no user. */
    public static Standing good() {
        return new Standing(TenantState.ACTIVE, Optional.empty());
    }
}
