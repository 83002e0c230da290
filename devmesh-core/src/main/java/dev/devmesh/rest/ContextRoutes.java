package dev.devmesh.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.devmesh.Page;
import dev.devmesh.auth.Principal;
import dev.devmesh.context.Appended;
import dev.devmesh.context.Compacted;
import dev.devmesh.context.Compaction;
import dev.devmesh.context.Context;
import dev.devmesh.context.ContextChange;
import dev.devmesh.context.ContextFilter;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Hit;
import dev.devmesh.context.Item;
import dev.devmesh.context.ItemFilter;
import dev.devmesh.context.Listing;
import dev.devmesh.context.NewContext;
import dev.devmesh.context.Role;
import dev.devmesh.context.Search;
import dev.devmesh.context.SearchMode;
import dev.devmesh.context.Why;
import dev.devmesh.json.Json;
import dev.devmesh.schema.Description;
import dev.devmesh.schema.Length;
import dev.devmesh.schema.Range;
import dev.devmesh.schema.Size;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Predicate;
import tools.jackson.databind.node.ObjectNode;

/** {@code /api/v1/contexts}: the working memory of agents. */
final class ContextRoutes {

    private static final String ALL = "/api/v1/contexts";
    private static final String ONE = ALL + "/{id}";
    private static final String ITEMS = ONE + "/items";

    private final Contexts contexts;

    ContextRoutes(Contexts contexts) {
        this.contexts = contexts;
    }

    List<Route> routes() {
        return List.of(
                Route.get(ALL)
                        .needs(Contexts.READ)
                        .summary("Lists contexts, newest first")
                        .query(
                                Parameter.text("agent", 200, "Only those of this agent"),
                                Parameter.text("name", 200, "Only those of exactly this name"),
                                Parameter.time("created_from", "Only those created then or later"),
                                Parameter.time("created_until", "Only those created before"),
                                Parameter.time("updated_from", "Only those changed or appended to last then or later"),
                                Parameter.time("updated_until", "Only those changed or appended to last before"),
                                Parameter.members(
                                        "metadata",
                                        1_000,
                                        "Only those whose metadata have this member at their top level with this value,"
                                                + " as metadata.branch=main; 42, true, false, null and \"42\" are JSON"),
                                Parameter.CURSOR,
                                Parameter.limit(Listing.MAX_LIMIT, Listing.DEFAULT_LIMIT))
                        .answers(ContextPage.class)
                        .handle(this::list),
                Route.post(ALL)
                        .needs(Contexts.WRITE)
                        .summary("Creates a context")
                        .reads(ContextBody.class)
                        .answers(ContextView.class)
                        .create(this::create),
                Route.get(ONE)
                        .needs(Contexts.READ)
                        .summary("Shows a context, without its items; ETag is its version")
                        .answers(ContextView.class)
                        .handle(this::show),
                Route.put(ONE)
                        .needs(Contexts.WRITE)
                        .summary("Replaces what can be changed of a context; with If-Match only at that version")
                        .reads(ContextReplacement.class)
                        .answers(ContextView.class)
                        .handle(this::replace),
                Route.patch(ONE)
                        .needs(Contexts.WRITE)
                        .summary("Changes what is given of a context; with If-Match only at that version")
                        .reads(ContextPatch.class)
                        .answers(ContextView.class)
                        .handle(this::change),
                Route.delete(ONE)
                        .needs(Contexts.WRITE)
                        .summary("Deletes a context with all its items; with If-Match only at that version")
                        .handle(this::delete),
                Route.get(ITEMS)
                        .needs(Contexts.READ)
                        .summary("Lists the items of a context, oldest first")
                        .query(
                                Parameter.CURSOR,
                                Parameter.limit(contexts.limits().itemsPerPage(), 50))
                        .answers(ItemPage.class)
                        .handle(this::items),
                Route.post(ITEMS)
                        .needs(Contexts.WRITE)
                        .summary("Appends items to a context, all or none")
                        .reads(ItemsBody.class)
                        .answers(AppendedView.class)
                        .create(this::append),
                Route.post(ONE + "/search")
                        .needs(Contexts.READ)
                        .summary("Searches the items of a context, best first")
                        .reads(SearchBody.class)
                        .answers(Hits.class)
                        .handle(call -> search(call, call.variable("id"))),
                Route.post("/api/v1/search")
                        .needs(Contexts.READ)
                        .summary("Searches the items of all contexts, best first")
                        .reads(SearchBody.class)
                        .answers(Hits.class)
                        .handle(call -> search(call, "")),
                Route.post(ONE + "/compact")
                        .needs(Contexts.WRITE)
                        .summary("Puts a summary in place of the oldest items of a context, which needs the scope "
                                + Contexts.READ + " too; with If-Match only at that version")
                        .reads(CompactBody.class)
                        .answers(CompactedView.class)
                        .handle(this::compact));
    }

