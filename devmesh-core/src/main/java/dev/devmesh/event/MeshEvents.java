package dev.devmesh.event;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands events to the listeners of a mesh.
 *
 * <p>Safe for use by many threads.
 */
public final class MeshEvents implements MeshListener {

    private static final Logger LOG = LoggerFactory.getLogger(MeshEvents.class);

    private final MeshListener[] listeners;

    /** For these listeners, in their order. */
    public MeshEvents(List<? extends MeshListener> listeners) {
        this.listeners = listeners.toArray(MeshListener[]::new);
    }

    /** Whether nobody listens, so that an event need not be made. */
    public boolean isSilent() {
        return listeners.length == 0;
    }

    @Override
    public void on(MeshEvent event) {
        for (MeshListener listener : listeners) {
            try {
                listener.on(event);
            } catch (RuntimeException e) {
                LOG.warn("A listener failed on {}", event.getClass().getSimpleName(), e);
            }
        }
    }
}
