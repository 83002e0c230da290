package dev.devmesh.launcher.server;

import dev.devmesh.launcher.config.Configuration;
import dev.devmesh.launcher.database.ConfiguredStore;
import dev.devmesh.launcher.exit.Failure;

/**
 * What a mesh is made over, and what outlives it: whoever opens it closes it, after the mesh.
 *
 * @param embedding what finds contexts by their meaning
 * @param store where things are kept
 */
public record Parts(ConfiguredEmbedding embedding, ConfiguredStore store) implements AutoCloseable {

    /**
     * Opens them, which may wait for a database.
     *
     * @throws Failure if one cannot be used; nothing is left open
     */
    public static Parts open(Configuration configuration) throws InterruptedException {
        ConfiguredEmbedding embedding = ConfiguredEmbedding.of(configuration);
        boolean open = false;
        try {
            Parts parts = new Parts(embedding, ConfiguredStore.open(configuration, embedding.model()));
            open = true;
            return parts;
        } finally {
            if (!open) {
                embedding.close();
            }
        }
    }

    @Override
    public void close() {
        store.close();
        embedding.close();
    }
}
