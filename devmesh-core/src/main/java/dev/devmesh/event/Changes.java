package dev.devmesh.event;

import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.json.JsonWritable;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where it is told that something changed, and from where clients that listen hear of it.
 *
 * <p>Telling never waits, whatever the clients do, and costs next to nothing while nobody listens. A client that is slow hears
 * once of what changed several times, never of less than the latest.
 *
 * <p>In a cluster what is told on one node reaches who listens on any, save {@link #taskChanged}: who may hear of such a task only
 * the node knows that tells it. Tasks of {@code mesh.tasks()} are told on all nodes.
 *
 * <p>Safe for use by many threads.
 */
public final class Changes {

    /** Hears of each change, on the thread that tells it; must not wait. What it throws is logged and changes nothing. */
    @FunctionalInterface
    public interface Listener {
        /** Something changed. */
        void changed(Change change);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Changes.class);

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final List<Listener> ofOwn = new CopyOnWriteArrayList<>();

    /** Nobody listens yet. */
    public Changes() {}

    /** The set of tools changed. A {@code ToolRegistry} of a mesh tells this by itself. */
    public void toolsChanged() {
        tell(new Change.ToolsChanged());
    }

    /** The set of prompts changed. */
    public void promptsChanged() {
        tell(new Change.PromptsChanged());
    }

    /** The set of resources changed. */
    public void resourcesChanged() {
        tell(new Change.ResourcesChanged());
    }

    /** The content of a resource changed that is the same for all who may read it. */
    public void resourceUpdated(String uri) {
        tell(new Change.ResourceUpdated(uri, Optional.empty()));
    }

    /** The content of a tenant's resource changed: nobody else hears of it. */
    public void resourceUpdated(Tenant tenant, String uri) {
        tell(new Change.ResourceUpdated(uri, Optional.of(tenant)));
    }

    /**
     * A task moved on.
     *
     * @param mayHear who may hear of it
     * @param task its state now, as the object that clients get to see; written before the telling ends
     */
    public void taskChanged(String id, Predicate<Principal> mayHear, JsonWritable task) {
        tell(new Change.TaskChanged(id, mayHear, task));
    }

    /** Has each later change told, whatever node it came from. */
    public void onChange(Listener listener) {
        listeners.add(listener);
    }

    /** Has each later change told that came from this node. */
    public void onOwnChange(Listener listener) {
        ofOwn.add(listener);
    }

    /** Another node of the cluster told that something changed: it goes no further than to those who listen here. */
    public void changedElsewhere(Change change) {
        tell(listeners, change);
    }

    private void tell(Change change) {
        tell(listeners, change);
        tell(ofOwn, change);
    }

    private static void tell(List<Listener> listeners, Change change) {
        for (Listener listener : listeners) {
            try {
                listener.changed(change);
            } catch (RuntimeException e) {
                LOG.warn("A listener failed on {}", change.getClass().getSimpleName(), e);
            }
        }
    }
}