    // ---- what travels

    record ContextPage(
            List<ContextView> data,

            @Description("Where the next page begins; absent on the last") @JsonProperty("next_cursor")
            Optional<String> nextCursor) {}

    record ContextView(
            String id,
            String name,
            String agent,
            ObjectNode metadata,

            @Description("How many tokens its items hold now") @JsonProperty("token_count")
            long tokenCount,

            @Description("How many they may hold; 0 is any number") @JsonProperty("max_tokens")
            int maxTokens,

            @Description("One more with every change and every append")
            long version,

            @JsonProperty("created_at") Instant createdAt,
            @JsonProperty("updated_at") Instant updatedAt,

            @Description("When it ceases to exist; absent for never") @JsonProperty("expires_at")
            Optional<Instant> expiresAt) {

        static ContextView of(Context context) {
            return new ContextView(
                    context.id(),
                    context.name(),
                    context.agent(),
                    context.metadata(),
                    context.tokenCount(),
                    context.maxTokens(),
                    context.version(),
                    context.createdAt(),
                    context.updatedAt(),
                    context.expiresAt());
        }
    }

    record ContextBody(
            @Description("What people call it") Optional<String> name,
            @Description("The agent it belongs to") Optional<String> agent,

            @Description("How many tokens its items may hold; the oldest are dropped beyond. 0 is any number")
            @JsonProperty("max_tokens")
            @Range(min = 0)
            OptionalInt maxTokens,

            @Description("Anything to remember beside the items")
            Optional<ObjectNode> metadata,

            @Description("How long it lives; for ever if absent") @JsonProperty("expires_in_seconds") @Range(min = 1)
            OptionalLong expiresInSeconds) {}

    record ContextReplacement(
            @Description("What people call it") String name,

            @Description("The agent it belongs to; none if absent")
            Optional<String> agent,

            @Description("How many tokens its items may hold, the oldest are dropped beyond; any number if absent or 0")
            @JsonProperty("max_tokens")
            @Range(min = 0)
            OptionalInt maxTokens,

            @Description("In place of all that was there; {} if absent")
            Optional<ObjectNode> metadata,

            @Description("How long it lives from now on; for ever if absent or 0")
            @JsonProperty("expires_in_seconds")
            @Range(min = 0)
            OptionalLong expiresInSeconds) {}

    record ContextPatch(
            @Description("What people call it") Optional<String> name,

            @Description("The agent it belongs to; empty for none")
            Optional<String> agent,

            @Description("How many tokens its items may hold, the oldest are dropped beyond; 0 is any number")
            @JsonProperty("max_tokens")
            @Range(min = 0)
            OptionalInt maxTokens,

            @Description("In place of all that was there") Optional<ObjectNode> metadata,

            @Description("How long it lives from now on; 0 is for ever")
            @JsonProperty("expires_in_seconds")
            @Range(min = 0)
            OptionalLong expiresInSeconds) {}

    record ItemPage(
            List<ItemView> data,

            @Description("Where the next page begins; absent on the last") @JsonProperty("next_cursor")
            Optional<String> nextCursor) {}

    record ItemView(
            String id,

            @Description("Its place: the first item of a context is 1")
            long seq,

            String role,
            String content,
            @JsonProperty("token_count") int tokenCount,
            ObjectNode metadata,
            boolean pinned,

            @Description("Whether it can be found by its meaning yet: pending, done or failed")
            String embedding,

            @JsonProperty("created_at") Instant createdAt) {

        static ItemView of(ContextItem item) {
            return new ItemView(
                    item.id(),
                    item.seq(),
                    item.role().wireName(),
                    item.content(),
                    item.tokenCount(),
                    item.metadata(),
                    item.pinned(),
                    item.embedding().wireName(),
                    item.createdAt());
        }
    }

    enum Speaker {
        user,
        assistant,
        system,
        tool
    }

    record ItemBody(
            @Description("Who it comes from; what system says is never dropped")
            Speaker role,

            @Description("The text") @Length(min = 1) String content,

            @Description("Anything to remember beside the text")
            Optional<ObjectNode> metadata,

            @Description("Whether it stays when older items are dropped or compacted")
            Optional<Boolean> pinned) {

        Item item() {
            return new Item(Role.of(role.name()), content, metadata.orElseGet(Json::object), pinned.orElse(false));
        }
    }

    record ItemsBody(
            @Description("What to append, in order") @Size(min = 1, max = 100)
            List<ItemBody> items) {}

    record Receipt(
            String id,
            long seq,
            @JsonProperty("token_count") int tokenCount) {}

