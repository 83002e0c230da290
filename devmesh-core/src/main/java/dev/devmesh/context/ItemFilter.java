package dev.devmesh.context;

import dev.devmesh.json.Json;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which items a search looks at; those that it does not name are as if they did not exist.
 *
 * <p>Immutable: the metadata is copied on its way in and out. {@link Contexts#search} checks the sizes.
 *
 * @param agent only those in contexts of this agent; empty for all
 * @param role only those of this role; empty for all
 * @param from only those appended then or later; empty for all
 * @param until only those appended before; empty for all
 * @param metadata only those whose own metadata have each of these members with an equal value: a string, a number (1 and 1.0 are
 *     equal), a boolean or null. Empty for all
 */
public record ItemFilter(
        String agent, Optional<Role> role, Optional<Instant> from, Optional<Instant> until, ObjectNode metadata) {

    /** The most members of metadata that a filter may have. */
    public static final int MAX_MEMBERS = 16;

    private static final ItemFilter ALL =
            new ItemFilter("", Optional.empty(), Optional.empty(), Optional.empty(), Json.object());

    /** Checks that nothing is missing and copies the metadata. */
    public ItemFilter {
        Objects.requireNonNull(agent, "agent");
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(until, "until");
        metadata = metadata.deepCopy();
    }

    /** Every item. */
    public static ItemFilter all() {
        return ALL;
    }

    /** Which members the items' own metadata must have: a copy. */
    @Override
    public ObjectNode metadata() {
        return metadata.deepCopy();
    }

    /** Whether it names no item that must be left out. */
    public boolean isAll() {
        return agent.isEmpty() && role.isEmpty() && from.isEmpty() && until.isEmpty() && metadata.isEmpty();
    }

    /** Whether this item of this context is to be looked at. */
    public boolean admits(Context context, ContextItem item) {
        return (agent.isEmpty() || agent.equals(context.agent()))
                && (role.isEmpty() || role.get() == item.role())
                && (from.isEmpty() || !item.createdAt().isBefore(from.get()))
                && (until.isEmpty() || item.createdAt().isBefore(until.get()))
                && (metadata.isEmpty() || admits(item.metadata()));
    }

    private boolean admits(ObjectNode given) {
        for (Map.Entry<String, JsonNode> wanted : metadata.properties()) {
            JsonNode value = given.get(wanted.getKey());
            if (value == null || !equal(value, wanted.getValue())) {
                return false;
            }
        }
        return true;
    }

    private static boolean equal(JsonNode one, JsonNode other) {
        return one.isNumber() && other.isNumber()
                ? one.decimalValue().compareTo(other.decimalValue()) == 0
                : one.equals(other);
    }
}
