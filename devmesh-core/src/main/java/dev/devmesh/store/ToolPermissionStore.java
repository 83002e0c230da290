package dev.devmesh.store;

import java.util.Set;

/**
 * Which tools users of one tenant may run beside what their roles allow, within a unit of work. A tool is named, or a provider, which
 * stands for all its tools; nobody checks here that there is one of this name.
 */
public interface ToolPermissionStore {

    /** What this user may run by tool permissions; nothing where there is no such user. */
    Set<String> of(String userId);

    /** The ids of the users who may run what has exactly this name. */
    Set<String> users(String tool);

    /**
     * Lets a user run it.
     *
     * @return false if the user may already
     * @throws IllegalStateException if there is no such user
     */
    boolean give(String userId, String tool);

    /** Ends that; false if the user may not. */
    boolean take(String userId, String tool);
}
