package dev.devmesh.task;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.util.Objects;

/**
 * Why a task has no result, as it is kept.
 *
 * @param code the stable name
 * @param message one sentence: what went wrong
 * @param fix one sentence: what to do; empty when the message says it
 */
public record TaskFailure(ErrorCode code, String message, String fix) {

    /** Checks that nothing is missing. */
    public TaskFailure {
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(fix, "fix");
    }

    /** What this says. */
    public static TaskFailure of(MeshException reason) {
        return new TaskFailure(reason.code(), String.valueOf(reason.getMessage()), reason.fix());
    }

    /** The same as an exception. */
    public MeshException reason() {
        return new MeshException(code, message, fix);
    }
}
