package dev.devmesh.access;

import dev.devmesh.auth.Tenant;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A person or a program that credentials act for.
 *
 * <p>Immutable.
 *
 * @param id unique in the mesh: 1 to 64 of {@code A-Z a-z 0-9 _ -}
 * @param tenant whose user it is
 * @param email unique in the tenant; empty for none
 * @param name what people call it; may be empty, need not be unique
 * @param subject what an external issuer of tokens calls it, unique in the tenant; empty for none
 * @param createdAt when it was made
 * @param disabledAt since when its credentials are refused; empty if they are not
 */
public record User(
        String id,
        Tenant tenant,
        String email,
        String name,
        String subject,
        Instant createdAt,
        Optional<Instant> disabledAt) {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    /** Checks that nothing is missing, and the form of the id. */
    public User {
        Objects.requireNonNull(tenant, "tenant");
        Objects.requireNonNull(email, "email");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(subject, "subject");
        Objects.requireNonNull(createdAt, "createdAt");
        Objects.requireNonNull(disabledAt, "disabledAt");
        if (!isId(id)) {
            throw new IllegalArgumentException("the id of a user has 1 to 64 characters of A-Z a-z 0-9 _ -");
        }
    }

    /** Whether its credentials are good as far as it matters. */
    public boolean isEnabled() {
        return disabledAt.isEmpty();
    }

    static boolean isId(String id) {
        return ID.matcher(id).matches();
    }
}
