package dev.devmesh.launcher;

import dev.devmesh.launcher.command.DevMeshCommand;
import dev.devmesh.launcher.shell.Surroundings;

/** Where the jar begins. */
public final class Main {

    private Main() {}

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        Surroundings surroundings = Surroundings.ofProcess();
        // Standard output belongs to the commands: in stdio mode a line that a library prints would break the protocol.
        System.setOut(System.err);
        System.exit(DevMeshCommand.run(surroundings, arguments));
    }
}
