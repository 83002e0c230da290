package dev.devmesh.access;

import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What users may do together, under one name.
 *
 * <p>Immutable.
 *
 * @param id unique in the mesh
 * @param tenant whose role it is
 * @param name unique in the tenant: 1 to 64 of {@code a-z 0-9 _ -}, the first a letter
 * @param builtIn whether every tenant has it
 * @param allowed what it allows
 */
public record Role(String id, Tenant tenant, String name, boolean builtIn, Scopes allowed) {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,63}");

    /** Checks that nothing is missing, and the form of the name. */
    public Role {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(allowed, "allowed");
        if (!isName(name)) {
            throw new IllegalArgumentException(
                    "the name of a role has 1 to 64 characters of a-z 0-9 _ -, the first a letter");
        }
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }
}
