package dev.devmesh.provider.context;

import dev.devmesh.Page;
import dev.devmesh.context.Appended;
import dev.devmesh.context.Compacted;
import dev.devmesh.context.Compaction;
import dev.devmesh.context.Context;
import dev.devmesh.context.ContextFilter;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Item;
import dev.devmesh.context.ItemFilter;
import dev.devmesh.context.Listing;
import dev.devmesh.context.NewContext;
import dev.devmesh.context.Role;
import dev.devmesh.context.Search;
import dev.devmesh.context.SearchMode;
import dev.devmesh.json.Json;
import dev.devmesh.schema.Description;
import dev.devmesh.schema.Length;
import dev.devmesh.schema.Range;
import dev.devmesh.schema.Size;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolBuilder;
import dev.devmesh.tool.ToolProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code context_create}, {@code context_append}, {@code context_get}, {@code context_list}, {@code context_search},
 * {@code context_compact} and {@code context_delete}: the same operations, permissions and limits as {@link Contexts}, as tools.
 *
 * <p>Immutable.
 */
public final class ContextTools implements ToolProvider {

    private static final int DEFAULT_ITEMS = 50;

    private final Contexts contexts;

    /** Over these contexts. */
    public ContextTools(Contexts contexts) {
        this.contexts = contexts;
    }

    @Override
    public String namespace() {
        return "context";
    }

    @Override
    public List<Tool> tools() {
        return List.of(create(), append(), get(), list(), search(), compact(), delete());
    }

    record Create(
            @Description("What people call it, for example: red build")
            String name,

            @Description("The agent it belongs to") Optional<String> agent,

            @Description("How many tokens its items may hold; the oldest are dropped beyond") @Range(min = 1)
            OptionalInt maxTokens,

            @Description("Anything to remember beside the items")
            Optional<ObjectNode> metadata,

            @Description("How long it lives; for ever if absent") @Range(min = 1)
            OptionalLong expiresInSeconds) {}

    private Tool create() {
        return tool("context_create", "Creates a context: a memory that later calls append to, read and search")
                .additive()
                .input(Create.class)
                .output(Summary.class)
                .handle((call, in) -> {
                    NewContext wanted = NewContext.named(in.name())
                            .agent(in.agent().orElse(""))
                            .maxTokens(in.maxTokens().orElse(0))
                            .metadata(in.metadata().orElseGet(Json::object))
                            .expiresIn(Duration.ofSeconds(in.expiresInSeconds().orElse(0)));
                    return Summary.of(contexts.create(call.principal(), wanted));
                });
    }

    enum Speaker {
        user,
        assistant,
        system,
        tool
    }

    record Entry(
            @Description("Who it comes from") Speaker role,
            @Description("The text") @Length(min = 1) String content,
            @Description("For role tool: the tool's name") Optional<String> tool,

            @Description("Whether it stays when older items are dropped or compacted")
            Optional<Boolean> pinned) {

        Item item() {
            Item item =
                    role == Speaker.tool ? Item.tool(tool.orElse(""), content) : Item.of(Role.of(role.name()), content);
            return pinned.orElse(false) ? item.pinned() : item;
        }
    }

    record Append(
            @Description("The id of the context") String context,

            @Description("What to append, in order") @Size(min = 1, max = 100)
            List<Entry> items) {}

    record Receipt(String context, long firstSeq, long lastSeq, long tokenCount, long truncatedTokens) {}

    private Tool append() {
        return tool("context_append", "Appends items to a context; all of them or none")
                .additive()
                .input(Append.class)
                .output(Receipt.class)
                .handle((call, in) -> {
                    List<Item> items = in.items().stream().map(Entry::item).toList();
                    Appended appended = contexts.append(call.principal(), in.context(), items);
                    List<ContextItem> made = appended.items();
                    return new Receipt(
                            in.context(),
                            made.get(0).seq(),
                            made.get(made.size() - 1).seq(),
                            appended.context().tokenCount(),
                            appended.truncatedTokens());
                });
    }

    record Get(
            @Description("The id of the context") String context,

            @Description("Only items behind this seq; 0 for all") @Range(min = 0)
            OptionalLong after,

            @Description("How many items at most; 50 if absent") @Range(min = 1, max = 200)
            OptionalInt limit) {}

    record Whole(Summary context, List<Line> items, boolean more) {}

    private Tool get() {
        return tool("context_get", "Reads a context with its items, oldest first")
                .readOnly()
                .input(Get.class)
                .output(Whole.class)
                .handle((call, in) -> {
                    Context context = contexts.get(call.principal(), in.context());
                    int limit = in.limit().orElse(DEFAULT_ITEMS);
                    List<Line> lines =
                            contexts
                                    .items(
                                            call.principal(),
                                            in.context(),
                                            in.after().orElse(0),
                                            limit)
                                    .stream()
                                    .map(Line::of)
                                    .toList();
                    return new Whole(Summary.of(context), lines, lines.size() == limit);
                });
    }

    record ListContexts(
            @Description("Only those of this agent") Optional<String> agent,
            @Description("Only those of exactly this name") Optional<String> name,
            @Description("Only those created then or later") Optional<Instant> createdFrom,
            @Description("Only those created before") Optional<Instant> createdUntil,

            @Description("Only those changed or appended to last then or later")
            Optional<Instant> updatedFrom,

            @Description("Only those changed or appended to last before")
            Optional<Instant> updatedUntil,

            @Description("Only those whose metadata have all these members, which are no objects or arrays")
            Optional<ObjectNode> metadata,

            @Description("nextCursor of the page before") Optional<String> cursor,

            @Description("How many at most; 50 if absent") @Range(min = 1, max = 1_000)
            OptionalInt limit) {}

