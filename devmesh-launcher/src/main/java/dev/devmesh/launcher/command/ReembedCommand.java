package dev.devmesh.launcher.command;

import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.exit.Failure;
import dev.devmesh.launcher.logging.Logging;
import dev.devmesh.launcher.server.Parts;
import dev.devmesh.launcher.shell.Surroundings;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code devmesh reembed}: what follows a change of {@code embedding.*}. */
@Command(
        name = "reembed",
        description = {
            "Has every item of the configured database embedded again that the configured model has not embedded yet.",
            "Running servers do the work, in the background; /health tells how much is left. Harmless when run twice."
        },
        mixinStandardHelpOptions = true)
final class ReembedCommand implements Callable<Integer> {

    private static final Logger LOG = LoggerFactory.getLogger(ReembedCommand.class);

    private final Surroundings surroundings;

    @Mixin
    private ConfigurationFile file = new ConfigurationFile();

    ReembedCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws InterruptedException {
        LoadedConfiguration loaded = file.load(surroundings, List.of());
        Logging.level(loaded.configuration().logLevel().name());
        loaded.warnings().forEach(LOG::warn);
        if (loaded.configuration().database().isEmpty()) {
            throw new Failure(
                    ExitCode.USAGE,
                    "there is no database whose items could be embedded again",
                    "set database.url (DATABASE_URL), or database.host");
        }
        try (Parts parts = Parts.open(loaded.configuration())) {
            String model = parts.embedding().model().name();
            long items = parts.store().store().system().embedAgain(model, Instant.now());
            surroundings.out().println("to be embedded again by " + model + ": " + items + " items");
        }
        return ExitCode.OK.number();
    }
}
