package dev.devmesh.launcher.command;

import dev.devmesh.launcher.shell.Surroundings;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** Which DevMesh this is, and on which Java. */
@Command(name = "version", description = "Prints the version.")
final class Version implements Runnable, IVersionProvider {

    private final Surroundings surroundings;

    Version(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** The version in the jar's manifest; classes that come from no jar have none. */
    static String number() {
        return Optional.ofNullable(Version.class.getPackage().getImplementationVersion())
                .orElse("development");
    }

    @Override
    public String[] getVersion() {
        return new String[] {
            "devmesh " + number() + " (Java " + Runtime.version() + ", " + System.getProperty("os.name") + " "
                    + System.getProperty("os.arch") + ")"
        };
    }

    @Override
    public void run() {
        surroundings.out().println(getVersion()[0]);
    }
}
