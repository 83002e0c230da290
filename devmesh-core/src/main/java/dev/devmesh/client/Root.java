package dev.devmesh.client;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A folder that the user works in.
 *
 * @param uri its address, {@code file://…}
 * @param name what people call it, or empty
 */
public record Root(String uri, String name) {

    /** Checks the address. */
    public Root {
        if (!uri.startsWith("file://")) {
            throw new IllegalArgumentException("a root's uri must start with file://, is " + uri);
        }
        Objects.requireNonNull(name, "name");
    }

    /** A folder of this machine. */
    public static Root of(Path folder) {
        // toUri() writes file:/// on every system
        return new Root(folder.toUri().toString(), "");
    }
}
