package dev.devmesh.store;

import dev.devmesh.access.Role;
import dev.devmesh.auth.Scopes;
import java.util.List;
import java.util.Optional;

/**
 * The roles of one tenant, and who has them, within a unit of work. A role of another tenant is as if it did not exist.
 *
 * <p>A tenant has no roles until somebody adds them, the built-in ones neither.
 */
public interface RoleStore {

    /**
     * Adds a role.
     *
     * @return false if the tenant has one of this name; nothing is added then
     * @throws IllegalStateException if there is a role of this id
     * @throws IllegalArgumentException if it belongs to another tenant than the unit of work
     */
    boolean insert(Role role);

    /** The role of this id. */
    Optional<Role> find(String id);

    /** The role of this name. */
    Optional<Role> findByName(String name);

    /** The role of this id, kept from being changed or removed by others until this unit of work ends. */
    Optional<Role> lock(String id);

    /** All of them by name, compared byte by byte. */
    List<Role> list();

    /**
     * Has a role, which this unit of work has locked, allow exactly this.
     *
     * @throws IllegalStateException if there is none
     */
    void allow(String id, Scopes allowed);

    /** Removes a role, and takes it from those who have it; false if there is none. */
    boolean delete(String id);

    /** The roles that a user has, by name; none where there is no such user. */
    List<Role> of(String userId);

    /**
     * Gives a role to a user.
     *
     * @return false if the user has it
     * @throws IllegalStateException if there is no such user or role
     */
    boolean give(String userId, String roleId);

    /** Takes a role from a user; false if the user does not have it. */
    boolean take(String userId, String roleId);
}
