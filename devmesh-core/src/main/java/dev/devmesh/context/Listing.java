package dev.devmesh.context;

import java.util.Objects;

/**
 * Which contexts to list, newest first.
 *
 * <p>Immutable. {@link Contexts#list} checks the sizes.
 *
 * @param agent only those of this agent; empty for all
 * @param name only those of exactly this name; empty for all
 * @param cursor where to go on, as {@link dev.devmesh.Page#nextCursor()} said; empty for the beginning
 * @param limit how many at most
 */
public record Listing(String agent, String name, String cursor, int limit) {

    /** How many contexts a page holds unless the caller says otherwise. */
    public static final int DEFAULT_LIMIT = 50;

    /** The most contexts that a page may hold. */
    public static final int MAX_LIMIT = 200;

    private static final Listing ALL = new Listing("", "", "", DEFAULT_LIMIT);

    /** Checks that nothing is missing. */
    public Listing {
        Objects.requireNonNull(agent, "agent");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(cursor, "cursor");
    }

    /** All contexts of the tenant, from the beginning. */
    public static Listing all() {
        return ALL;
    }

    /** This listing, of one agent's contexts only. */
    public Listing agent(String only) {
        return new Listing(only, name, cursor, limit);
    }

    /** This listing, of contexts of exactly this name only. */
    public Listing name(String only) {
        return new Listing(agent, only, cursor, limit);
    }

    /** This listing from where an earlier page ended; the filters must be the same. */
    public Listing after(String nextCursor) {
        return new Listing(agent, name, nextCursor, limit);
    }

    /** This listing with so many contexts a page: 1 to {@value #MAX_LIMIT}. */
    public Listing limit(int contexts) {
        return new Listing(agent, name, cursor, contexts);
    }
}
