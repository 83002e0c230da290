package dev.devmesh.launcher.command;

import dev.devmesh.launcher.config.ConfigurationSources;
import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.logging.Logging;
import dev.devmesh.launcher.server.Banner;
import dev.devmesh.launcher.server.Parts;
import dev.devmesh.launcher.server.Server;
import dev.devmesh.launcher.server.StopSignal;
import dev.devmesh.launcher.shell.Surroundings;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code devmesh serve}: runs the server until it is told to stop. */
@Command(
        name = "serve",
        description = "Starts the server. This is what devmesh does without a command.",
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    private final Surroundings surroundings;

    @Mixin
    private ConfigurationFile file = new ConfigurationFile();

    // Text, not a number: the configuration checks it together with everything else.
    @Option(
            names = "--port",
            paramLabel = "N",
            description = "The port for clients; 0 picks free ones for all listeners. Sets listeners.edge.")
    private @Nullable String port;

    @Option(names = "--bind", paramLabel = "ADDRESS", description = "The address to listen on. Sets listeners.bind.")
    private @Nullable String bind;

    @Option(
            names = "--roles",
            paramLabel = "ROLE,...",
            split = ",",
            description = "What this process does: edge, api, worker. All of it so far; to split needs a shared queue.")
    private List<String> roles = List.of();

    @Option(
            names = "--dev",
            description = "For a first look: on this machine only, whoever calls is administrator, without a key.")
    private boolean dev;

    ServeCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws InterruptedException {
        Role.requireAll(roles);
        LoadedConfiguration loaded = file.load(surroundings, overrides());
        Logging.level(loaded.configuration().logLevel().name());
        loaded.warnings().forEach(LOG::warn);
        Server.check(loaded, dev);
        // A signal while the database is waited for ends the process, as it does any other: nothing is under way yet.
        try (Parts parts = Parts.open(loaded.configuration())) {
            StopSignal stop = StopSignal.install();
            try (Server server = Server.start(loaded, parts, dev, Version.number())) {
                surroundings.out().print(Banner.of(server, surroundings.terminal()));
                surroundings.out().flush();
                String signal = stop.await();
                LOG.info("stopping on {}: finishing what is under way; a second signal stops at once", signal);
            }
        }
        LOG.info("stopped");
        return 0;
    }

    private List<ConfigurationSources.Override> overrides() {
        List<ConfigurationSources.Override> overrides = new ArrayList<>();
        if (port != null) {
            overrides.add(new ConfigurationSources.Override("--port", "listeners.edge", port));
        }
        if (bind != null) {
            overrides.add(new ConfigurationSources.Override("--bind", "listeners.bind", bind));
        }
        return overrides;
    }
}
