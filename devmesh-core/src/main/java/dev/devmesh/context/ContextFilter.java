package dev.devmesh.context;

import dev.devmesh.json.Json;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a context must be like to be listed: everything that is given must hold.
 *
 * <p>Immutable: the metadata is copied on its way in and out. {@link Contexts#list} checks the sizes, and that the wanted
 * members of the metadata are strings, numbers, booleans or null.
 *
 * @param agent only those of this agent; empty for all
 * @param name only those of exactly this name; empty for all
 * @param createdFrom only those created then or later
 * @param createdUntil only those created before
 * @param updatedFrom only those changed or appended to last then or later
 * @param updatedUntil only those changed or appended to last before
 * @param metadata only those whose metadata have each of these members at their top level with an equal value; numbers are
 *     equal by value, however they are written. Empty for all
 */
public record ContextFilter(
        String agent,
        String name,
        Optional<Instant> createdFrom,
        Optional<Instant> createdUntil,
        Optional<Instant> updatedFrom,
        Optional<Instant> updatedUntil,
        ObjectNode metadata) {

    private static final ContextFilter ALL = new ContextFilter(
            "", "", Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Json.object());

    /** Checks that nothing is missing and copies the metadata. */
    public ContextFilter {
        Objects.requireNonNull(agent, "agent");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(createdFrom, "createdFrom");
        Objects.requireNonNull(createdUntil, "createdUntil");
        Objects.requireNonNull(updatedFrom, "updatedFrom");
        Objects.requireNonNull(updatedUntil, "updatedUntil");
        metadata = metadata.deepCopy();
    }

    /** Everything. */
    public static ContextFilter all() {
        return ALL;
    }

    /** The wanted members of the metadata: a copy. */
    @Override
    public ObjectNode metadata() {
        return metadata.deepCopy();
    }

    /** This filter, of one agent's contexts only. */
    public ContextFilter agent(String only) {
        return new ContextFilter(only, name, createdFrom, createdUntil, updatedFrom, updatedUntil, metadata);
    }

    /** This filter, of contexts of exactly this name only. */
    public ContextFilter name(String only) {
        return new ContextFilter(agent, only, createdFrom, createdUntil, updatedFrom, updatedUntil, metadata);
    }

    /** This filter, of contexts created at {@code from} or later and before {@code until}; an empty bound is none. */
    public ContextFilter created(Optional<Instant> from, Optional<Instant> until) {
        return new ContextFilter(agent, name, from, until, updatedFrom, updatedUntil, metadata);
    }

    /**
     * This filter, of contexts changed or appended to last at {@code from} or later and before {@code until}; an empty bound is
     * none.
     */
    public ContextFilter updated(Optional<Instant> from, Optional<Instant> until) {
        return new ContextFilter(agent, name, createdFrom, createdUntil, from, until, metadata);
    }

    /** This filter, of contexts only whose metadata have all of these members. */
    public ContextFilter metadata(ObjectNode members) {
        return new ContextFilter(agent, name, createdFrom, createdUntil, updatedFrom, updatedUntil, members);
    }

    /** Whether the context is one of these. */
    public boolean matches(Context context) {
        return (agent.isEmpty() || agent.equals(context.agent()))
                && (name.isEmpty() || name.equals(context.name()))
                && isWithin(context.createdAt(), createdFrom, createdUntil)
                && isWithin(context.updatedAt(), updatedFrom, updatedUntil)
                && (metadata.isEmpty() || has(context.metadata()));
    }

    private static boolean isWithin(Instant when, Optional<Instant> from, Optional<Instant> until) {
        return (from.isEmpty() || !when.isBefore(from.get())) && (until.isEmpty() || when.isBefore(until.get()));
    }

    private boolean has(ObjectNode given) {
        for (Map.Entry<String, JsonNode> wanted : metadata.properties()) {
            if (!isEqual(wanted.getValue(), given.get(wanted.getKey()))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isEqual(JsonNode wanted, @Nullable JsonNode given) {
        return wanted.isNumber() && given != null && given.isNumber()
                ? wanted.decimalValue().compareTo(given.decimalValue()) == 0
                : wanted.equals(given);
    }
}
