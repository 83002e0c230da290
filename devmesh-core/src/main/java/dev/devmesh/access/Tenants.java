package dev.devmesh.access;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.auth.TenantState;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Erasure;
import dev.devmesh.store.Position;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Tenants: made, suspended, deleted with their data. Everything here needs the permission {@value #MANAGE}, which administrators of a
 * tenant do not have.
 *
 * <p>A tenant that nobody made is active: a program names tenants freely. To suspend or delete it, it is made first, which changes nothing
 * of its data. What is done is recorded in the audit log of the caller's tenant, before it is done.
 *
 * <p>Safe for use by many threads; see {@link AccessControl}.
 */
public final class Tenants {

    /** The permission to see, make, suspend and delete tenants. */
    public static final String MANAGE = Scopes.PLATFORM + ":tenants";

    /** The most tenants that a page may hold. */
    public static final int MAX_PAGE = 200;

    private final AccessUnits units;
    private final Contexts contexts;

    Tenants(AccessUnits units, Contexts contexts) {
        this.units = units;
        this.contexts = contexts;
    }

    /**
     * Makes a tenant, with the built-in roles.
     *
     * @param id 1 to 64 of {@code a-z A-Z 0-9 . _ -}
     * @param name for people, up to 200 characters; empty for the id
     * @throws MeshException {@link ErrorCode#ALREADY_EXISTS} if there is one of this id, or was
     */
    public TenantInfo create(Principal principal, String id, String name) {
        require(principal);
        Tenant tenant = parse(id)
                .orElseThrow(() -> AccessUnits.invalid(
                        "The id of a tenant has 1 to 64 characters of a-z A-Z 0-9 . _ -", "Choose another id."));
        TenantInfo info = new TenantInfo(
                tenant,
                AccessUnits.name(name.isBlank() ? id : name, "tenant"),
                units.now(),
                Optional.empty(),
                Optional.empty());
        if (units.store().system().tenant(tenant).isPresent()) {
            throw taken(id);
        }
        record(principal, "tenant.create", tenant);
        if (!units.store().system().insertTenant(info)) {
            throw taken(id);
        }
        units.<Boolean>in(tenant, session -> {
            AccessUnits.begin(session);
            return true;
        });
        return info;
    }

    /** The tenant of this id, deleted or not. */
    public TenantInfo get(Principal principal, String id) {
        require(principal);
        return parse(id).flatMap(units.store().system()::tenant).orElseThrow(Tenants::notFound);
    }

    /**
     * The tenants that were made, newest first, deleted or not.
     *
     * @param cursor where to go on, as {@link Page#nextCursor()} said; empty for the beginning
     * @param limit how many at most: 1 to {@value #MAX_PAGE}
     */
    public Page<TenantInfo> list(Principal principal, String cursor, int limit) {
        require(principal);
        Position.requireLimit(limit, MAX_PAGE);
        List<TenantInfo> found = units.store().system().tenants(Position.after(cursor), limit + 1);
        return Position.page(
                found,
                limit,
                info -> new Position(info.createdAt(), info.tenant().id()));
    }

    /** Refuses the credentials of a tenant until it is resumed; its data stays. One that is suspended keeps its time. */
    public TenantInfo suspend(Principal principal, String id) {
        return change(principal, id, "tenant.suspend", info -> info.suspended(units.now()));
    }

    /** Ends {@link #suspend}; harmless for a tenant that is active. */
    public TenantInfo resume(Principal principal, String id) {
        return change(principal, id, "tenant.resume", TenantInfo::resumed);
    }

    /**
     * Deletes a tenant with everything of it, for ever. Its credentials are refused from the beginning; where it is interrupted it may be done again,
     * and finishes.
     *
     * @return the proof of what went; nobody keeps it but the caller
     */
    public Erasure delete(Principal principal, String id) {
        TenantInfo gone = apply(principal, id, "tenant.delete", info -> info.deleted(units.now()));
        return contexts.eraseTenant(administrator(principal, gone.tenant()));
    }

    /**
     * The caller as an administrator of a tenant, within it: to make its first key, for example. What is done so is in the audit log of both
     * tenants.
     *
     * @throws MeshException {@link ErrorCode#TENANT_SUSPENDED} if it is suspended or deleted
     */
    public Principal enter(Principal principal, String id) {
        require(principal);
        TenantInfo info = get(principal, id);
        if (info.state() != TenantState.ACTIVE) {
            throw new MeshException(
                    ErrorCode.TENANT_SUSPENDED,
                    "Tenant " + id + " is " + info.state().name().toLowerCase(Locale.ROOT) + ".",
                    "Resume it first, if it is suspended.");
        }
        requireOther(principal, info.tenant());
        record(principal, "tenant.enter", info.tenant());
        return administrator(principal, info.tenant());
    }

    private static Principal administrator(Principal principal, Tenant tenant) {
        return new Principal(
                tenant,
                principal.subject(),
                Scopes.of(Scopes.ADMIN),
                Set.of(Scopes.ADMIN),
                Principal.DEFAULT_PLAN,
                principal.credentialId());
    }

    private static void requireOther(Principal principal, Tenant tenant) {
        if (tenant.equals(principal.tenant())) {
            throw AccessUnits.invalid(
                    "Nobody suspends, deletes or enters the tenant that they act for.",
                    "Use a credential of the platform's own tenant, or what the tenant's administrators use.");
        }
    }

    private TenantInfo change(Principal principal, String id, String action, UnaryOperator<TenantInfo> change) {
        requireThere(get(principal, id)); // before it is recorded
        TenantInfo changed =
                apply(principal, id, action, info -> info.state() == TenantState.DELETED ? info : change.apply(info));
        requireThere(changed); // somebody else may have deleted it meanwhile
        return changed;
    }

    private static void requireThere(TenantInfo info) {
        if (info.state() == TenantState.DELETED) {
            throw AccessUnits.invalid(
                    "Tenant " + info.tenant().id() + " is deleted, and stays so.", "Make another one.");
        }
    }

    private TenantInfo apply(Principal principal, String id, String action, UnaryOperator<TenantInfo> change) {
        require(principal);
        Tenant tenant = get(principal, id).tenant();
        requireOther(principal, tenant);
        record(principal, action, tenant);
        TenantInfo changed = units.store().system().changeTenant(tenant, change).orElseThrow(Tenants::notFound);
        units.changed(tenant, "");
        return changed;
    }

    /** A tenant is no row of a tenant's, so its change is another unit of work than its record. */
    private void record(Principal principal, String action, Tenant tenant) {
        units.<Boolean>in(principal.tenant(), session -> {
            units.record(session, principal, action, tenant.id(), "");
            return true;
        });
    }

    private static MeshException taken(String id) {
        return new MeshException(
                ErrorCode.ALREADY_EXISTS,
                "There is a tenant " + id + " already, or there was one.",
                "Choose another id; those of deleted tenants are not used again.");
    }

    private static void require(Principal principal) {
        principal.require(MANAGE, "this");
    }

    private static Optional<Tenant> parse(String id) {
        try {
            return Optional.of(new Tenant(id));
        } catch (IllegalArgumentException noSuchId) {
            return Optional.empty();
        }
    }

    private static MeshException notFound() {
        return new MeshException(
                ErrorCode.TENANT_NOT_FOUND,
                "Nobody made a tenant of this id.",
                "List the tenants to see those that exist; one that is used without having been made can be made.");
    }
}
