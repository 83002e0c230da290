package dev.devmesh.launcher.command;

import dev.devmesh.launcher.config.ConfigurationReference;
import dev.devmesh.launcher.config.ConfigurationSources;
import dev.devmesh.launcher.config.LoadedConfiguration;
import dev.devmesh.launcher.shell.Surroundings;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code devmesh config …}: looks at the configuration without starting anything. */
@Command(name = "config", description = "Checks, shows or begins a configuration.", mixinStandardHelpOptions = true)
final class ConfigCommand {

    private final Surroundings surroundings;

    ConfigCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Command(
            name = "check",
            description = "Names everything that is wrong with the configuration; exit code 2 when something is.",
            mixinStandardHelpOptions = true)
    void check(@Mixin ConfigurationFile file) {
        LoadedConfiguration loaded = file.load(surroundings, List.of());
        loaded.warnings().forEach(warning -> surroundings.err().println("devmesh: warning: " + warning));
        String name =
                file.find(surroundings).map(ConfigurationSources.File::name).orElse("no file, the configuration");
        surroundings.out().println(name + " is good; keys not at their default: " + loaded.given());
    }

    @Command(
            name = "show",
            description = "Prints every key, its value and where that comes from. Secrets are masked.",
            mixinStandardHelpOptions = true)
    void show(@Mixin ConfigurationFile file) {
        surroundings.out().print(file.load(surroundings, List.of()).listing());
    }

    @Command(
            name = "template",
            description = "Prints a configuration file with every key, its default and its meaning.",
            mixinStandardHelpOptions = true)
    void template() {
        surroundings.out().print(ConfigurationReference.template());
    }
}
