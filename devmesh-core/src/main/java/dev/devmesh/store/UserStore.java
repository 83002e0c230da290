package dev.devmesh.store;

import dev.devmesh.access.User;
import dev.devmesh.auth.Standing;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The users of one tenant within a unit of work. A user of another tenant is as if it did not exist, save that its id is taken.
 *
 * @see SystemStore#standing
 */
public interface UserStore {

    /** What only one user can have. */
    enum Taken {
        /** The id, in the whole mesh. */
        ID,
        /** The email, in the tenant. */
        EMAIL,
        /** The subject, in the tenant. */
        SUBJECT
    }

    /**
     * Who may do something, and by what.
     *
     * @param user who
     * @param roleIds those of the roles asked about that it has
     * @param tools those of the tools asked about that it may run by a tool permission
     */
    record Holder(User user, Set<String> roleIds, Set<String> tools) {

        /** Copies the sets. */
        public Holder {
            Objects.requireNonNull(user, "user");
            roleIds = Set.copyOf(roleIds);
            tools = Set.copyOf(tools);
        }
    }

    /**
     * Adds a user.
     *
     * @return what another user has already; nothing is added then
     * @throws IllegalArgumentException if it belongs to another tenant than the unit of work
     */
    Optional<Taken> insert(User user);

    /** The user of this id, enabled or not. */
    Optional<User> find(String id);

    /**
     * The user of this id, kept from being changed or removed by others until this unit of work ends. What roles and tool
     * permissions it has may not change meanwhile either, where that goes through a unit that locks the user.
     */
    Optional<User> lock(String id);

    /**
     * Users in the order of {@link Position}, enabled or not.
     *
     * @param email only the one with exactly this email; empty for all
     * @param after only those that come after this place; null for the beginning
     */
    List<User> list(String email, @Nullable Position after, int limit);

    /**
     * Replaces the user of the same id, which this unit of work has locked; id and creation stay as they are stored.
     *
     * @return what another user has already; nothing is changed then
     * @throws IllegalStateException if there is none
     */
    Optional<Taken> update(User user);

    /** Removes a user with the roles and tool permissions that it has; false if there is none. Its keys stay. */
    boolean delete(String id);

    /**
     * How a credential of this tenant stands that acts for this user, as the last commit left it.
     *
     * @param id empty for a credential that acts for nobody
     */
    Standing standing(String id);

    /**
     * Users who have one of these roles, or may run one of these tools by a tool permission; by id, compared byte by byte.
     *
     * @param tools names of tools or providers
     * @param after only those whose id is higher; empty for the beginning
     */
    List<Holder> holders(Collection<String> roleIds, Collection<String> tools, String after, int limit);
}
