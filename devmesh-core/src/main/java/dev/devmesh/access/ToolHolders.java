package dev.devmesh.access;

import dev.devmesh.Page;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Who may run a tool, or the tools of a provider.
 *
 * <p>Immutable.
 *
 * @param roles those that allow it, by name
 * @param users those who have one of them, or a tool permission, by id; a disabled one cannot use it
 */
public record ToolHolders(List<Role> roles, Page<Holder> users) {

    /** Copies the list. */
    public ToolHolders {
        roles = List.copyOf(roles);
        Objects.requireNonNull(users, "users");
    }

    /**
     * One of them.
     *
     * @param user who
     * @param roles the names of the roles by which it may
     * @param tools the names of tool and provider for which it has a tool permission
     */
    public record Holder(User user, Set<String> roles, Set<String> tools) {

        /** Copies the sets. */
        public Holder {
            Objects.requireNonNull(user, "user");
            roles = Set.copyOf(roles);
            tools = Set.copyOf(tools);
        }
    }
}
