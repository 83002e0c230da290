package dev.devmesh.launcher.server;

import dev.devmesh.launcher.config.Secret;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The administrator's API key of this start.
 *
 * @param secret the key itself
 * @param file where it is kept, or empty when the configuration gives it
 * @param minted whether this start made it
 */
record AdminKey(Secret secret, Optional<Path> file, boolean minted) {}
