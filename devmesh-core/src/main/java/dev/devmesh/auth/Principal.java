package dev.devmesh.auth;

import java.util.Collection;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Who is calling, as established by an {@link Authenticator}. Passed as an argument everywhere, never kept in a thread.
 *
 * <p>Immutable.
 *
 * @param tenant whose data the caller sees
 * @param subject the caller's name, unique within the tenant
 * @param user the user that the credential acts for; empty where it acts for none
 * @param scopes what the credential allows
 * @param roles the roles that the caller holds, for display and for rules by role
 * @param plan the name of the rate plan
 * @param credentialId what limits count against: the id of the key or token used, never the secret
 */
public record Principal(
        Tenant tenant,
        String subject,
        Optional<UserRights> user,
        Scopes scopes,
        Set<String> roles,
        String plan,
        String credentialId) {

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
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(scopes, "scopes");
        Objects.requireNonNull(plan, "plan");
        Objects.requireNonNull(credentialId, "credentialId");
        if (subject.isBlank()) {
            throw new IllegalArgumentException("a principal needs a subject");
        }
        roles = Set.copyOf(roles);
    }

    /** A caller whose credential acts for no user. */
    public Principal(
            Tenant tenant, String subject, Scopes scopes, Set<String> roles, String plan, String credentialId) {
        this(tenant, subject, Optional.empty(), scopes, roles, plan, credentialId);
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

    /** An administrator of the tenant that the program itself vouches for, on the plan without limits. May not manage other tenants. */
    public static Principal administrator(Tenant tenant, String subject) {
        return new Principal(
                tenant, subject, Scopes.of(Scopes.ADMIN), Set.of(Scopes.ADMIN), UNLIMITED_PLAN, "subject-" + subject);
    }

    /** An administrator of the tenant who may manage the other tenants, too; vouched for by the program itself. */
    public static Principal operator(Tenant tenant, String subject) {
        return new Principal(
                tenant,
                subject,
                Scopes.of(Scopes.ADMIN, Scopes.PLATFORM),
                Set.of(Scopes.ADMIN),
                UNLIMITED_PLAN,
                "subject-" + subject);
    }

    /** This caller, acting for that user, with its roles. */
    public Principal actingFor(UserRights rights) {
        return new Principal(tenant, subject, Optional.of(rights), scopes, rights.roles(), plan, credentialId);
    }

    /** This caller, with no more than these scopes allow. */
    public Principal narrowed(Scopes most) {
        return new Principal(tenant, subject, user, scopes.and(most), roles, plan, credentialId);
    }

    /** Whether the credential allows this, and its user, if it acts for one, may do it. The one question about rights. */
    public boolean may(String permission) {
        return scopes.permits(permission)
                && (user.isEmpty()
                        || user.get().enabled() && user.get().allowed().permits(permission));
    }

    /**
     * Whether the credential allows one of these, and its user, if it acts for one, may do one of them: for what goes by several
     * permissions, any of which is enough.
     */
    public boolean mayAny(Collection<String> permissions) {
        return permissions.stream().anyMatch(scopes::permits)
                && (user.isEmpty()
                        || user.get().enabled()
                                && permissions.stream().anyMatch(user.get().allowed()::permits));
    }

    /** Whether the caller may do everything that these scopes allow. */
    public boolean covers(Scopes others) {
        return lacking(others).isEmpty();
    }

    /** What of these scopes the caller may not do, in the order of their names. */
    public SortedSet<String> lacking(Scopes others) {
        TreeSet<String> missing = new TreeSet<>(others.names());
        missing.removeIf(this::may);
        return missing;
    }

    /**
     * Goes on if the caller may do this.
     *
     * @param permission what is needed
     * @param what what needs it, as the beginning of a sentence
     * @throws PermissionDeniedException if not
     */
    public void require(String permission, String what) {
        if (!may(permission)) {
            throw new PermissionDeniedException(this, permission, what);
        }
    }
}
