package dev.devmesh.launcher;

import dev.devmesh.launcher.command.DevMeshCommand;
import dev.devmesh.launcher.command.Surroundings;

/** Where the jar begins. */
public final class Main {

    private Main() {}

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(DevMeshCommand.run(Surroundings.ofProcess(), arguments));
    }
}
