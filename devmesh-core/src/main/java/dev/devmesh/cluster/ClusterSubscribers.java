package dev.devmesh.cluster;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those of one node who hear what other nodes publish.
 *
 * <p>Safe for use by many threads; {@link #tell} is for one at a time.
 */
public final class ClusterSubscribers {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterSubscribers.class);

    /** An object of its own for each, so that the same subscriber may be there twice. */
    private record Place(Object identity, Consumer<ClusterMessage> subscriber) {}

    private final List<Place> places = new CopyOnWriteArrayList<>();

    /** Nobody hears anything yet. */
    public ClusterSubscribers() {}

    /** Has each later message told, until the answer is run. */
    public Runnable add(Consumer<ClusterMessage> subscriber) {
        Place place = new Place(new Object(), subscriber);
        places.add(place);
        return () -> places.remove(place);
    }

    /** Whether there is nobody. */
    public boolean isEmpty() {
        return places.isEmpty();
    }

    /** Tells everybody. What one of them throws is logged and keeps it from nobody else. */
    public void tell(ClusterMessage message) {
        for (Place place : places) {
            try {
                place.subscriber().accept(message);
            } catch (RuntimeException e) {
                LOG.warn("A subscriber of the cluster bus failed on {}", message, e);
            }
        }
    }
}
