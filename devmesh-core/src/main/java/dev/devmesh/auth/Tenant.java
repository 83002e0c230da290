package dev.devmesh.auth;

import java.util.regex.Pattern;

/**
 * Whose data it is. Everything stored belongs to exactly one tenant.
 *
 * @param id 1 to 64 characters of {@code a-z A-Z 0-9 . _ -}
 */
public record Tenant(String id) {

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Tenant DEFAULT = new Tenant("default");

    /** Checks the form of the id. */
    public Tenant {
        if (!FORM.matcher(id).matches()) {
            throw new IllegalArgumentException("a tenant id has 1 to 64 characters of a-z A-Z 0-9 . _ -");
        }
    }

    /** The tenant of a mesh that has only one, named {@code default}. */
    public static Tenant single() {
        return DEFAULT;
    }

    @Override
    public String toString() {
        return id;
    }
}
