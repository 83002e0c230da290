package dev.devmesh.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
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
    private static final Duration LOOK_WHETHER_CLOSED = Duration.ofSeconds(1);

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

    /**
     * Tells everybody what comes in, one after the other, on the calling thread: until the bus is closed, which is looked at
     * every second, or the thread is interrupted.
     */
    public void tellAll(ClusterBacklog untold, BooleanSupplier closed) {
        try {
            while (!closed.getAsBoolean()) {
                Optional<ClusterMessage> next = untold.take(LOOK_WHETHER_CLOSED);
                if (next.isPresent() && !closed.getAsBoolean()) {
                    tell(next.get());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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
