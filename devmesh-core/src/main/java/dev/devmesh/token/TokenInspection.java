package dev.devmesh.token;

import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is in a token, and how each check of it went: for people who wonder why it is refused. It holds no key and no signature.
 *
 * <p>Immutable as long as nobody changes the JSON.
 *
 * @param header what the token says of itself; empty if it cannot be read
 * @param claims what it says; empty if it cannot be read
 * @param checks the checks in their order; the first that did not pass is why the token is refused
 */
public record TokenInspection(ObjectNode header, ObjectNode claims, List<Check> checks) {

    /** Copies the checks. */
    public TokenInspection {
        Objects.requireNonNull(header, "header");
        Objects.requireNonNull(claims, "claims");
        checks = List.copyOf(checks);
    }

    /** Whether the token is good here and now. */
    public boolean passed() {
        return checks.stream().allMatch(Check::passed);
    }

    /**
     * One check.
     *
     * @param name what is checked, for example {@code exp}
     * @param passed whether it is as it must be
     * @param expected what it must be
     * @param found what it is
     */
    public record Check(String name, boolean passed, String expected, String found) {

        /** Checks that nothing is missing. */
        public Check {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(expected, "expected");
            Objects.requireNonNull(found, "found");
        }
    }
}
