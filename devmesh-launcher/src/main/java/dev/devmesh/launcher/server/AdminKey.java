package dev.devmesh.launcher.server;

import dev.devmesh.auth.Secret;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The administrator's API key of this start.
 *
 * @param secret the key itself, or nothing when another server made it, and only that one's data directory has it
 * @param file where it is kept, or empty when the configuration gives it
 * @param minted whether this start made it
 */
record AdminKey(Secret secret, Optional<Path> file, boolean minted) {

    /** One that another server made, in the database that both share. */
    static AdminKey elsewhere() {
        return new AdminKey(new Secret(""), Optional.empty(), false);
    }

    boolean isElsewhere() {
        return !secret.isSet();
    }
}
