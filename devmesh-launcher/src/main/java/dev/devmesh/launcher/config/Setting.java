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
 * <p>A path with a segment that ends in {@code []}, such as {@code auth.issuers[].issuer}, stands for one key in each entry of a list.
 *
 * @param path the key with its sections, joined by dots
 * @param type how its text becomes a value
 * @param standard the text of the default; of a path with a name or of a key that an entry must have, unused
 * @param standardByName of a path with a name: the names that exist by default and the text of each
 * @param environment the usual names of its environment variable, beside the one made from the path
 * @param required whether every entry of the list must have it
 * @param description one line for the manual
 * @param <T> the value's type
 */
record Setting<T>(
        String path,
        ValueType<T> type,
        String standard,
        Map<String, String> standardByName,
        List<String> environment,
        boolean required,
        String description) {

    private static final String PREFIX = "DEVMESH_";

    /** A key with one value. */
    static <T> Setting<T> of(String path, ValueType<T> type, String standard, String description) {
        return new Setting<>(path, type, standard, Map.of(), List.of(), false, description);
    }

    /** A key with one value for each name that a user chooses. */
    static <T> Setting<T> named(
            String path, ValueType<T> type, Map<String, String> standardByName, String description) {
        return new Setting<>(path, type, "", Map.copyOf(standardByName), List.of(), false, description);
    }

    /** A key that every entry of a list must have. */
    static <T> Setting<T> required(String path, ValueType<T> type, String description) {
        return new Setting<>(path, type, "", Map.of(), List.of(), true, description);
    }

    /** This key with one more environment variable. */
    Setting<T> orFrom(String variable) {
        return new Setting<>(path, type, standard, standardByName, List.of(variable), required, description);
    }

    /** Whether the path holds a name that a user chooses. */
    boolean isNamed() {
        return path.contains("<");
    }

    /** Whether it is a key of the entries of a list. Those come from the file only. */
    boolean isListed() {
        return path.contains("[]");
    }

    /** The path of the list. */
    String list() {
        return path.substring(0, path.indexOf("[]"));
    }

    /** The path in one entry of the list, counted from 0. */
    String path(int entry) {
        return path.replace("[]", "[" + entry + "]");
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