    record AppendedView(
            @Description("The new items, in the order in which they were given")
            List<Receipt> data,

            @Description("How many tokens the items of the context hold now") @JsonProperty("token_count")
            long tokenCount,

            @Description("How many tokens of older items were dropped to make room") @JsonProperty("truncated_tokens")
            long truncatedTokens,

            @Description("Of the context") long version) {

        static AppendedView of(Appended appended) {
            return new AppendedView(
                    appended.items().stream()
                            .map(item -> new Receipt(item.id(), item.seq(), item.tokenCount()))
                            .toList(),
                    appended.context().tokenCount(),
                    appended.truncatedTokens(),
                    appended.context().version());
        }
    }

    record CompactBody(
            @Description(
                    "How many of the newest items stay at most; where neither this nor keep_tokens is given, as many"
                            + " as half of max_tokens holds, or 10")
            @JsonProperty("keep_items")
            @Range(min = 0)
            OptionalInt keepItems,

            @Description("How many tokens the newest items that stay hold at most")
            @JsonProperty("keep_tokens")
            @Range(min = 0)
            OptionalLong keepTokens,

            @Description(
                    "How many tokens the summary should have at most; a quarter of what it replaces, 50 to 1000, if"
                            + " absent")
            @JsonProperty("summary_tokens")
            @Range(min = 1)
            OptionalInt summaryTokens) {

        Compaction compaction() {
            return new Compaction(keepItems, keepTokens, summaryTokens);
        }
    }

    record CompactedView(
            @Description("How many items went; 0 if there was nothing to gain, and nothing is changed")
            int items,

            @Description("How many tokens they held") long tokens,

            @Description("What is in their place, at the seq of the last of them; absent if none went")
            Optional<ItemView> summary,

            @Description("How many tokens the items of the context hold now") @JsonProperty("token_count")
            long tokenCount,

            @Description("Of the context") long version) {

        static CompactedView of(Compacted compacted) {
            return new CompactedView(
                    compacted.items(),
                    compacted.tokens(),
                    compacted.summary().map(ItemView::of),
                    compacted.context().tokenCount(),
                    compacted.context().version());
        }
    }

    enum Mode {
        hybrid,
        words,
        meaning
    }

    record SearchBody(
            @Description("What to look for, in words") @Length(min = 1)
            String text,

            @Description("By what to find: hybrid if absent, words, or meaning")
            Optional<Mode> mode,

            @Description("How many hits at most; 10 if absent") @Range(min = 1, max = Search.MAX_LIMIT)
            OptionalInt limit,

            @Description("Only items in contexts of this agent")
            Optional<String> agent,

            @Description("Only items of this role") Optional<Speaker> role,

            @Description("Only items appended then or later")
            Optional<Instant> from,

            @Description("Only items appended before") Optional<Instant> until,

            @Description("Only items whose metadata have each of these members: text, numbers, booleans, null")
            Optional<ObjectNode> metadata) {

        Search search(String context) {
            return Search.text(text)
                    .in(context)
                    .by(mode.map(given -> SearchMode.of(given.name())).orElse(SearchMode.HYBRID))
                    .limit(limit.orElse(Search.DEFAULT_LIMIT))
                    .only(new ItemFilter(
                            agent.orElse(""),
                            role.map(given -> Role.of(given.name())),
                            from,
                            until,
                            metadata.orElseGet(Json::object)));
        }
    }

    record Hits(List<HitView> data) {}

    record WhyView(
            @Description("Its place among those found by words; absent if it was not") @JsonProperty("rank_by_words")
            OptionalInt rankByWords,

            @Description("Its place among those found by meaning; absent if it was not")
            @JsonProperty("rank_by_meaning")
            OptionalInt rankByMeaning,

            @Description("How near its meaning is, -1 to 1; absent if it was not found by it")
            OptionalDouble similarity,

            @Description("The same in words, and whether the search was not done as asked")
            String sentence) {

        static WhyView of(Why why) {
            return new WhyView(why.rankByWords(), why.rankByMeaning(), why.similarity(), why.sentence());
        }
    }

    record HitView(
            @JsonProperty("context_id") String contextId,
            @JsonProperty("context_name") String contextName,

            @Description("More is better; comparable within one search only")
            double score,

            WhyView why,
            ItemView item) {

        static HitView of(Hit hit) {
            return new HitView(
                    hit.contextId(), hit.contextName(), hit.score(), WhyView.of(hit.why()), ItemView.of(hit.item()));
        }
    }

    // ---- what is done

