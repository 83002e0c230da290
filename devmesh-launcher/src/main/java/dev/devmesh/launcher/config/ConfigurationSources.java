package dev.devmesh.launcher.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a configuration is made of. The command line wins over the environment, the environment over the file, the file
 * over the defaults. Immutable.
 *
 * @param file the YAML file, if there is one
 * @param environment the environment variables
 * @param overrides what the command line sets
 */
public record ConfigurationSources(Optional<File> file, Map<String, String> environment, List<Override> overrides) {

    /** Copies the collections. */
    public ConfigurationSources {
        environment = Map.copyOf(environment);
        overrides = List.copyOf(overrides);
    }

    /**
     * A file.
     *
     * @param name the file as its user named it, for messages
     * @param path where it is
     */
    public record File(String name, Path path) {}

    /**
     * A value given on the command line.
     *
     * @param option the option, with its dashes
     * @param path the key that it sets
     * @param text the value
     */
    public record Override(String option, String path, String text) {}
}
