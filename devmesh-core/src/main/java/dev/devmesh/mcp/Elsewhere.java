package dev.devmesh.mcp;

import dev.devmesh.cluster.ClusterMessage;
import java.util.function.Consumer;

/**
 * The other processes of a cluster, as far as they can be told something: nobody, until the mesh has joined one.
 *
 * <p>Safe for use by many threads.
 */
final class Elsewhere {

    private static final Consumer<ClusterMessage> NOBODY = message -> {};

    private volatile Consumer<ClusterMessage> publish = NOBODY;

    /** From now on there are others. */
    void are(Consumer<ClusterMessage> bus) {
        publish = bus;
    }

    boolean isNobody() {
        return publish == NOBODY;
    }

    /** Tells the others. Does not wait. */
    void tell(ClusterMessage message) {
        publish.accept(message);
    }
}
