package dev.devmesh.access;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import dev.devmesh.auth.PermissionDeniedException;
import dev.devmesh.auth.Principal;
import dev.devmesh.store.Position;
import dev.devmesh.store.StoreSession;
import dev.devmesh.store.UserStore;
import dev.devmesh.tool.ToolSpec;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Which users may run which tools, beside what their roles allow. Reading needs the permission {@value Users#READ}, everything else
 * {@value Users#WRITE}; nobody lets others run what they may not run themselves.
 *
 * <p>A tool is named by the names that stand for it: its own, and that of its provider behind it if it has one; a provider by its name
 * alone. Nobody checks here that there is one of this name.
 *
 * <p>Safe for use by many threads; see {@link AccessControl}.
 */
public final class ToolPermissions {

    /** The most users that may have a permission for one name. */
    public static final int MAX_USERS = 1_000;

    /** The most tool permissions that a user may have. */
    public static final int MAX_TOOLS = 500;

    /** The most users that a page may hold. */
    public static final int MAX_PAGE = 200;

    private final AccessUnits units;

    ToolPermissions(AccessUnits units) {
        this.units = units;
    }

    /**
     * Who may run it, by whatever.
     *
     * @param names of the tool and its provider
     * @param after the id of the last user of the page before; empty for the beginning
     * @param limit how many users at most: 1 to {@value #MAX_PAGE}
     * @return with the id of the last user as the next cursor
     */
    public ToolHolders holders(Principal principal, List<String> names, String after, int limit) {
        principal.require(Users.READ, "this");
        Position.requireLimit(limit, MAX_PAGE);
        return units.in(principal.tenant(), session -> {
            AccessUnits.begin(session);
            List<Role> roles = session.roles().list().stream()
                    .filter(role -> names.stream().map(ToolSpec::permission).anyMatch(role.allowed()::permits))
                    .toList();
            Map<String, String> roleNames = roles.stream().collect(Collectors.toMap(Role::id, Role::name));
            List<ToolHolders.Holder> found =
                    session.users().holders(roleNames.keySet(), names, after, limit + 1).stream()
                            .map(holder -> holder(holder, roleNames))
                            .toList();
            Page<ToolHolders.Holder> page = found.size() <= limit
                    ? new Page<>(found, "")
                    : new Page<>(
                            found.subList(0, limit), found.get(limit - 1).user().id());
            return new ToolHolders(roles, page);
        });
    }

    private static ToolHolders.Holder holder(UserStore.Holder holder, Map<String, String> roleNames) {
        return new ToolHolders.Holder(
                holder.user(),
                holder.roleIds().stream().map(roleNames::get).collect(Collectors.toSet()),
                holder.tools());
    }

    /**
     * Has exactly these users have a permission for the first of the names. What others may do by roles, or by a permission for the
     * provider, stays.
     *
     * @param names of the tool and its provider
     * @param userIds at most {@value #MAX_USERS}
     * @throws MeshException {@link ErrorCode#USER_NOT_FOUND} if there is no such user; nothing is changed then
     */
    public void set(Principal principal, List<String> names, Collection<String> userIds) {
        String name = required(principal, names);
        Set<String> wanted = new TreeSet<>(userIds);
        if (wanted.size() > MAX_USERS) {
            throw AccessUnits.invalid(
                    "At most " + MAX_USERS + " users may have a permission for one tool.", "Give them a role.");
        }
        Set<String> changed = units.in(principal.tenant(), session -> {
            Set<String> had = session.toolPermissions().users(name);
            Set<String> affected = new TreeSet<>(had);
            affected.addAll(wanted);
            // in the order of their ids, so that two of these do not wait for each other
            affected.removeIf(
                    user -> !change(session, principal, name, user, had.contains(user), wanted.contains(user)));
            return affected;
        });
        changed.forEach(user -> units.changed(principal.tenant(), user));
    }

    /**
     * Lets a user run it; harmless if the user has the permission.
     *
     * @param names of the tool and its provider: the permission is for the first
     */
    public void give(Principal principal, List<String> names, String userId) {
        one(principal, names, userId, true);
    }

    /**
     * Ends that; harmless if the user does not have the permission.
     *
     * @param names of the tool and its provider: the permission is for the first
     */
    public void take(Principal principal, List<String> names, String userId) {
        one(principal, names, userId, false);
    }

    private void one(Principal principal, List<String> names, String userId, boolean wanted) {
        String name = required(principal, names);
        boolean changed = units.in(principal.tenant(), session -> {
            AccessUnits.lock(session, userId);
            boolean had = session.toolPermissions().of(userId).contains(name);
            return change(session, principal, name, userId, had, wanted);
        });
        if (changed) {
            units.changed(principal.tenant(), userId);
        }
    }

    private boolean change(
            StoreSession session, Principal principal, String name, String userId, boolean had, boolean wanted) {
        if (had == wanted) {
            return false;
        }
        AccessUnits.lock(session, userId);
        if (wanted && session.toolPermissions().of(userId).size() >= MAX_TOOLS) {
            throw AccessUnits.invalid(
                    "User " + userId + " has " + MAX_TOOLS + " tool permissions, and may not have more.",
                    "Give permissions for providers, or a role.");
        }
        boolean changed = wanted
                ? session.toolPermissions().give(userId, name)
                : session.toolPermissions().take(userId, name);
        if (changed) {
            units.record(session, principal, wanted ? "tool.allow" : "tool.disallow", userId, name);
        }
        return changed;
    }

    private static String required(Principal principal, List<String> names) {
        principal.require(Users.WRITE, "this");
        List<String> permissions = names.stream().map(ToolSpec::permission).toList();
        if (!principal.mayAny(permissions)) {
            throw new PermissionDeniedException(
                    principal, permissions.get(0), "letting others run '" + names.get(0) + "'");
        }
        return names.get(0);
    }
}
