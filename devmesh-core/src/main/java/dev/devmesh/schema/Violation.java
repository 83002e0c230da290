package dev.devmesh.schema;

import static java.util.Objects.requireNonNull;

/**
 * One way in which a value breaks its schema.
 *
 * <p>Immutable.
 *
 * @param pointer the JSON Pointer (RFC 6901) of the offending value, empty for the root. A member that is missing or
 *     unknown is reported at the object that lacks or holds it.
 * @param message a sentence a language model can act on, such as {@code days must be at most 14, is 20}
 */
public record Violation(String pointer, String message) {

    public Violation {
        requireNonNull(pointer, "pointer");
        requireNonNull(message, "message");
    }
}
