package dev.devmesh.context;

import java.util.Objects;

/**
 * A question to the items of a tenant.
 *
 * <p>Immutable. {@link Contexts#search} checks the sizes.
 *
 * @param text what to look for, in words
 * @param contextId the only context to look in, or empty for all of the tenant's
 * @param limit how many hits at most
 */
public record Search(String text, String contextId, int limit) {

    /** How many hits a search returns unless it says otherwise. */
    public static final int DEFAULT_LIMIT = 10;

    /** The most hits that a search may ask for. */
    public static final int MAX_LIMIT = 100;

    /** Checks that nothing is missing. */
    public Search {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(contextId, "contextId");
    }

    /** Looks for this text in all contexts of the tenant. */
    public static Search text(String text) {
        return new Search(text, "", DEFAULT_LIMIT);
    }

    /** This search, in one context only. */
    public Search in(String contextId) {
        return new Search(text, contextId, limit);
    }

    /** This search with at most so many hits: 1 to {@value #MAX_LIMIT}. */
    public Search limit(int hits) {
        return new Search(text, contextId, hits);
    }
}
