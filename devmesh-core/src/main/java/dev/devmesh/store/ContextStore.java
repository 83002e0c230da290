package dev.devmesh.store;

import dev.devmesh.context.Context;
import dev.devmesh.context.ContextFilter;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.Search;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Contexts and their items within a unit of work. It stores and finds; {@link dev.devmesh.context.Contexts} knows the
 * rules: who may, how large, which version, how many tokens.
 *
 * <p>A context of another tenant, and one that is expired at the {@code now} given, is as if it did not exist.
 */
public interface ContextStore {

    /**
     * Adds a context.
     *
     * @throws IllegalStateException if there is one of this id
     * @throws IllegalArgumentException if it belongs to another tenant than the unit of work
     */
    void insert(Context context);

    /** The context of this id. */
    Optional<Context> find(String id, Instant now);

    /**
     * The context of this id, as the last commit left it, kept from being changed by others until this unit of work
     * ends. Whoever decides by what a context holds and then changes it must have locked it.
     */
    Optional<Context> lock(String id, Instant now);

    /**
     * Contexts in the order of {@link Position}.
     *
     * @param filter only those that it {@linkplain ContextFilter#matches matches}
     * @param after only those that come after this place; null for the beginning
     * @param limit how many at most
     */
    List<Context> list(ContextFilter filter, @Nullable Position after, int limit, Instant now);

    /**
     * Replaces the context of the same id, which this unit of work has locked.
     *
     * @throws IllegalStateException if there is none
     * @throws IllegalArgumentException if its tenant or its creation would change
     */
    void update(Context context);

    /** Removes a context, its items and their embeddings; false if there is none. */
    boolean delete(String id);

    /**
     * Adds items behind those there are, to a context that this unit of work has locked.
     *
     * @throws IllegalStateException if there is no such context, or if an item's {@code seq} is not higher than that of
     *     every item before it
     */
    void append(String contextId, List<ContextItem> items);

    /** The {@code seq} of the item appended last, even if it was truncated or compacted since; 0 if there was none. */
    long lastSeq(String contextId);

    /** Items of a context with a {@code seq} above {@code afterSeq}, in ascending order. */
    List<ContextItem> items(String contextId, long afterSeq, int limit);

    /**
     * Removes items that do not {@linkplain ContextItem#staysInForce stay in force}, oldest first, until they held at least {@code tokens} or none
     * with a {@code seq} below {@code belowSeq} is left.
     *
     * @return how many tokens the removed items held
     */
    long truncate(String contextId, long belowSeq, long tokens);

    /**
     * Puts a summary in place of the items that do not {@linkplain ContextItem#staysInForce stay in force} up to the summary's
     * {@code seq}, which is that of the last of them. What stays in force and what comes behind is as it was.
     *
     * @param contextId of a context that this unit of work has locked
     * @return how many items went
     * @throws IllegalStateException if there is no such context, or if no item that may go has the summary's {@code seq};
     *     nothing is changed then
     */
    int compact(String contextId, ContextItem summary);

    /**
     * The items that answer best by their words, best first; of equal ones the later, then the one of the higher {@code seq}, then of
     * the higher id. An item that has no word of the question in it is not found. Only items that the search's filter admits
     * are looked at, before its limit counts them. Its mode does not matter here.
     */
    List<Found> search(Search search, Instant now);
}
