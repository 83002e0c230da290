package dev.devmesh.launcher.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One key of the configuration: all that file, environment, command line and manual know of it. Immutable.
 *
 * <p>A path with a segment in angle brackets, such as {@code rate_limiting.api_keys.<plan>.burst}, stands for one key for
 * each name that a user chooses.
 *
 * @param path the key with its sections, joined by dots
 * @param type how its text becomes a value
 * @param standard the text of the default; of a path with a name, unused
 * @param standardByName of a path with a name: the names that exist by default and the text of each
 * @param environment the usual names of its environment variable, beside the one made from the path
 * @param description one line for the manual
 * @param <T> the value's type
 */
record Setting<T>(
        String path,
        ValueType<T> type,
        String standard,
        Map<String, String> standardByName,
        List<String> environment,
        String description) {

    private static final String PREFIX = "DEVMESH_";

    /** A key with one value. */
    static <T> Setting<T> of(String path, ValueType<T> type, String standard, String description) {
        return new Setting<>(path, type, standard, Map.of(), List.of(), description);
    }

    /** A key with one value for each name that a user chooses. */
    static <T> Setting<T> named(
            String path, ValueType<T> type, Map<String, String> standardByName, String description) {
        return new Setting<>(path, type, "", Map.copyOf(standardByName), List.of(), description);
    }

    /** This key with one more environment variable. */
    Setting<T> orFrom(String variable) {
        return new Setting<>(path, type, standard, standardByName, List.of(variable), description);
    }

    /** Whether the path holds a name that a user chooses. */
    boolean isNamed() {
        return path.contains("<");
    }

    /** The path for one name. */
    String path(String name) {
        return path.replaceFirst("<\\w+>", name);
    }

    /** The environment variable that the path makes: {@code DEVMESH_LISTENERS_EDGE}. */
    String variable() {
        return variable(path);
    }

    /** The environment variable that a path makes. */
    static String variable(String path) {
        return PREFIX + path.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
    }
}