    record Contents(List<Summary> contexts, Optional<String> nextCursor) {}

    private Tool list() {
        return tool("context_list", "Lists contexts, newest first")
                .readOnly()
                .input(ListContexts.class)
                .output(Contents.class)
                .handle((call, in) -> {
                    ContextFilter filter = ContextFilter.all()
                            .agent(in.agent().orElse(""))
                            .name(in.name().orElse(""))
                            .created(in.createdFrom(), in.createdUntil())
                            .updated(in.updatedFrom(), in.updatedUntil())
                            .metadata(in.metadata().orElseGet(Json::object));
                    Listing listing = Listing.of(filter)
                            .after(in.cursor().orElse(""))
                            .limit(in.limit().orElse(Listing.DEFAULT_LIMIT));
                    Page<Context> page = contexts.list(call.principal(), listing);
                    return new Contents(
                            page.data().stream().map(Summary::of).toList(),
                            page.isLast() ? Optional.empty() : Optional.of(page.nextCursor()));
                });
    }

    enum Mode {
        hybrid,
        words,
        meaning
    }

    record Query(
            @Description("What to look for, in words") @Length(min = 1)
            String text,

            @Description("The id of the only context to look in")
            Optional<String> context,

            @Description("By what to find: hybrid if absent, words, or meaning")
            Optional<Mode> mode,

            @Description("How many hits at most; 10 if absent") @Range(min = 1, max = 100)
            OptionalInt limit,

            @Description("Only items in contexts of this agent")
            Optional<String> agent,

            @Description("Only items of this role") Optional<Speaker> role,

            @Description("Only items appended then or later")
            Optional<Instant> from,

            @Description("Only items appended before") Optional<Instant> until,

            @Description("Only items whose metadata have each of these members: text, numbers, booleans, null")
            Optional<ObjectNode> metadata) {

        Search search() {
            return Search.text(text)
                    .in(context.orElse(""))
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

    record Hit(String context, String contextName, double score, String why, Line item) {}

    record Hits(List<Hit> hits) {}

    private Tool search() {
        return tool(
                        "context_search",
                        "Searches the items of one context or of all, by words and by meaning, best first")
                .readOnly()
                .input(Query.class)
                .output(Hits.class)
                .handle((call, in) -> new Hits(contexts.search(call.principal(), in.search()).stream()
                        .map(hit -> new Hit(
                                hit.contextId(),
                                hit.contextName(),
                                hit.score(),
                                hit.why().sentence(),
                                Line.of(hit.item())))
                        .toList()));
    }

    record Compact(
            @Description("The id of the context") String context,

            @Description(
                    "How many of the newest items stay at most; the newer half of the window, or 10, if nothing is said")
            @Range(min = 0)
            OptionalInt keepItems,

            @Description("How many tokens the newest items that stay hold at most") @Range(min = 0)
            OptionalLong keepTokens,

            @Description("How many tokens the summary should have at most") @Range(min = 1)
            OptionalInt summaryTokens) {}

    record CompactReceipt(String context, int items, long tokens, Optional<Line> summary, long tokenCount) {}

    private Tool compact() {
        return tool(
                        "context_compact",
                        "Puts a summary in place of the oldest items of a context. System and pinned items stay, and the newest")
                .destructive()
                .input(Compact.class)
                .output(CompactReceipt.class)
                .handle((call, in) -> {
                    Compaction compaction = new Compaction(in.keepItems(), in.keepTokens(), in.summaryTokens());
                    Compacted compacted = contexts.compact(call.principal(), in.context(), compaction);
                    return new CompactReceipt(
                            in.context(),
                            compacted.items(),
                            compacted.tokens(),
                            compacted.summary().map(Line::of),
                            compacted.context().tokenCount());
                });
    }

    record Delete(@Description("The id of the context") String context) {}

    record Deleted(String deleted) {}

    private Tool delete() {
        return tool("context_delete", "Deletes a context with all its items, for ever")
                .destructive()
                .input(Delete.class)
                .output(Deleted.class)
                .handle((call, in) -> {
                    contexts.delete(call.principal(), in.context());
                    return new Deleted(in.context());
                });
    }

    /** A context as tools show it. */
    record Summary(
            String id,
            String name,
            String agent,
            ObjectNode metadata,
            long tokenCount,
            int maxTokens,
            long version,
            Instant createdAt,
            Instant updatedAt,
            Optional<Instant> expiresAt) {

        static Summary of(Context context) {
            return new Summary(
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

    /** An item as tools show it. */
    record Line(
            long seq,
            String role,
            String content,
            int tokenCount,
            ObjectNode metadata,
            boolean pinned,
            Instant createdAt) {

        static Line of(ContextItem item) {
            return new Line(
                    item.seq(),
                    item.role().wireName(),
                    item.content(),
                    item.tokenCount(),
                    item.metadata(),
                    item.pinned(),
                    item.createdAt());
        }
    }

    private static ToolBuilder<ObjectNode, Object> tool(String name, String description) {
        return Tool.named(name).describedAs(description).closedWorld();
    }
}
