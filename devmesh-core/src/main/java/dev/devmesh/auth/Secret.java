package dev.devmesh.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Objects;

/**
 * A text that must not be shown: its {@code toString} hides it, so that it can be a component of a record. Comparing two takes the same
 * time wherever they differ.
 *
 * <p>Immutable.
 *
 * @param reveal the text itself; empty when none is set
 */
public record Secret(String reveal) {

    private static final Secret NONE = new Secret("");

    /** Checks that it is not null. */
    public Secret {
        Objects.requireNonNull(reveal, "reveal");
    }

    /** None is set. */
    public static Secret none() {
        return NONE;
    }

    /** Whether one is set. */
    public boolean isSet() {
        return !reveal.isEmpty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret that && MessageDigest.isEqual(bytes(), that.bytes());
    }

    @Override
    public int hashCode() {
        return reveal.hashCode();
    }

    private byte[] bytes() {
        return reveal.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return isSet() ? "***" : "";
    }
}
