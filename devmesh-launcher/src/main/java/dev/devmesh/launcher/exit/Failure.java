package dev.devmesh.launcher.exit;

import org.jspecify.annotations.Nullable;

/** Why a command ends without success, in words for the one line that its user reads. */
public final class Failure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;
    private final String fix;

    /**
     * @param exitCode what the process ends with
     * @param what what went wrong, without a full stop
     * @param fix the key or command that cures it
     */
    public Failure(ExitCode exitCode, String what, String fix) {
        this(exitCode, what, fix, null);
    }

    /**
     * @param exitCode what the process ends with
     * @param what what went wrong, without a full stop
     * @param fix the key or command that cures it
     * @param cause for the log at level debug, or null
     */
    public Failure(ExitCode exitCode, String what, String fix, @Nullable Throwable cause) {
        super(what, cause);
        this.exitCode = exitCode;
        this.fix = fix;
    }

    /** A sentence as part of the line: without its full stop. */
    public static String part(String sentence) {
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    /** What the process ends with. */
    public ExitCode exitCode() {
        return exitCode;
    }

    /** {@code <what>; fix: <key or command>}. */
    public String line() {
        return getMessage() + "; fix: " + fix;
    }
}
