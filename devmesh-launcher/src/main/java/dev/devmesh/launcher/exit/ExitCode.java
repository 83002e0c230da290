package dev.devmesh.launcher.exit;

/** What the process tells its caller. */
public enum ExitCode {
    /** Done, or stopped because someone asked. */
    OK(0),
    /** The command was right and could not be carried out. */
    RUNTIME(1),
    /** The command line or the configuration is wrong. */
    USAGE(2);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    /** The number that the shell sees. */
    public int number() {
        return number;
    }
}
