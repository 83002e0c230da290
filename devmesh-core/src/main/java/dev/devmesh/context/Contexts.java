package dev.devmesh.context;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import dev.devmesh.VersionConflictException;
import dev.devmesh.audit.AuditEntry;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.embedding.EmbeddingModel;
import dev.devmesh.embedding.EmbeddingUnavailableException;
import dev.devmesh.embedding.Questions;
import dev.devmesh.embedding.TextRefusedException;
import dev.devmesh.event.LogTrace;
import dev.devmesh.event.MeshEvent;
import dev.devmesh.store.ContextStore;
import dev.devmesh.store.ErasedKind;
import dev.devmesh.store.ErasureScope;
import dev.devmesh.store.Found;
import dev.devmesh.store.Ids;
import dev.devmesh.store.Position;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.text.Utf8;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
 * <p>Every call names who is calling. Reading needs the permission {@value #READ}, erasing {@value #ERASE}, all else {@value #WRITE};
 * without it a call ends in {@link ErrorCode#PERMISSION_DENIED}. Only the caller's tenant exists: a context of another
 * one, one that is expired and one that never was are all {@link ErrorCode#CONTEXT_NOT_FOUND}. A value beyond {@link
 * ContextLimits} is {@link ErrorCode#INVALID_VALUE}. All are {@link MeshException}s.
 *
 * <p>A context with {@code maxTokens} is a window: an append that would exceed it truncates items, oldest first, until
 * the rest fits. Truncated items are gone. Items of the role {@code system} and pinned ones are never truncated, nor is
 * what is being appended.
 *
 * <p>Safe for use by many threads. Each call is a unit of work of its own, so none may be made within {@link
 * Store#inTransaction}; there {@link #within} is for. Compaction and erasure are several units, and refused there.
 */
public final class Contexts {

    /** The permission to see contexts and their items. */
    public static final String READ = "contexts:read";

    /** The permission to create, change, append to and delete contexts. */
    public static final String WRITE = "contexts:write";

    /** The permission to erase everything of an agent or of the tenant; administrators have it. */
    public static final String ERASE = "data:erase";

    private static final int ATTEMPTS = 3;

    /** How many items of each ranking are fused: so many, or so many for each hit. */
    private static final int LEAST_CANDIDATES = 50;

    private static final int CANDIDATES_PER_HIT = 4;

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_]{1,64}");

    private final Store store;
    private final Clock clock;
    private final TokenCounter tokens;
    private final ContextLimits limits;
    private final ContextChecks checks;
    private final @Nullable Summarizer summarizer;
    private final Listeners listeners;
    private final @Nullable Questions questions;
    private final @Nullable Joined joined;

    /** The unit of work that calls are part of, and what takes what is to be done once it has committed. */
    private record Joined(StoreSession session, Consumer<? super Runnable> afterCommit) {}

    private record Listeners(
            List<ContextListener> changes,
            List<Consumer<? super MeshEvent.ContextChanged>> acts,
            List<Consumer<? super Erasure>> erasures) {
        Listeners() {
            this(new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>());
        }
    }

    private Contexts(
            Store store,
            Clock clock,
            TokenCounter tokens,
            ContextLimits limits,
            @Nullable Summarizer summarizer,
            Listeners listeners,
            @Nullable Questions questions,
            @Nullable Joined joined) {
        this.store = Objects.requireNonNull(store, "store");
        this.clock = Objects.requireNonNull(clock, "clock");
        this.tokens = Objects.requireNonNull(tokens, "tokens");
        this.limits = Objects.requireNonNull(limits, "limits");
        this.checks = new ContextChecks(limits);
        this.summarizer = summarizer;
        this.listeners = listeners;
        this.questions = questions;
        this.joined = joined;
    }

    /**
     * Contexts kept in this store, with {@link TokenCounter#approximate()}, {@link ContextLimits#defaults()} and the {@linkplain
     * Summarizer#extractive extractive} summarizer.
     *
     * @param store not closed here
     * @param clock dates contexts and items, and says which are expired
     */
    public static Contexts in(Store store, Clock clock) {
        return new Contexts(
                store, clock, TokenCounter.approximate(), ContextLimits.defaults(), null, new Listeners(), null, null);
    }

    /** These contexts, with tokens counted in another way from now on. */
    public Contexts with(TokenCounter counter) {
        return new Contexts(store, clock, counter, limits, summarizer, listeners, questions, joined);
    }

    /** These contexts within other limits. */
    public Contexts with(ContextLimits others) {
        return new Contexts(store, clock, tokens, others, summarizer, listeners, questions, joined);
    }

    /** These contexts, compacted by another summarizer. */
    public Contexts with(Summarizer other) {
        return new Contexts(
                store,
                clock,
                tokens,
                limits,
                Objects.requireNonNull(other, "summarizer"),
                listeners,
                questions,
                joined);
    }

    /** These contexts, found by their meaning too: that of items which an {@link dev.devmesh.embedding.Embedder} with the same model embedded. */
    public Contexts with(Questions others) {
        return new Contexts(
                store,
                clock,
                tokens,
                limits,
                summarizer,
                listeners,
                Objects.requireNonNull(others, "questions"),
                joined);
    }

    /**
     * These contexts, whose calls are part of a unit of work that has begun, for its principals' tenant. Confined to the
     * thread of that unit, and of no use once it has ended.
     *
     * @param session of the store of these contexts
     * @param afterCommit takes what is to be run once the unit has committed, and forgotten if it does not: telling the listeners
     */
    public Contexts within(StoreSession session, Consumer<? super Runnable> afterCommit) {
        return new Contexts(
                store, clock, tokens, limits, summarizer, listeners, questions, new Joined(session, afterCommit));
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
        listeners.changes().add(listener);
    }

    /**
     * Has it told who made, changed or deleted a context through these contexts or through those made of them by {@code with}: after the
     * commit, on the changing thread; must not wait.
     */
    public void onAct(Consumer<? super MeshEvent.ContextChanged> listener) {
        listeners.acts().add(listener);
    }

    /**
     * Has the receipt of each later erasure told that is made through these contexts or through those made of them by {@code
     * with}: after the commit, on the erasing thread; must not wait. Each context that went is told to {@link #onChange} too.
     */
    public void onErasure(Consumer<? super Erasure> listener) {
        listeners.erasures().add(listener);
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
                Context.end(now, context.expiresIn()));
        inStore(principal, contexts -> {
            contexts.insert(created);
            return created;
        });
        afterCommit(() -> acted(principal, "create", created.id()));
        return created;
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
        Position after = Position.after(listing.cursor());
        Instant now = now();
        // One more than asked for shows whether there is another page.
        List<Context> found =
                inStore(principal, contexts -> contexts.list(listing.filter(), after, listing.limit() + 1, now));
        return Position.page(found, listing.limit(), context -> new Position(context.createdAt(), context.id()));
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
        int[] counts = given.stream().mapToInt(item -> tokensOf(item.content())).toArray();
        return changing(principal, "append", id, contexts -> {
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
            List<Found> found = searching(
                    principal, search, now, session -> session.contexts().search(search, now));
            return RankFusion.wordsOnly(found, asked.remark());
        }
        if (search.mode() == SearchMode.MEANING) {
            return RankFusion.meaningOnly(
                    searching(principal, search, now, session -> nearest(session, asked, search, now)));
        }
        Search wide = search.limit(Math.max(LEAST_CANDIDATES, search.limit() * CANDIDATES_PER_HIT));
        return searching(
                        principal,
                        search,
                        now,
                        session -> new RankFusion()
                                .words(session.contexts().search(wide, now))
                                .meaning(nearest(session, asked, wide, now)))
                .best(search.limit());
    }

    /** The question as the model sees it, or why it does not. */
    private record Asked(
            float @Nullable [] vector, @Nullable String remark) {}

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
        return changing(principal, "update", id, contexts -> {
            Instant now = now();
            Context before = locked(contexts, id, expectedVersion, now);
            Context after = fitted(contexts, before.changed(change, now));
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
        changing(principal, "delete", id, contexts -> {
            locked(contexts, id, expectedVersion, now());
            return contexts.delete(id);
        });
    }

    /**
     * Puts one summary in place of the oldest items of a context, as the {@link Summarizer} makes it. {@link Role#SYSTEM} and
     * pinned items stay, and so do the newest, as {@code compaction} says. The summary is an item of {@link Role#ASSISTANT}
     * with the metadata member {@value ContextItem#COMPACTED}. Needs {@value #READ} too.
     *
     * <p>At most 10,000 items, or 16 Mi characters, are summarized at once, the oldest: a larger context takes several
     * compactions. Nothing is changed where a summary would take no fewer tokens than what it replaces.
     *
     * <p>The summarizer runs outside of any unit of work, so others may go on appending meanwhile. Where they change what is to
     * be replaced, a new summary is made, three times at most.
     *
     * @throws MeshException {@link ErrorCode#CONCURRENT_CHANGE} if others changed what was to be replaced each time
     * @throws IllegalStateException within a unit of work; or if the summarizer returns what cannot be kept
     */
    public Compacted compact(Principal principal, String id, Compaction compaction) {
        return compact(principal, id, OptionalLong.empty(), compaction);
    }

    /**
     * {@link #compact(Principal, String, Compaction)} of a context that is at a version, from the beginning to the end.
     *
     * @param expectedVersion what it must be at; empty for any
     * @throws VersionConflictException with the version that it is at, if it is at another
     */
    public Compacted compact(Principal principal, String id, OptionalLong expectedVersion, Compaction compaction) {
        require(principal, READ);
        require(principal, WRITE);
        requireNoUnit();
        checks.check(compaction);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Optional<Compacted> done = compactOnce(principal, id, expectedVersion, compaction);
            if (done.isPresent()) {
                return done.get();
            }
        }
        throw keptChanging("Context " + id + " was changed while it was being compacted, " + ATTEMPTS + " times.");
    }

    /** Empty if what was to be replaced is no longer as it was. */
    private Optional<Compacted> compactOnce(
            Principal principal, String id, OptionalLong expectedVersion, Compaction compaction) {
        Instant began = now();
        Context before = inStore(principal, contexts -> {
            Context context = existing(contexts, id, began);
            requireVersion(context, expectedVersion);
            return context;
        });
        Optional<Compacting> found = inStore(principal, contexts -> Compacting.in(contexts, before, compaction));
        if (found.isEmpty()) {
            return Optional.of(Compacted.nothing(before));
        }
        Compacting compacting = found.get();
        long replaced = compacting.tokens();
        int budget = compaction.summaryOf(replaced);
        if (budget >= replaced) {
            return Optional.of(Compacted.nothing(before));
        }
        String text = summary(compacting.items(), budget);
        int count = tokensOf(text);
        if (count >= replaced) {
            return Optional.of(Compacted.nothing(before));
        }
        Optional<Compacted> done = inStore(principal, contexts -> {
            Instant now = now();
            Context context = locked(contexts, id, expectedVersion, now);
            if (!compacting.stillStands(contexts, context)) {
                return Optional.empty();
            }
            ContextItem summary = compacting.summary(Ids.next("item_"), text, count, now);
            int items = contexts.compact(id, summary);
            Context after = context.appended(context.tokenCount() - replaced + count, now);
            contexts.update(after);
            return Optional.of(new Compacted(after, items, replaced, Optional.of(summary)));
        });
        done.ifPresent(compacted -> {
            changed(principal.tenant(), id);
            acted(principal, "compact", id);
        });
        return done;
    }

    private String summary(List<ContextItem> items, int budget) {
        Summarizer with = summarizer == null ? Summarizer.extractive(tokens) : summarizer;
        String text = with.summarize(items, budget);
        if (text.isBlank() || !Utf8.isStorable(text) || Utf8.length(text) > limits.contentBytes()) {
            throw new IllegalStateException("the summarizer returned a text of " + text.length()
                    + " characters that no item can hold; a Summarizer must return 1 to " + limits.contentBytes()
                    + " bytes that are not blank, without U+0000 or halves of surrogate pairs");
        }
        return text;
    }

    /**
     * Erases the contexts of one agent with everything that hangs on them, expired ones too. What calls the agent made is the
     * tenant's, and stays. Needs {@value #ERASE}.
     *
     * @param agent as the contexts name it, not empty
     * @return the proof; nobody keeps it but the caller
     * @throws MeshException {@link ErrorCode#CONCURRENT_CHANGE} if others went on writing such data each time; nothing is
     *     erased then
     * @throws IllegalStateException within a unit of work
     */
    public Erasure erase(Principal principal, String agent) {
        require(principal, ERASE);
        checks.agent(agent);
        if (agent.isEmpty()) {
            throw ContextChecks.invalid("An erasure needs the name of an agent.", "Name the agent.");
        }
        return erase(principal, new ErasureScope.OfAgent(agent));
    }

    /**
     * Erases everything of the caller's tenant: contexts, tasks, jobs, sessions, kept answers, users, roles, and its API keys, the
     * caller's own included. Needs {@value #ERASE}.
     *
     * @return the proof; nobody keeps it but the caller
     * @throws MeshException {@link ErrorCode#CONCURRENT_CHANGE} if others went on writing for the tenant each time; nothing is
     *     erased then
     * @throws IllegalStateException within a unit of work
     */
    public Erasure eraseTenant(Principal principal) {
        require(principal, ERASE);
        return erase(principal, new ErasureScope.OfTenant());
    }

    private Erasure erase(Principal principal, ErasureScope scope) {
        requireNoUnit();
        for (int attempt = 1; ; attempt++) {
            ErasureLedger ledger = new ErasureLedger();
            try {
                Function<StoreSession, Erasure> unit = session -> erase(principal, scope, session, ledger);
                Erasure receipt = store.inTransaction(principal.tenant(), unit);
                ledger.contexts().forEach(id -> changed(principal.tenant(), id));
                listeners.erasures().forEach(listener -> listener.accept(receipt));
                return receipt;
            } catch (MeshException refused) {
                if (refused.code() != ErrorCode.CONCURRENT_CHANGE || attempt == ATTEMPTS) {
                    throw refused;
                }
            }
        }
    }

    private Erasure erase(Principal principal, ErasureScope scope, StoreSession session, ErasureLedger ledger) {
        session.erasure().erase(scope, ledger);
        Map<ErasedKind, Long> left = session.erasure().count(scope);
        if (left.values().stream().anyMatch(rows -> rows > 0)) {
            throw keptChanging("Others wrote what was being erased, so that not all of it would have gone.");
        }
        Erasure receipt =
                new Erasure(principal.tenant(), scope, principal.subject(), now(), ledger.rows(), ledger.sha256());
        String object = scope instanceof ErasureScope.OfAgent of ? of.agent() : "";
        String action = object.isEmpty() ? "tenant.erase" : "agent.erase";
        session.audit()
                .append(AuditEntry.of(principal, action, object, receipt.at())
                        .detail(ledger.rows().values().stream()
                                        .mapToLong(Long::longValue)
                                        .sum() + " rows, sha256 " + receipt.sha256()));
        return receipt;
    }

    private static MeshException keptChanging(String message) {
        return new MeshException(
                ErrorCode.CONCURRENT_CHANGE,
                message,
                "Nothing was done. Try again when less is going on.",
                Duration.ofSeconds(1),
                null);
    }

    private void requireNoUnit() {
        if (joined != null) {
            throw new IllegalStateException(
                    "This needs units of work of its own. Call it outside, on the contexts that within(…) was called on.");
        }
    }

    private int tokensOf(String text) {
        int count = tokens.count(text);
        if (count < 0) {
            throw new IllegalStateException(
                    "the token counter counted " + count + " tokens; a TokenCounter must return at least 0");
        }
        return count;
    }

    /** The context with what goes beyond its window truncated. */
    private static Context fitted(ContextStore contexts, Context context) {
        long excess = context.tokenCount() - context.maxTokens();
        if (context.maxTokens() == 0 || excess <= 0) {
            return context;
        }
        long total = context.tokenCount() - contexts.truncate(context.id(), Long.MAX_VALUE, excess);
        if (total > context.maxTokens()) {
            throw ContextChecks.invalid(
                    "The items that stay in context " + context.id() + " (system and pinned) hold " + total
                            + " tokens; maxTokens cannot be " + context.maxTokens() + ".",
                    "Use at least " + total + ", or 0 for any number.");
        }
        return context.holding(total);
    }

    private static void requireRoom(Context context, long total) {
        if (total > context.maxTokens()) {
            throw ContextChecks.invalid(
                    "The new items and those that stay (system and pinned) of context " + context.id() + " hold "
                            + total + " tokens together; it takes at most " + context.maxTokens() + ".",
                    "Append less, or create a context with a higher maxTokens.");
        }
    }

    private <T> T changing(Principal principal, String verb, String id, Function<ContextStore, T> work) {
        T result = inStore(principal, work);
        afterCommit(() -> {
            changed(principal.tenant(), id);
            acted(principal, verb, id);
        });
        return result;
    }

    private void afterCommit(Runnable tell) {
        if (joined == null) {
            tell.run();
        } else {
            joined.afterCommit().accept(tell);
        }
    }

    private void acted(Principal principal, String verb, String id) {
        if (!listeners.acts().isEmpty()) {
            MeshEvent.ContextChanged act = new MeshEvent.ContextChanged(principal, verb, id, LogTrace.current());
            listeners.acts().forEach(listener -> listener.accept(act));
        }
    }

    private void changed(Tenant tenant, String id) {
        listeners.changes().forEach(listener -> listener.contextChanged(tenant, id));
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
        requireVersion(context, expectedVersion);
        return context;
    }

    private static void requireVersion(Context context, OptionalLong expected) {
        if (expected.isPresent() && context.version() != expected.getAsLong()) {
            throw new VersionConflictException("Context " + context.id(), context.version(), expected.getAsLong());
        }
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
        principal.require(permission, "this");
    }

    /** To the microsecond, as every store can keep it. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
