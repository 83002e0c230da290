package dev.devmesh.launcher.command;

import dev.devmesh.launcher.config.ConfigurationSources;
import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.shell.Surroundings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that names the configuration file, shared by all commands that read it. */
final class ConfigurationFile {

    private static final String USUAL = "devmesh.yaml";

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description =
                    "The configuration file; " + USUAL + " in the working directory, if there is one, when not given.")
    private @Nullable String given;

    /** The file to read, or empty when there is none. */
    Optional<ConfigurationSources.File> find(Surroundings surroundings) {
        Path directory = surroundings.directory();
        if (given != null) {
            return Optional.of(new ConfigurationSources.File(given, directory.resolve(given)));
        }
        Path usual = directory.resolve(USUAL);
        return Files.exists(usual) ? Optional.of(new ConfigurationSources.File(USUAL, usual)) : Optional.empty();
    }

    /** The configuration with this file, the environment and what else the command line sets. */
    LoadedConfiguration load(Surroundings surroundings, List<ConfigurationSources.Override> overrides) {
        return LoadedConfiguration.load(
                new ConfigurationSources(find(surroundings), surroundings.environment(), overrides));
    }
}
