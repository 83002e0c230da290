package dev.devmesh.launcher.api;

import dev.devmesh.launcher.shell.Surroundings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code devmesh audit}. */
@Command(name = "audit", description = "Lists who did what, newest first.", mixinStandardHelpOptions = true)
public final class AuditCommand implements Callable<Integer> {

    private final Surroundings surroundings;

    @Mixin
    private Target target = new Target();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "50",
            description = "How many entries, 1 to 200; 50 when not given.")
    private int limit;

    /** @param surroundings where it prints */
    public AuditCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        try (Conversation mesh = Conversation.begin(surroundings, target)) {
            mesh.rows(
                    mesh.get("/api/v1/audit?limit=" + limit),
                    "at",
                    "subject",
                    "credential_id",
                    "action",
                    "object",
                    "outcome");
        }
        return 0;
    }
}