    private RestResponse list(RestCall call) {
        ContextFilter filter = ContextFilter.all()
                .agent(call.text("agent"))
                .name(call.text("name"))
                .created(call.time("created_from"), call.time("created_until"))
                .updated(call.time("updated_from"), call.time("updated_until"))
                .metadata(call.members("metadata"));
        Listing listing = Listing.of(filter).after(call.text("cursor")).limit((int) call.number("limit"));
        call.stage("store");
        Page<Context> page = contexts.list(call.principal(), listing);
        return RestResponse.ok(new ContextPage(
                page.data().stream().map(ContextView::of).toList(),
                Optional.of(page.nextCursor()).filter(Predicate.not(String::isEmpty))));
    }

    private RestResponse create(RestCall call, RestUnit unit) {
        ContextBody body = call.body(ContextBody.class);
        NewContext wanted = NewContext.named(body.name().orElse(""))
                .agent(body.agent().orElse(""))
                .maxTokens(body.maxTokens().orElse(0))
                .metadata(body.metadata().orElseGet(Json::object))
                .expiresIn(Duration.ofSeconds(body.expiresInSeconds().orElse(0)));
        Context created = contexts.within(unit.session(), unit.afterCommit()).create(call.principal(), wanted);
        return RestResponse.created(ALL + "/" + created.id(), ContextView.of(created))
                .version(created.version());
    }

    private RestResponse show(RestCall call) {
        call.stage("store");
        Context context = contexts.get(call.principal(), call.variable("id"));
        RestResponse answer = call.hasVersion(context.version())
                ? RestResponse.notModified()
                : RestResponse.ok(ContextView.of(context));
        return answer.version(context.version());
    }

    private RestResponse replace(RestCall call) {
        ContextReplacement body = call.body(ContextReplacement.class);
        NewContext wanted = NewContext.named(body.name())
                .agent(body.agent().orElse(""))
                .maxTokens(body.maxTokens().orElse(0))
                .metadata(body.metadata().orElseGet(Json::object))
                .expiresIn(Duration.ofSeconds(body.expiresInSeconds().orElse(0)));
        return update(call, ContextChange.to(wanted));
    }

    private RestResponse change(RestCall call) {
        ContextPatch body = call.body(ContextPatch.class);
        ContextChange change = ContextChange.nothing();
        if (body.name().isPresent()) {
            change = change.name(body.name().get());
        }
        if (body.agent().isPresent()) {
            change = change.agent(body.agent().get());
        }
        if (body.metadata().isPresent()) {
            change = change.metadata(body.metadata().get());
        }
        if (body.maxTokens().isPresent()) {
            change = change.maxTokens(body.maxTokens().getAsInt());
        }
        if (body.expiresInSeconds().isPresent()) {
            change = change.expiresIn(Duration.ofSeconds(body.expiresInSeconds().getAsLong()));
        }
        return update(call, change);
    }

    private RestResponse update(RestCall call, ContextChange change) {
        call.stage("store");
        Context after = contexts.update(call.principal(), call.variable("id"), call.ifMatch(), change);
        return RestResponse.ok(ContextView.of(after)).version(after.version());
    }

    private RestResponse delete(RestCall call) {
        call.stage("store");
        contexts.delete(call.principal(), call.variable("id"), call.ifMatch());
        return RestResponse.noContent();
    }

    private RestResponse items(RestCall call) {
        Principal principal = call.principal();
        String id = call.variable("id");
        String cursor = call.text("cursor");
        int limit = (int) call.number("limit");
        call.stage("store");
        List<ContextItem> page = contexts.items(principal, id, cursor.isEmpty() ? 0 : Cursor.number(id, cursor), limit);
        Optional<String> next = Optional.empty();
        if (page.size() == limit) {
            long last = page.get(limit - 1).seq();
            if (!contexts.items(principal, id, last, 1).isEmpty()) {
                next = Optional.of(Cursor.behind(id, Long.toString(last)));
            }
        }
        return RestResponse.ok(new ItemPage(page.stream().map(ItemView::of).toList(), next));
    }

    private RestResponse append(RestCall call, RestUnit unit) {
        String id = call.variable("id");
        List<Item> items =
                call.body(ItemsBody.class).items().stream().map(ItemBody::item).toList();
        Appended appended = contexts.within(unit.session(), unit.afterCommit()).append(call.principal(), id, items);
        return RestResponse.created(ALL + "/" + id + "/items", AppendedView.of(appended));
    }

    private RestResponse compact(RestCall call) {
        Compaction compaction = call.body(CompactBody.class).compaction();
        call.stage("compaction");
        Compacted compacted = contexts.compact(call.principal(), call.variable("id"), call.ifMatch(), compaction);
        return RestResponse.ok(CompactedView.of(compacted))
                .version(compacted.context().version());
    }

    private RestResponse search(RestCall call, String context) {
        Search search = call.body(SearchBody.class).search(context);
        call.stage("search");
        return RestResponse.ok(new Hits(contexts.search(call.principal(), search).stream()
                .map(HitView::of)
                .toList()));
    }
}
