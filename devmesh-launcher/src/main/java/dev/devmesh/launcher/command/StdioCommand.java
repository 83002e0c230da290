package dev.devmesh.launcher.command;

import dev.devmesh.auth.Secret;
import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.exit.ExitCode;
import dev.devmesh.launcher.logging.Logging;
import dev.devmesh.launcher.server.Parts;
import dev.devmesh.launcher.server.StdioService;
import dev.devmesh.launcher.server.StopSignal;
import dev.devmesh.launcher.shell.Surroundings;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code devmesh stdio}: serves the client that started the process, until its input ends. */
@Command(
        name = "stdio",
        description = {
            "Serves one client over standard input and output, for clients that start their servers themselves.",
            "Standard output carries the protocol and nothing else; the log goes to standard error.",
            "The client's API key is in the environment variable " + StdioService.KEY_VARIABLE + "."
        },
        mixinStandardHelpOptions = true)
final class StdioCommand implements Callable<Integer> {

    private static final Logger LOG = LoggerFactory.getLogger(StdioCommand.class);

    private final Surroundings surroundings;

    @Mixin
    private ConfigurationFile file = new ConfigurationFile();

    @Option(names = "--dev", description = "For a first look: the client is administrator, without a key.")
    private boolean dev;

    StdioCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws InterruptedException {
        LoadedConfiguration loaded = file.load(surroundings, List.of());
        Logging.level(loaded.configuration().logLevel().name());
        loaded.warnings().forEach(LOG::warn);
        Secret key = new Secret(surroundings.environment().getOrDefault(StdioService.KEY_VARIABLE, ""));
        StdioService.check(dev, key);
        try (Parts parts = Parts.open(loaded.configuration())) {
            StopSignal stop = StopSignal.install();
            try (StdioService service = StdioService.start(loaded, parts, dev, key, Version.number())) {
                stop.onArrival(signal -> {
                    LOG.info("stopping on {}", signal);
                    service.end();
                });
                service.awaitEnd();
            }
        }
        LOG.info("stopped");
        return ExitCode.OK.number();
    }
}
