package dev.devmesh.access;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.BuiltInRole;
import dev.devmesh.auth.Permissions;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.store.Ids;
import dev.devmesh.store.StoreSession;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The roles of a tenant. Reading needs the permission {@value Users#READ}, everything else {@value Users#WRITE}.
 *
 * <p>Every tenant has the {@linkplain BuiltInRole built-in roles}. They cannot be deleted, and what {@code admin} allows cannot be changed.
 *
 * <p>Wherever a role is named, by its name or its id, only those of the caller's tenant exist; others are {@link ErrorCode#ROLE_NOT_FOUND}.
 *
 * <p>Safe for use by many threads; see {@link AccessControl}.
 */
public final class Roles {

    /** The most roles that a tenant may have. */
    public static final int MAX_ROLES = 200;

    /** The most permissions that a role may have. */
    public static final int MAX_PERMISSIONS = 200;

    private static final int MAX_PERMISSION = 200;

    private final AccessUnits units;

    Roles(AccessUnits units) {
        this.units = units;
    }

    /** All roles of the caller's tenant, by name. */
    public List<Role> list(Principal principal) {
        principal.require(Users.READ, "this");
        return units.in(principal.tenant(), session -> {
            AccessUnits.begin(session);
            return session.roles().list();
        });
    }

    /** The role of this name or id. */
    public Role get(Principal principal, String role) {
        principal.require(Users.READ, "this");
        return units.in(principal.tenant(), session -> {
            AccessUnits.begin(session);
            return known(session, role);
        });
    }

    /**
     * Makes a role.
     *
     * @param name 1 to 64 of {@code a-z 0-9 _ -}, the first a letter
     * @param permissions what it allows, as {@link Permissions} names it
     * @throws MeshException {@link ErrorCode#ALREADY_EXISTS} if there is one of this name
     */
    public Role create(Principal principal, String name, Collection<String> permissions) {
        return units.in(principal.tenant(), session -> create(session, principal, name, permissions));
    }

    /** {@link #create(Principal, String, Collection)} as part of a unit of work of the caller's tenant. */
    public Role create(StoreSession session, Principal principal, String name, Collection<String> permissions) {
        principal.require(Users.WRITE, "this");
        if (!Role.isName(name) || name.startsWith("role_")) {
            throw AccessUnits.invalid(
                    "The name of a role has 1 to 64 characters of a-z 0-9 _ -, the first a letter, and does not begin with role_.",
                    "Name it after what its users do, for example reviewer.");
        }
        Scopes allowed = parse(permissions);
        AccessUnits.requireCovered(principal, allowed, "role " + name);
        AccessUnits.begin(session);
        if (session.roles().list().size() >= MAX_ROLES) {
            throw AccessUnits.invalid("A tenant has at most " + MAX_ROLES + " roles.", "Delete one that nobody has.");
        }
        Role role = new Role(Ids.next("role_"), principal.tenant(), name, false, allowed);
        if (!session.roles().insert(role)) {
            throw new MeshException(
                    ErrorCode.ALREADY_EXISTS, "There is a role " + name + " already.", "Choose another name.");
        }
        units.record(session, principal, "role.create", role.id(), name + ": " + allowed);
        return role;
    }

    /**
     * Has a role allow exactly this, for everybody who has it.
     *
     * @param role its name or id
     * @param permissions what it allows, as {@link Permissions} names it
     */
    public Role allow(Principal principal, String role, Collection<String> permissions) {
        principal.require(Users.WRITE, "this");
        Scopes allowed = parse(permissions);
        Role changed = units.in(principal.tenant(), session -> {
            Role old = lockToChange(session, principal, role);
            if (old.builtIn() && old.name().equals(BuiltInRole.ADMIN.roleName())) {
                throw AccessUnits.invalid(
                        "The role admin allows everything, and stays so.", "Make another role, or change another.");
            }
            AccessUnits.requireCovered(principal, allowed, "role " + old.name());
            session.roles().allow(old.id(), allowed);
            units.record(session, principal, "role.allow", old.id(), old.name() + ": " + allowed);
            return new Role(old.id(), old.tenant(), old.name(), old.builtIn(), allowed);
        });
        units.changed(principal.tenant(), "");
        return changed;
    }

    /**
     * Removes a role, and takes it from those who have it.
     *
     * @param role its name or id
     */
    public void delete(Principal principal, String role) {
        principal.require(Users.WRITE, "this");
        units.<Boolean>in(principal.tenant(), session -> {
            Role old = lockToChange(session, principal, role);
            if (old.builtIn()) {
                throw AccessUnits.invalid(
                        "The role " + old.name() + " is built in, and cannot be deleted.", "Have it allow less.");
            }
            session.roles().delete(old.id());
            units.record(session, principal, "role.delete", old.id(), old.name());
            return true;
        });
        units.changed(principal.tenant(), "");
    }

    private static Role lockToChange(StoreSession session, Principal principal, String role) {
        AccessUnits.begin(session);
        String id = known(session, role).id();
        Role old = session.roles().lock(id).orElseThrow(() -> notFound(role));
        AccessUnits.requireCovered(principal, old.allowed(), "role " + old.name());
        return old;
    }

    static Role known(StoreSession session, String role) {
        Optional<Role> found = Role.isName(role) ? session.roles().findByName(role) : Optional.empty();
        return found.or(() -> isId(role) ? session.roles().find(role) : Optional.empty())
                .orElseThrow(() -> notFound(role));
    }

    private static boolean isId(String id) {
        return User.isId(id);
    }

    static MeshException notFound(String role) {
        return new MeshException(
                ErrorCode.ROLE_NOT_FOUND,
                isId(role) ? "There is no role " + role + "." : "There is no role of this name.",
                "List the roles to see those that exist.");
    }

    private static Scopes parse(Collection<String> permissions) {
        Set<String> names = new HashSet<>(permissions);
        if (names.size() > MAX_PERMISSIONS) {
            throw AccessUnits.invalid(
                    "A role has at most " + MAX_PERMISSIONS + " permissions.",
                    "Use permissions that stand above others, for example tools:execute.");
        }
        for (String name : names) {
            if (name.length() > MAX_PERMISSION || !Permissions.isKnown(name)) {
                throw unknown(name);
            }
        }
        try {
            return Scopes.of(names);
        } catch (IllegalArgumentException malformed) {
            throw AccessUnits.invalid("One of the permissions has not the form of one: " + malformed.getMessage(), "");
        }
    }

    private static MeshException unknown(String name) {
        String shown = name.length() > 64 ? name.substring(0, 64) + "…" : name;
        return AccessUnits.invalid(
                "There is no permission '" + shown + "'.",
                "The known ones are "
                        + Permissions.all().stream()
                                .map(Permissions.Known::name)
                                .collect(Collectors.joining(", "))
                        + ", " + Scopes.ADMIN
                        + ", and one more for each name below tools:execute, resources:read and prompts:get.");
    }
}
