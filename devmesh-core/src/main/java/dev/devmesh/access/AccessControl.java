package dev.devmesh.access;

import dev.devmesh.auth.Revocations;
import dev.devmesh.context.Contexts;
import dev.devmesh.store.Store;
import java.time.Clock;

/**
 * Who there is, and what they may do.
 *
 * <p>Every call names who is calling. Without the permission that it needs it ends in {@link dev.devmesh.ErrorCode#PERMISSION_DENIED}.
 * Nobody gives more than they have, and nobody changes a user or role that may do more than they may. What is changed holds at once
 * here, and on every other node within five seconds; what is open by other rights is ended. All refusals are {@link
 * dev.devmesh.MeshException}s.
 *
 * <p>Safe for use by many threads. Each call is a unit of work of its own, so none may be made within {@link Store#inTransaction}, save
 * those that take a session.
 */
public final class AccessControl {

    private final Tenants tenants;
    private final Users users;
    private final Roles roles;
    private final ToolPermissions toolPermissions;

    private AccessControl(AccessUnits units, Contexts contexts) {
        this.tenants = new Tenants(units, contexts);
        this.users = new Users(units);
        this.roles = new Roles(units);
        this.toolPermissions = new ToolPermissions(units);
    }

    /**
     * Of what this store keeps.
     *
     * @param store not closed here
     * @param clock dates what is made
     * @param contexts of the same store: erase the data of a tenant that is deleted
     * @param revocations is told what changes
     */
    public static AccessControl in(Store store, Clock clock, Contexts contexts, Revocations revocations) {
        return new AccessControl(new AccessUnits(store, clock, revocations), contexts);
    }

    /** Tenants. */
    public Tenants tenants() {
        return tenants;
    }

    /** The users of the caller's tenant. */
    public Users users() {
        return users;
    }

    /** The roles of the caller's tenant. */
    public Roles roles() {
        return roles;
    }

    /** Who may run which tool, in the caller's tenant. */
    public ToolPermissions toolPermissions() {
        return toolPermissions;
    }
}
