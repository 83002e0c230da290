package dev.devmesh;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The root of what a mesh throws: a stable code, a sentence that may be shown to the caller, and what to do about it.
 *
 * <p>The message never holds a secret, a class name or another tenant's data.
 */
public class MeshException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final String fix;
    private final @Nullable Duration retryAfter;

    /**
     * @param code the stable name
     * @param message one sentence: what is wrong, and where
     * @param fix one sentence: what to do; empty when the message says it
     */
    public MeshException(ErrorCode code, String message, String fix) {
        this(code, message, fix, null, null);
    }

    /**
     * @param code the stable name
     * @param message one sentence: what is wrong, and where
     * @param fix one sentence: what to do; empty when the message says it
     * @param retryAfter when the same request may succeed, or null when waiting does not help
     * @param cause what led here, for the log only, or null
     */
    public MeshException(
            ErrorCode code, String message, String fix, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        this.code = Objects.requireNonNull(code, "code");
        this.fix = Objects.requireNonNull(fix, "fix");
        this.retryAfter = retryAfter;
    }

    /** The stable name of what went wrong. */
    public final ErrorCode code() {
        return code;
    }

    /** What to do about it; empty when the message says it. */
    public final String fix() {
        return fix;
    }

    /** When the same request may succeed; empty when waiting does not help. */
    public final Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /** The message, with the fix behind it where there is one: for a reader who gets one string only. */
    public final String sentence() {
        return fix.isEmpty() ? String.valueOf(getMessage()) : getMessage() + " " + fix;
    }
}
