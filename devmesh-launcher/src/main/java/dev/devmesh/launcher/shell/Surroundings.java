package dev.devmesh.launcher.shell;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a command finds around it, so that a test can bring its own.
 *
 * @param environment the environment variables
 * @param directory the working directory
 * @param out standard output: what the user asked for
 * @param err standard error: what went wrong
 * @param terminal whether a person reads standard output
 */
public record Surroundings(
        Map<String, String> environment, Path directory, PrintStream out, PrintStream err, boolean terminal) {

    /** Copies the environment. */
    public Surroundings {
        environment = Map.copyOf(environment);
    }

    /** Those of this process. */
    public static Surroundings ofProcess() {
        return new Surroundings(System.getenv(), Path.of(""), System.out, System.err, Terminal.isAttached());
    }
}
