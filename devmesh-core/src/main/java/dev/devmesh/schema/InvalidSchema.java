package dev.devmesh.schema;

/**
 * A schema cannot be used: a Java type has no JSON form, or a foreign schema breaks a rule. The message says where and
 * what to do about it.
 *
 * <p>Immutable.
 */
public final class InvalidSchema extends RuntimeException {

    private static final long serialVersionUID = 1L;

    InvalidSchema(String message) {
        super(message);
    }
}
