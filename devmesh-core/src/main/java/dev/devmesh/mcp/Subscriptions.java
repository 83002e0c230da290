package dev.devmesh.mcp;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.event.Change;
import dev.devmesh.event.Changes;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshEvents;
import dev.devmesh.json.Json;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * The listens that are open, found by what they want to hear of.
 *
 * <p>Safe for use by many threads. A change costs one look-up while nobody listens to it; else a place in the outbox of each
 * who does.
 */
final class Subscriptions implements Changes.Listener {

    private static final ObjectNode NO_DETAILS = Json.object();

    private final Set<Listen> open = ConcurrentHashMap.newKeySet();
    private final Map<Topic, Set<Listen>> byTopic = new ConcurrentHashMap<>();
    private final InFlight places;
    private final Audience audience;
    private final MeshEvents events;
    private volatile boolean closed;

    /** @param perCredential how many listens one credential may have */
    Subscriptions(int perCredential, Audience audience, MeshEvents events) {
        this.places = new InFlight(perCredential);
        this.audience = audience;
        this.events = events;
    }

    boolean mayHear(Principal principal, Topic topic) {
        return audience.mayHear(principal, topic);
    }

    /**
     * Takes a listen in: from now on it hears what changes.
     *
     * @throws MeshException if its credential has too many, or nothing is taken any more
     */
    void add(Listen listen) {
        if (!places.enter(listen.principal().credentialId())) {
            throw new MeshException(
                    ErrorCode.TOO_MANY_SUBSCRIPTIONS,
                    "This credential listens too many times at once.",
                    "End one of the listens, or put what they listen to into one.",
                    Duration.ofSeconds(1),
                    null);
        }
        for (Topic topic : listen.topics()) {
            byTopic.compute(topic, (key, listens) -> {
                Set<Listen> all = listens == null ? ConcurrentHashMap.newKeySet() : listens;
                all.add(listen);
                return all;
            });
        }
        open.add(listen); // last: close() must find it complete
        events.on(new MeshEvent.ListenBegan(listen.principal()));
        if (closed) {
            remove(listen, Listen.CLOSING, 0);
            throw new MeshException(ErrorCode.OVERLOADED, "The server is closing.", "Listen again when it is back.");
        }
    }

    /** The listen is over. */
    void remove(Listen listen, String reason, int unsent) {
        if (!open.remove(listen)) {
            return;
        }
        for (Topic topic : listen.topics()) {
            byTopic.computeIfPresent(topic, (key, listens) -> {
                listens.remove(listen);
                return listens.isEmpty() ? null : listens;
            });
        }
        places.leave(listen.principal().credentialId());
        events.on(new MeshEvent.ListenEnded(listen.principal(), reason, unsent));
    }

    @Override
    public void changed(Change change) {
        if (byTopic.isEmpty()) {
            return;
        }
        Topic topic = Topic.of(change);
        Set<Listen> listens = byTopic.get(topic);
        if (listens == null) {
            return;
        }
        if (change instanceof Change.TaskChanged task) {
            ObjectNode state = (ObjectNode) Json.parse(Json.bytes(task.task())); // once for all who listen
            listens.forEach(listen -> {
                if (task.mayHear().test(listen.principal())) {
                    tell(listen, topic, state);
                }
            });
        } else {
            listens.forEach(listen -> {
                if (concerns(change, listen.principal())) {
                    tell(listen, topic, NO_DETAILS);
                }
            });
        }
    }

    private void tell(Listen listen, Topic topic, ObjectNode details) {
        if (audience.mayHear(listen.principal(), topic)) {
            listen.tell(topic, details);
        }
    }

    private static boolean concerns(Change change, Principal principal) {
        return !(change instanceof Change.ResourceUpdated updated)
                || updated.tenant().isEmpty()
                || updated.tenant().get().equals(principal.tenant());
    }

    /** Ends every listen with its response and takes none any more. */
    void close() {
        closed = true;
        open.forEach(Listen::finish);
    }
}
