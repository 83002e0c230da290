package dev.devmesh.context;

import java.util.Objects;

/**
 * Which contexts to list, newest first.
 *
 * <p>Immutable. {@link Contexts#list} checks the sizes.
 *
 * @param filter what they must be like
 * @param cursor where to go on, as {@link dev.devmesh.Page#nextCursor()} said; empty for the beginning
 * @param limit how many at most
 */
public record Listing(ContextFilter filter, String cursor, int limit) {

    /** How many contexts a page holds unless the caller says otherwise. */
    public static final int DEFAULT_LIMIT = 50;

    /** The most contexts that a page may hold. */
    public static final int MAX_LIMIT = 200;

    private static final Listing ALL = new Listing(ContextFilter.all(), "", DEFAULT_LIMIT);

    /** Checks that nothing is missing. */
    public Listing {
        Objects.requireNonNull(filter, "filter");
        Objects.requireNonNull(cursor, "cursor");
    }

    /** All contexts of the tenant, from the beginning. */
    public static Listing all() {
        return ALL;
    }

    /** What is like this, from the beginning. */
    public static Listing of(ContextFilter filter) {
        return new Listing(filter, "", DEFAULT_LIMIT);
    }

    /** This listing, of one agent's contexts only. */
    public Listing agent(String only) {
        return new Listing(filter.agent(only), cursor, limit);
    }

    /** This listing, of contexts of exactly this name only. */
    public Listing name(String only) {
        return new Listing(filter.name(only), cursor, limit);
    }

    /** This listing from where an earlier page ended; the filter must be the same. */
    public Listing after(String nextCursor) {
        return new Listing(filter, nextCursor, limit);
    }

    /** This listing with so many contexts a page: 1 to {@value #MAX_LIMIT}. */
    public Listing limit(int contexts) {
        return new Listing(filter, cursor, contexts);
    }
}
