package dev.devmesh.access;

import java.util.Objects;
import java.util.Optional;

/**
 * What is to be changed of a user; what is empty stays.
 *
 * <p>Immutable.
 *
 * @param email the email; an empty text for none
 * @param name the name
 * @param subject what an external issuer of tokens calls it; an empty text for nothing
 * @param disabled whether its credentials are refused
 */
public record UserChange(
        Optional<String> email, Optional<String> name, Optional<String> subject, Optional<Boolean> disabled) {

    /** Checks that nothing is missing. */
    public UserChange {
        Objects.requireNonNull(email, "email");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(subject, "subject");
        Objects.requireNonNull(disabled, "disabled");
    }

    /** Nothing yet. */
    public static UserChange none() {
        return new UserChange(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** With this email. */
    public UserChange email(String address) {
        return new UserChange(Optional.of(address), name, subject, disabled);
    }

    /** With this name. */
    public UserChange name(String called) {
        return new UserChange(email, Optional.of(called), subject, disabled);
    }

    /** Called so by an external issuer of tokens. */
    public UserChange subject(String called) {
        return new UserChange(email, name, Optional.of(called), disabled);
    }

    /** With its credentials refused, or good again. */
    public UserChange disabled(boolean refused) {
        return new UserChange(email, name, subject, Optional.of(refused));
    }
}
