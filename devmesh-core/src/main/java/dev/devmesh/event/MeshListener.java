package dev.devmesh.event;

/**
 * Hears what happens in a mesh: the one source of metrics, traces and audit.
 *
 * <p>Called on the thread where it happens, which may be an event loop: must return at once and be safe for use by many
 * threads. What it throws is logged and changes nothing.
 */
@FunctionalInterface
public interface MeshListener {

    /** Something happened. */
    void on(MeshEvent event);
}
