package dev.devmesh.launcher.config;

import dev.devmesh.launcher.exit.Failure;
import java.util.List;
import java.util.Locale;

/** A configuration that passed every check, and where each value came from. Immutable. */
public final class LoadedConfiguration {

    private final Configuration configuration;
    private final Values values;
    private final List<String> warnings;

    private LoadedConfiguration(Configuration configuration, Values values, List<String> warnings) {
        this.configuration = configuration;
        this.values = values;
        this.warnings = warnings;
    }

    /**
     * Reads and checks the sources.
     *
     * @throws InvalidConfiguration naming all problems
     * @throws Failure if the file cannot be read
     */
    public static LoadedConfiguration load(ConfigurationSources sources) {
        ConfigurationLoader loader = new ConfigurationLoader(sources);
        Values values = loader.load();
        return new LoadedConfiguration(Configuration.of(values), values, loader.warnings());
    }

    /** The values as records. */
    public Configuration configuration() {
        return configuration;
    }

    /** What is odd but not wrong, one sentence each. */
    public List<String> warnings() {
        return warnings;
    }

    /** Where the administrator's key comes from. */
    public Origin adminKeyOrigin() {
        return values.of(Settings.ADMIN_KEY).origin();
    }

    /** How many keys are not left at their default. */
    public int given() {
        return (int) values.all().stream()
                .filter(resolved -> !(resolved.origin() instanceof Origin.Standard))
                .count();
    }

    /** Every key, its value and where that comes from, in columns; secrets are masked. */
    public String listing() {
        int pathWidth = values.all().stream()
                .mapToInt(resolved -> resolved.path().length())
                .max()
                .orElse(0);
        int valueWidth = values.all().stream()
                .mapToInt(resolved -> shown(resolved).length())
                .filter(width -> width <= 40)
                .max()
                .orElse(0);
        String row = "%-" + pathWidth + "s  %-" + Math.max(1, valueWidth) + "s  %s%n";
        StringBuilder text = new StringBuilder();
        for (Resolved<?> resolved : values.all()) {
            text.append(String.format(Locale.ROOT, row, resolved.path(), shown(resolved), resolved.origin()));
        }
        return text.toString();
    }

    private static String shown(Resolved<?> resolved) {
        String text = resolved.show();
        return text.isEmpty() ? "\"\"" : text;
    }
}
