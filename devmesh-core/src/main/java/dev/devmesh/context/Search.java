package dev.devmesh.context;

import dev.devmesh.json.Json;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * A question to the items of a tenant.
 *
 * <p>Immutable. {@link Contexts#search} checks the sizes.
 *
 * @param text what to look for, in words
 * @param contextId the only context to look in, or empty for all of the tenant's
 * @param limit how many hits at most
 * @param mode by what to find
 * @param filter which items to look at
 */
public record Search(String text, String contextId, int limit, SearchMode mode, ItemFilter filter) {

    /** How many hits a search returns unless it says otherwise. */
    public static final int DEFAULT_LIMIT = 10;

    /** The most hits that a search may ask for. */
    public static final int MAX_LIMIT = 100;

    /** Checks that nothing is missing. */
    public Search {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(contextId, "contextId");
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(filter, "filter");
    }

    /** Looks for this text in all contexts of the tenant, by words and by meaning. */
    public static Search text(String text) {
        return new Search(text, "", DEFAULT_LIMIT, SearchMode.HYBRID, ItemFilter.all());
    }

    /** This search, in one context only. */
    public Search in(String contextId) {
        return new Search(text, contextId, limit, mode, filter);
    }

    /** This search with at most so many hits: 1 to {@value #MAX_LIMIT}. */
    public Search limit(int hits) {
        return new Search(text, contextId, hits, mode, filter);
    }

    /** This search, finding in another way. */
    public Search by(SearchMode other) {
        return new Search(text, contextId, limit, other, filter);
    }

    /** This search, looking at other items: those that all of the filters before named are forgotten. */
    public Search only(ItemFilter other) {
        return new Search(text, contextId, limit, mode, other);
    }

    /** This search, in contexts of one agent only. */
    public Search agent(String only) {
        return only(new ItemFilter(only, filter.role(), filter.from(), filter.until(), filter.metadata()));
    }

    /** This search, for items of one role only. */
    public Search role(Role only) {
        return only(
                new ItemFilter(filter.agent(), Optional.of(only), filter.from(), filter.until(), filter.metadata()));
    }

    /** This search, for items that were appended at {@code first} or later. */
    public Search from(Instant first) {
        return only(
                new ItemFilter(filter.agent(), filter.role(), Optional.of(first), filter.until(), filter.metadata()));
    }

    /** This search, for items that were appended before {@code end}. */
    public Search until(Instant end) {
        return only(new ItemFilter(filter.agent(), filter.role(), filter.from(), Optional.of(end), filter.metadata()));
    }

    /** This search, for items that have this text under this name in their metadata. */
    public Search metadata(String name, String value) {
        return metadata(name, StringNode.valueOf(value));
    }

    /** This search, for items that have this value under this name in their metadata; see {@link ItemFilter#metadata()}. */
    public Search metadata(String name, JsonNode value) {
        ObjectNode members = Json.object();
        members.setAll(filter.metadata());
        members.set(name, value);
        return only(new ItemFilter(filter.agent(), filter.role(), filter.from(), filter.until(), members));
    }
}
