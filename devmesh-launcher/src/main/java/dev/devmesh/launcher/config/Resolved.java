package dev.devmesh.launcher.config;

/**
 * The value that holds for a key, and where it comes from. Immutable.
 *
 * @param setting the key
 * @param path its path, with the name that a user chose where it has one
 * @param value what holds
 * @param origin who set it
 * @param <T> the value's type
 */
record Resolved<T>(Setting<T> setting, String path, T value, Origin origin) {

    /** The value as a user would write it; secrets are masked. */
    String show() {
        return setting.type().show(value);
    }
}
