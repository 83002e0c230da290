package dev.devmesh.mcp;

import dev.devmesh.call.ClientCapability;
import dev.devmesh.call.MissingCapabilityException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * {@code subscriptions/listen}: a stream that tells of changes until one side ends it.
 *
 * <p>What the client asks for and this server does not offer, or the caller may not hear of, is left out of the
 * acknowledgement and of everything after it.
 */
final class Listening implements McpMethod {

    /** All names of one listen may have so many characters together: they are kept as long as it lasts. */
    static final int MOST_NAME_CHARS = 256 * 1024;

    private final Set<Feature> features;
    private final Subscriptions subscriptions;
    private final int mostNames;

    Listening(Set<Feature> features, Subscriptions subscriptions, int mostNames) {
        this.features = features;
        this.subscriptions = subscriptions;
        this.mostNames = mostNames;
    }

    @Override
    public McpCall serve(McpRequest request, Reply reply) {
        Set<Topic> topics = topics(request);
        Listen listen = new Listen(request.id(), request.principal(), topics, reply, subscriptions::remove);
        subscriptions.add(listen);
        listen.begin();
        return listen;
    }

    private Set<Topic> topics(McpRequest request) {
        JsonNode filter = request.params().path("notifications");
        if (!filter.isObject()) {
            throw McpError.invalidParams("params.notifications must be an object that says what to listen to.");
        }
        Set<Topic.Kind> offered = EnumSet.noneOf(Topic.Kind.class);
        features.forEach(feature -> offered.addAll(feature.kinds()));
        Set<Topic> topics = new LinkedHashSet<>();
        Room room = new Room();
        for (Topic.Kind kind : Topic.Kind.values()) {
            JsonNode wanted = filter.path(kind.filter());
            if (wanted.isMissingNode() || kind == Topic.Kind.TASK && !offered.contains(kind)) {
                continue; // without the extension its member is one of those that are not known and tolerated
            }
            if (kind == Topic.Kind.TASK && !request.capabilities().contains(ClientCapability.TASKS)) {
                throw new MissingCapabilityException("Listening to tasks", Set.of(ClientCapability.TASKS));
            }
            Set<Topic> asked = kind.isNamed() ? named(kind, wanted, room) : whole(kind, wanted);
            if (offered.contains(kind)) {
                asked.stream()
                        .filter(topic -> subscriptions.mayHear(request.principal(), topic))
                        .forEach(topics::add);
            }
        }
        return Collections.unmodifiableSet(topics);
    }

    private static Set<Topic> whole(Topic.Kind kind, JsonNode wanted) {
        if (!wanted.isBoolean()) {
            throw McpError.invalidParams("params.notifications." + kind.filter() + " must be true or false.");
        }
        return wanted.booleanValue() ? Set.of(Topic.list(kind)) : Set.of();
    }

    private Set<Topic> named(Topic.Kind kind, JsonNode wanted, Room room) {
        if (!wanted.isArray()) {
            throw McpError.invalidParams("params.notifications." + kind.filter() + " must be an array of strings.");
        }
        Set<Topic> topics = new LinkedHashSet<>();
        for (JsonNode name : wanted) {
            if (!name.isString()) {
                throw McpError.invalidParams("params.notifications." + kind.filter() + " must hold strings only.");
            }
            room.take(name.stringValue());
            topics.add(new Topic(kind, name.stringValue()));
        }
        return topics;
    }

    /** What is left of the names that one listen may hold. */
    private final class Room {

        private int names;
        private int chars;

        void take(String name) {
            names++;
            chars += name.length();
            if (names > mostNames || chars > MOST_NAME_CHARS) {
                throw McpError.invalidParams("params.notifications names too much: at most " + mostNames
                        + " resources and tasks, of " + MOST_NAME_CHARS + " characters together.");
            }
        }
    }
}
