package dev.devmesh.question;

import dev.devmesh.tool.ToolException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the user made of a form: filled it in, said no, or closed it.
 *
 * <p>Immutable.
 *
 * @param <T> the form as a record
 */
public final class Elicited<T> {

    private final @Nullable T value;
    private final boolean declined;

    private Elicited(@Nullable T value, boolean declined) {
        this.value = value;
        this.declined = declined;
    }

    static <T> Elicited<T> accepted(T value) {
        return new Elicited<>(value, false);
    }

    static <T> Elicited<T> refused(boolean declined) {
        return new Elicited<>(null, declined);
    }

    /** The form as filled in, or empty if the user did not. */
    public Optional<T> accepted() {
        return Optional.ofNullable(value);
    }

    /** Whether the user said no. If not, and nothing was accepted, the form was closed without a choice. */
    public boolean isDeclined() {
        return declined;
    }

    /**
     * The form as filled in.
     *
     * @throws ToolException if the user did not, which ends a tool call with that word
     */
    public T orElseThrow() {
        if (value == null) {
            throw new ToolException(declined ? "The user declined to answer." : "The user did not answer.");
        }
        return value;
    }
}
