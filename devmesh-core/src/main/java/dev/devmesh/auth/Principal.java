package dev.devmesh.auth;

import java.util.Objects;
import java.util.Set;

/**
 * Who is calling, as established by an {@link Authenticator}. Passed as an argument everywhere, never kept in a thread.
 *
 * <p>Immutable.
 *
 * @param tenant whose data the caller sees
 * @param subject the caller's name, unique within the tenant
 * @param scopes what the caller may do
 * @param roles the roles that the caller holds, for display and for rules by role
 * @param plan the name of the rate plan
 * @param credentialId what limits count against: the id of the key or token used, never the secret
 */
public record Principal(
        Tenant tenant, String subject, Scopes scopes, Set<String> roles, String plan, String credentialId) {

    /** The plan of whoever has no other. */
    public static final String DEFAULT_PLAN = "default";

    /** The plan without rate limits. */
    public static final String UNLIMITED_PLAN = "unlimited";

    private static final Principal ANONYMOUS = new Principal(
            Tenant.single(),
            "anonymous",
            Scopes.of("tools", "resources", "prompts", "contexts"),
            Set.of(),
            DEFAULT_PLAN,
            "anonymous");

    /** Checks that nothing is missing. */
    public Principal {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(scopes, "scopes");
        Objects.requireNonNull(plan, "plan");
        Objects.requireNonNull(credentialId, "credentialId");
        if (subject.isBlank()) {
            throw new IllegalArgumentException("a principal needs a subject");
        }
        roles = Set.copyOf(roles);
    }

    /**
     * The caller of a mesh without authentication: may use every tool, resource, prompt and context of the single tenant.
     */
    public static Principal anonymous() {
        return ANONYMOUS;
    }

    /** A caller that the program itself vouches for, on the default plan. */
    public static Principal of(Tenant tenant, String subject, String... scopes) {
        return new Principal(tenant, subject, Scopes.of(scopes), Set.of(), DEFAULT_PLAN, "subject-" + subject);
    }

    /** An administrator of the tenant that the program itself vouches for, on the plan without limits. */
    public static Principal administrator(Tenant tenant, String subject) {
        return new Principal(
                tenant, subject, Scopes.of(Scopes.ADMIN), Set.of(Scopes.ADMIN), UNLIMITED_PLAN, "subject-" + subject);
    }

    /** Whether the caller's scopes allow this. */
    public boolean may(String permission) {
        return scopes.permits(permission);
    }
}
