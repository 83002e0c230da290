package dev.devmesh.mcp;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.event.Change;
import dev.devmesh.event.Changes;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.event.MeshEvents;
import dev.devmesh.json.Json;
import dev.devmesh.limit.InFlight;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/**
 * Everybody who wants to hear of changes, found by what of: listens, and clients with sessions.
 *
 * <p>Safe for use by many threads. A change costs one look-up while nobody listens to it; else a place in the outbox of each
 * who does.
 */
final class Subscriptions implements Changes.Listener {

    static final String REVOKED = "credential was revoked";

    private static final ObjectNode NO_DETAILS = Json.object();

    private final Set<Hearer> open = ConcurrentHashMap.newKeySet();
    private final Map<Topic, Set<Hearer>> byTopic = new ConcurrentHashMap<>();
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
     * Takes somebody in, who from now on hears what changes.
     *
     * @throws MeshException if its credential has too many, or nobody is taken in any more
     */
    void add(Hearer hearer) {
        if (!places.enter(hearer.principal().credentialId())) {
            throw new MeshException(
                    ErrorCode.TOO_MANY_SUBSCRIPTIONS,
                    "This credential listens too many times at once.",
                    "End one of the listens, or put what they listen to into one.",
                    Duration.ofSeconds(1),
                    null);
        }
        hearer.topics().forEach(topic -> hear(hearer, topic));
        open.add(hearer); // last: close() must find it complete
        events.on(new MeshEvent.ListenBegan(hearer.principal()));
        if (closed) {
            remove(hearer, Listen.CLOSING, 0);
            throw new MeshException(ErrorCode.OVERLOADED, "The server is closing.", "Listen again when it is back.");
        }
    }

    /** Somebody wants to hear of one more topic. */
    void hear(Hearer hearer, Topic topic) {
        byTopic.compute(topic, (key, hearers) -> {
            Set<Hearer> all = hearers == null ? ConcurrentHashMap.newKeySet() : hearers;
            all.add(hearer);
            return all;
        });
    }

    /** Somebody wants to hear no more of a topic. */
    void mute(Hearer hearer, Topic topic) {
        byTopic.computeIfPresent(topic, (key, hearers) -> {
            hearers.remove(hearer);
            return hearers.isEmpty() ? null : hearers;
        });
    }

    /** Somebody has gone. */
    void remove(Hearer hearer, String reason, int unsent) {
        if (!open.remove(hearer)) {
            return;
        }
        hearer.topics().forEach(topic -> mute(hearer, topic));
        places.leave(hearer.principal().credentialId());
        events.on(new MeshEvent.ListenEnded(hearer.principal(), reason, unsent));
    }

    @Override
    public void changed(Change change) {
        if (byTopic.isEmpty()) {
            return;
        }
        Topic topic = Topic.of(change);
        Set<Hearer> hearers = byTopic.get(topic);
        if (hearers == null) {
            return;
        }
        if (change instanceof Change.TaskChanged task) {
            ObjectNode state = (ObjectNode) Json.parse(Json.bytes(task.task())); // once for all who listen
            hearers.forEach(hearer -> {
                if (task.mayHear().test(hearer.principal())) {
                    tell(hearer, topic, state);
                }
            });
        } else {
            hearers.forEach(hearer -> {
                if (concerns(change, hearer.principal())) {
                    tell(hearer, topic, NO_DETAILS);
                }
            });
        }
    }

    /** Whether anybody wants to hear of a topic. */
    boolean isHeard(Topic topic) {
        return byTopic.containsKey(topic);
    }

    /** Anything may have changed: tells of every list and resource that somebody wants to hear of. */
    void anythingChanged() {
        byTopic.forEach((topic, hearers) -> {
            if (topic.kind() != Topic.Kind.TASK) {
                hearers.forEach(hearer -> tell(hearer, topic, NO_DETAILS));
            }
        });
    }

    /** The tasks that somebody wants to hear of, and the tenants of those who do. */
    Map<String, Set<Tenant>> tasksHeard() {
        Map<String, Set<Tenant>> tasks = new HashMap<>();
        byTopic.forEach((topic, hearers) -> {
            if (topic.kind() == Topic.Kind.TASK) {
                tasks.put(
                        topic.name(),
                        hearers.stream()
                                .map(hearer -> hearer.principal().tenant())
                                .collect(Collectors.toSet()));
            }
        });
        return tasks;
    }

    /** Who hears something now, one for each credential. */
    Collection<Principal> principals() {
        Map<String, Principal> principals = new HashMap<>();
        open.forEach(hearer -> principals.putIfAbsent(hearer.principal().credentialId(), hearer.principal()));
        return principals.values();
    }

    /** A credential is good no longer, or not for the same rights: nobody hears anything by it any more. */
    void revoked(Predicate<Principal> whose) {
        open.forEach(hearer -> {
            if (whose.test(hearer.principal())) {
                hearer.finish(REVOKED);
            }
        });
    }

    private void tell(Hearer hearer, Topic topic, ObjectNode details) {
        if (audience.mayHear(hearer.principal(), topic)) {
            hearer.tell(topic, details);
        }
    }

    private static boolean concerns(Change change, Principal principal) {
        return !(change instanceof Change.ResourceUpdated updated)
                || updated.tenant().isEmpty()
                || updated.tenant().get().equals(principal.tenant());
    }

    /** Ends every listen with its response, tells nobody anything more, and takes nobody in any more. */
    void close() {
        closed = true;
        open.forEach(hearer -> hearer.finish(Listen.CLOSING));
    }
}
