package dev.devmesh.launcher.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The value of every key, by path, in the order of the manual. Confined to its caller until it is complete. */
final class Values {

    private final Map<String, Resolved<?>> byPath = new LinkedHashMap<>();

    void put(Resolved<?> resolved) {
        byPath.put(resolved.path(), resolved);
    }

    /** What holds for a key without a name. */
    <T> Resolved<T> of(Setting<T> setting) {
        return at(setting, setting.path());
    }

    /** What holds for a key with this name. */
    <T> Resolved<T> of(Setting<T> setting, String name) {
        return at(setting, setting.path(name));
    }

    /** What holds for a key in this entry of its list, counted from 0. */
    <T> Resolved<T> of(Setting<T> setting, int entry) {
        return at(setting, setting.path(entry));
    }

    /** Whether there is an entry of the list so far, and the key in it. */
    boolean has(Setting<?> setting, int entry) {
        return byPath.containsKey(setting.path(entry));
    }

    /** The value of a key without a name. */
    <T> T get(Setting<T> setting) {
        return of(setting).value();
    }

    @SuppressWarnings("unchecked") // put under its path by a Resolved of the setting's own type
    private <T> Resolved<T> at(Setting<T> setting, String path) {
        Resolved<?> found = byPath.get(path);
        if (found == null || found.setting() != setting) {
            throw new IllegalArgumentException(path + " is not in the table of keys");
        }
        return (Resolved<T>) found;
    }

    /** The names that exist for a key with a name, in the order in which they were put. */
    List<String> names(Setting<?> setting) {
        String before = setting.path().substring(0, setting.path().indexOf('<'));
        String after = setting.path().substring(setting.path().indexOf('>') + 1);
        List<String> names = new ArrayList<>();
        for (Resolved<?> resolved : byPath.values()) {
            if (resolved.setting() == setting) {
                names.add(resolved.path()
                        .substring(before.length(), resolved.path().length() - after.length()));
            }
        }
        return names;
    }

    Collection<Resolved<?>> all() {
        return byPath.values();
    }
}
