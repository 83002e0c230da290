package dev.devmesh.auth;

import java.util.Objects;
import java.util.Set;

/**
 * A user as far as it matters for what may be done: its roles, and what they and its tool permissions allow together.
 *
 * <p>Immutable.
 *
 * @param id the user's id
 * @param enabled whether the user may do anything at all
 * @param roles the names of its roles
 * @param allowed what they and its tool permissions allow
 */
public record UserRights(String id, boolean enabled, Set<String> roles, Scopes allowed) {

    /** Checks that nothing is missing. */
    public UserRights {
        Objects.requireNonNull(id, "id");
        roles = Set.copyOf(roles);
        Objects.requireNonNull(allowed, "allowed");
    }
}
