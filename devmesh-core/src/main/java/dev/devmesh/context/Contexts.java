package dev.devmesh.context;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import dev.devmesh.VersionConflictException;
import dev.devmesh.auth.Principal;
import dev.devmesh.embedding.EmbeddingModel;
import dev.devmesh.embedding.EmbeddingUnavailableException;
import dev.devmesh.embedding.Questions;
import dev.devmesh.embedding.TextRefusedException;
import dev.devmesh.store.ContextStore;
import dev.devmesh.store.Found;
import dev.devmesh.store.Ids;
import dev.devmesh.store.Position;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The working memory of agents.
 *
 * <p>Every call names who is calling. Reading needs the permission {@value #READ}, everything else {@value #WRITE};
 * without it a call ends in {@link ErrorCode#PERMISSION_DENIED}. Only the caller's tenant exists: a context of another
 * one, one that is expired and one that never was are all {@link ErrorCode#CONTEXT_NOT_FOUND}. A value beyond {@link
 * ContextLimits} is {@link ErrorCode#INVALID_VALUE}. All are {@link MeshException}s.
 *
 * <p>A context with {@code maxTokens} is a window: an append that would exceed it truncates items, oldest first, until
 * the rest fits. Truncated items are gone. Items of the role {@code system} and pinned ones are never truncated, nor is
 * what is being appended.
 *
 * <p>Safe for use by many threads. Each call is a unit of work of its own, so none may be made within {@link
 * Store#inTransaction}; there {@link #within} is for.
 */
public final class Contexts {

    /** The permission to see contexts and their items. */
    public static final String READ = "contexts:read";

    /** The permission to create, change, append to and delete contexts. */
    public static final String WRITE = "contexts:write";

    /** How many items of each ranking are fused: so many, or so many for each hit. */
    private static final int LEAST_CANDIDATES = 50;

    private static final int CANDIDATES_PER_HIT = 4;

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_]{1,64}");

    private final Store store;
    private final Clock clock;
    private final TokenCounter tokens;
    private final ContextLimits limits;
    private final ContextChecks checks;
    private final List<ContextListener> listeners;
    private final @Nullable Questions questions;
    private final @Nullable Joined joined;

    /** The unit of work that calls are part of, and what takes what is to be done once it has committed. */
    private record Joined(StoreSession session, Consumer<? super Runnable> afterCommit) {}

    private Contexts(
            Store store,
            Clock clock,
            TokenCounter tokens,
            ContextLimits limits,
            List<ContextListener> listeners,
            @Nullable Questions questions,
            @Nullable Joined joined) {
        this.store = Objects.requireNonNull(store, "store");
        this.clock = Objects.requireNonNull(clock, "clock");
        this.tokens = Objects.requireNonNull(tokens, "tokens");
        this.limits = Objects.requireNonNull(limits, "limits");
        this.checks = new ContextChecks(limits);
        this.listeners = listeners;
        this.questions = questions;
        this.joined = joined;
    }

    /**
     * Contexts kept in this store, with {@link TokenCounter#approximate()} and {@link ContextLimits#defaults()}.
     *
     * @param store not closed here
     * @param clock dates contexts and items, and says which are expired
     */
    public static Contexts in(Store store, Clock clock) {
        return new Contexts(
                store, clock, TokenCounter.approximate(), ContextLimits.defaults(), new CopyOnWriteArrayList<>(), null, null);
    }

    /** These contexts, with tokens counted in another way from now on. */
    public Contexts with(TokenCounter counter) {
        return new Contexts(store, clock, counter, limits, listeners, questions, joined);
    }

    /** These contexts within other limits. */
    public Contexts with(ContextLimits others) {
        return new Contexts(store, clock, tokens, others, listeners, questions, joined);
    }

    /** These contexts, found by their meaning too: that of items which an {@link dev.devmesh.embedding.Embedder} with the same model embedded. */
    public Contexts with(Questions others) {
        return new Contexts(store, clock, tokens, limits, listeners, Objects.requireNonNull(others, "questions"), joined);
    }

    /**
     * These contexts, whose calls are part of a unit of work that has begun, for its principals' tenant. Confined to the
     * thread of that unit, and of no use once it has ended.
     *
     * @param session of the store of these contexts
     * @param afterCommit takes what is to be run once the unit has committed, and forgotten if it does not: telling the listeners
     */
    public Contexts within(StoreSession session, Consumer<? super Runnable> afterCommit) {
        return new Contexts(store, clock, tokens, limits, listeners, questions, new Joined(session, afterCommit));
    }

    /** The numbers in force. */
    public ContextLimits limits() {
        return limits;
    }

    /** Whether calls may wait for I/O. */
    public boolean blocking() {
        return store.blocking();
    }

    /** Has each later change told that is made through these contexts or through those made of them by {@code with}. */
    public void onChange(ContextListener listener) {
        listeners.add(listener);
    }

    /** Creates a context. */
    public Context create(Principal principal, NewContext context) {
        require(principal, WRITE);
        checks.check(context);
        Instant now = now();
        Context created = new Context(
                Ids.next("ctx_"),
                principal.tenant(),
                context.agent(),
                context.name(),
                context.metadata(),
                0,
                context.maxTokens(),
                1,
                now,
                now,
                context.expiresIn().isZero()
                        ? Optional.empty()
                        : Optional.of(now.plus(context.expiresIn()).truncatedTo(ChronoUnit.MICROS)));
        return inStore(principal, contexts -> {
            contexts.insert(created);
            return created;
        });
    }

    /** The context of this id. */
    public Context get(Principal principal, String id) {
        return find(principal, id).orElseThrow(() -> notFound(id));
    }

    /** The context of this id, or empty where {@link #get} would throw {@link ErrorCode#CONTEXT_NOT_FOUND}. */
    public Optional<Context> find(Principal principal, String id) {
        require(principal, READ);
        Instant now = now();
        return isId(id) ? inStore(principal, contexts -> contexts.find(id, now)) : Optional.empty();
    }

    /** Contexts of the caller's tenant, newest first. */
    public Page<Context> list(Principal principal, Listing listing) {
        require(principal, READ);
        checks.check(listing);
        Position after = listing.cursor().isEmpty() ? null : Position.of(listing.cursor());
        Instant now = now();
        // One more than asked for shows whether there is another page.
        List<Context> found = inStore(
                principal, contexts -> contexts.list(listing.agent(), listing.name(), after, listing.limit() + 1, now));
        if (found.size() <= listing.limit()) {
            return new Page<>(found, "");
        }
        List<Context> page = found.subList(0, listing.limit());
        Context last = page.get(page.size() - 1);
        return new Page<>(page, new Position(last.createdAt(), last.id()).cursor());
    }

    /** {@link #append(Principal, String, List)}. */
    public Appended append(Principal principal, String id, Item... items) {
        return append(principal, id, List.of(items));
    }

    /**
     * Appends all of these items in this order, or none. Whoever else appends at the same time comes before or after
     * them, never between.
     */
    public Appended append(Principal principal, String id, List<Item> items) {
        require(principal, WRITE);
        List<Item> given = List.copyOf(items);
        checks.check(given);
        int[] counts = given.stream().mapToInt(this::tokensOf).toArray();
        return changing(principal, id, contexts -> {
            Instant now = now();
            Context context = locked(contexts, id, now);
            long firstSeq = contexts.lastSeq(id) + 1;
            List<ContextItem> added = new ArrayList<>(given.size());
            long total = context.tokenCount();
            for (int i = 0; i < counts.length; i++) {
                Item item = given.get(i);
                added.add(new ContextItem(
                        Ids.next("item_"),
                        id,
                        firstSeq + i,
                        item.role(),
                        item.content(),
                        counts[i],
                        item.metadata(),
                        item.isPinned(),
                        EmbeddingState.PENDING,
                        now));
                total += counts[i];
            }
            contexts.append(id, added);
            long truncated = 0;
            if (context.maxTokens() > 0 && total > context.maxTokens()) {
                truncated = contexts.truncate(id, firstSeq, total - context.maxTokens());
                total -= truncated;
                requireRoom(context, total);
            }
            Context after = context.appended(total, now);
            contexts.update(after);
            return new Appended(after, added, truncated);
        });
    }

    /**
     * Items of a context in the order in which they were appended.
     *
     * @param afterSeq only those with a higher {@code seq}; 0 for the beginning
     * @param limit how many at most: 1 to {@link ContextLimits#itemsPerPage()}. When fewer come back there are no more
     */
    public List<ContextItem> items(Principal principal, String id, long afterSeq, int limit) {
        require(principal, READ);
        checks.itemsLimit(limit);
        Instant now = now();
        return inStore(principal, contexts -> {
            existing(contexts, id, now);
            return contexts.items(id, afterSeq, limit);
        });
    }

    /**
     * The items that answer best, best first, in the search's mode. {@link SearchMode#HYBRID} finds by words alone while there is no embedding
     * model, or none that answers, and within a unit of work, which must not wait for one; each hit then says so.
     *
     * @throws MeshException {@link ErrorCode#EMBEDDING_UNAVAILABLE} for {@link SearchMode#MEANING} under the same conditions
     */
    public List<Hit> search(Principal principal, Search search) {
        require(principal, READ);
        checks.check(search);
        Asked asked = ask(principal, search);
        Instant now = now();
        if (asked.vector() == null) {
            List<Found> found =
                    searching(principal, search, now, session -> session.contexts().search(search, now));
            return RankFusion.wordsOnly(found, asked.remark());
        }
        if (search.mode() == SearchMode.MEANING) {
            return RankFusion.meaningOnly(
                    searching(principal, search, now, session -> nearest(session, asked, search, now)));
        }
        Search wide = search.limit(Math.max(LEAST_CANDIDATES, search.limit() * CANDIDATES_PER_HIT));
        return searching(principal, search, now, session -> new RankFusion()
                        .words(session.contexts().search(wide, now))
                        .meaning(nearest(session, asked, wide, now)))
                .best(search.limit());
    }

    /** The question as the model sees it, or why it does not. */
    private record Asked(float @Nullable [] vector, @Nullable String remark) {}

    private Asked ask(Principal principal, Search search) {
        if (search.mode() == SearchMode.WORDS) {
            return new Asked(null, null);
        }
        try {
            if (questions == null || joined != null) {
                throw new EmbeddingUnavailableException(
                        questions == null
                                ? "There is no embedding model."
                                : "The embedding model is not asked within a unit of work.",
                        "Search by words.",
                        null,
                        null);
            }
            return new Asked(questions.vector(principal.tenant(), search.text()), null);
        } catch (EmbeddingUnavailableException unavailable) {
            if (search.mode() == SearchMode.MEANING) {
                throw unavailable;
            }
            return new Asked(null, questions == null ? null : "by words only: " + unavailable.getMessage());
        } catch (TextRefusedException refused) {
            if (search.mode() == SearchMode.MEANING) {
                throw ContextChecks.invalid(
                        "The embedding model does not take this question: " + refused.getMessage(),
                        "Ask with fewer words, or search by words.");
            }
            return new Asked(null, "by words only: the embedding model does not take this question");
        }
    }

    private List<Found> nearest(StoreSession session, Asked asked, Search search, Instant now) {
        EmbeddingModel model = Objects.requireNonNull(questions).model();
        List<Found> nearest =
                session.embeddings().nearest(Objects.requireNonNull(asked.vector()), model.name(), search, now);
        return nearest.stream()
                .takeWhile(found -> found.score() > model.leastSimilarity())
                .toList();
    }

    private <T> T searching(Principal principal, Search search, Instant now, Function<StoreSession, T> work) {
        return inSession(principal, session -> {
            if (!search.contextId().isEmpty()) {
                existing(session.contexts(), search.contextId(), now);
            }
            return work.apply(session);
        });
    }

    /**
     * Changes a context that is still at the version that the caller knows.
     *
     * @throws VersionConflictException with the version that it is at, if it is at another
     */
    public Context update(Principal principal, String id, long expectedVersion, ContextChange change) {
        return update(principal, id, OptionalLong.of(expectedVersion), change);
    }

    /**
     * Changes a context.
     *
     * @param expectedVersion what it must be at; empty for any
     * @throws VersionConflictException with the version that it is at, if it is at another
     */
    public Context update(Principal principal, String id, OptionalLong expectedVersion, ContextChange change) {
        require(principal, WRITE);
        checks.check(change);
        return changing(principal, id, contexts -> {
            Instant now = now();
            Context after = locked(contexts, id, expectedVersion, now).changed(change, now);
            contexts.update(after);
            return after;
        });
    }

    /** Deletes a context and its items. */
    public void delete(Principal principal, String id) {
        delete(principal, id, OptionalLong.empty());
    }

    /**
     * Deletes a context and its items.
     *
     * @param expectedVersion what it must be at; empty for any
     * @throws VersionConflictException with the version that it is at, if it is at another
     */
    public void delete(Principal principal, String id, OptionalLong expectedVersion) {
        require(principal, WRITE);
        changing(principal, id, contexts -> {
            locked(contexts, id, expectedVersion, now());
            return contexts.delete(id);
        });
    }

    private int tokensOf(Item item) {
        int count = tokens.count(item.content());
        if (count < 0) {
            throw new IllegalStateException(
                    "the token counter counted " + count + " tokens; a TokenCounter must return at least 0");
        }
        return count;
    }

    private static void requireRoom(Context context, long total) {
        if (total > context.maxTokens()) {
            throw ContextChecks.invalid(
                    "The new items and those that stay (system and pinned) of context " + context.id() + " hold "
                            + total + " tokens together; it takes at most " + context.maxTokens() + ".",
                    "Append less, or create a context with a higher maxTokens.");
        }
    }

    private <T> T changing(Principal principal, String id, Function<ContextStore, T> work) {
        T result = inStore(principal, work);
        Runnable tell = () -> listeners.forEach(listener -> listener.contextChanged(principal.tenant(), id));
        if (joined == null) {
            tell.run();
        } else {
            joined.afterCommit().accept(tell);
        }
        return result;
    }

    private <T> T inStore(Principal principal, Function<ContextStore, T> work) {
        return inSession(principal, session -> work.apply(session.contexts()));
    }

    private <T> T inSession(Principal principal, Function<StoreSession, T> work) {
        if (joined == null) {
            return store.inTransaction(principal.tenant(), work);
        }
        if (!joined.session().tenant().equals(principal.tenant())) {
            throw new IllegalArgumentException("the unit of work belongs to another tenant than the principal");
        }
        return work.apply(joined.session());
    }

    private static Context existing(ContextStore contexts, String id, Instant now) {
        return (isId(id) ? contexts.find(id, now) : Optional.<Context>empty()).orElseThrow(() -> notFound(id));
    }

    private static Context locked(ContextStore contexts, String id, Instant now) {
        return (isId(id) ? contexts.lock(id, now) : Optional.<Context>empty()).orElseThrow(() -> notFound(id));
    }

    private static Context locked(ContextStore contexts, String id, OptionalLong expectedVersion, Instant now) {
        Context context = locked(contexts, id, now);
        if (expectedVersion.isPresent() && context.version() != expectedVersion.getAsLong()) {
            throw new VersionConflictException("Context " + id, context.version(), expectedVersion.getAsLong());
        }
        return context;
    }

    private static boolean isId(String id) {
        return ID.matcher(id).matches();
    }

    private static MeshException notFound(String id) {
        return new MeshException(
                ErrorCode.CONTEXT_NOT_FOUND,
                // What does not even look like an id is not repeated: it may be anything.
                isId(id) ? "There is no context " + id + "." : "There is no context of this id.",
                "List the contexts to see those that exist; this one may have expired or been deleted.");
    }

    private static void require(Principal principal, String permission) {
        if (!principal.may(permission)) {
            throw new MeshException(
                    ErrorCode.PERMISSION_DENIED,
                    "This needs the scope " + permission + ", which the caller does not have.",
                    "Use a key with the scope " + permission + ".");
        }
    }

    /** To the microsecond, as every store can keep it. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
