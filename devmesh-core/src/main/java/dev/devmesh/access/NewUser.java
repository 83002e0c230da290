package dev.devmesh.access;

import java.util.Objects;

/**
 * A user to be made. {@link Users} checks it.
 *
 * <p>Immutable.
 *
 * @param id its id, which only who manages the platform may choose; empty for one that is made up
 * @param email unique in the tenant; empty for none
 * @param name what people call it; may be empty
 * @param subject what an external issuer of tokens calls it; empty for none
 */
public record NewUser(String id, String email, String name, String subject) {

    /** Checks that nothing is missing. */
    public NewUser {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(email, "email");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(subject, "subject");
    }

    /** A user that people call this. */
    public static NewUser named(String name) {
        return new NewUser("", "", name, "");
    }

    /** This user, with an email. */
    public NewUser email(String address) {
        return new NewUser(id, address, name, subject);
    }

    /** This user, called so by an external issuer of tokens. */
    public NewUser subject(String called) {
        return new NewUser(id, email, name, called);
    }

    /** This user, with an id of the caller's choice. */
    public NewUser id(String chosen) {
        return new NewUser(chosen, email, name, subject);
    }
}
