package dev.devmesh.provider.context;

import dev.devmesh.Limits;
import dev.devmesh.Page;
import dev.devmesh.auth.Principal;
import dev.devmesh.context.Context;
import dev.devmesh.context.ContextItem;
import dev.devmesh.context.Contexts;
import dev.devmesh.context.Listing;
import dev.devmesh.json.Json;
import dev.devmesh.provider.context.ContextTools.Line;
import dev.devmesh.provider.context.ContextTools.Summary;
import dev.devmesh.provider.context.ContextTools.Whole;
import dev.devmesh.resource.ResourceRegistry;
import dev.devmesh.resource.ResourceTemplate;
import dev.devmesh.text.Utf8;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code devmesh://contexts/{id}}: a context of the caller's tenant with its items, oldest first, as the tool {@code
 * context_get} shows it. What would be too long for one result ends with {@code "more": true}; the tool reads on from there.
 *
 * <p>Immutable.
 */
public final class ContextResources {

    private static final String PREFIX = "devmesh://contexts/";

    /** What an item takes at least beside its text and metadata. */
    private static final int ITEM_OVERHEAD = 200;

    /** How many contexts are looked at for proposals. */
    private static final int PROPOSALS = 1_000;

    private final Contexts contexts;
    private final int maxBytes;

    private ContextResources(Contexts contexts, int maxBytes) {
        this.contexts = contexts;
        this.maxBytes = maxBytes;
    }

    /** Registers the template, and has changes of contexts told there. */
    public static void register(Contexts contexts, ResourceRegistry registry, Limits limits) {
        registry.register(new ContextResources(contexts, limits.toolOutputBytes() / 2).template());
        contexts.onChange((tenant, id) -> registry.updated(tenant, PREFIX + id));
    }

    private ResourceTemplate template() {
        return ResourceTemplate.at(PREFIX + "{id}")
                .named("context")
                .title("Context")
                .describedAs("The memory of an agent: a context with its items, oldest first")
                .mimeType("application/json")
                .permission(Contexts.READ)
                .completes("id", (typed, context) -> ids(context.principal(), typed))
                .read((call, variables) -> {
                    Optional<Context> context = contexts.find(call.principal(), variables.get("id"));
                    return context.isEmpty() ? null : json(call.principal(), context.get());
                });
    }

    private String json(Principal principal, Context context) {
        List<Line> lines = new ArrayList<>();
        int pageSize = contexts.limits().itemsPerPage();
        long bytes = 0;
        long last = 0;
        List<ContextItem> page;
        do {
            page = contexts.items(principal, context.id(), last, pageSize);
            for (ContextItem item : page) {
                bytes += ITEM_OVERHEAD + Utf8.length(item.content()) + Json.bytes(item.metadata()).length;
                if (bytes > maxBytes) {
                    return Json.tree(new Whole(Summary.of(context), lines, true))
                            .toString();
                }
                lines.add(Line.of(item));
                last = item.seq();
            }
        } while (page.size() == pageSize);
        return Json.tree(new Whole(Summary.of(context), lines, false)).toString();
    }

    /** The ids that begin so, and those of the contexts whose name does; the newest first. */
    private List<String> ids(Principal principal, String typed) {
        List<String> ids = new ArrayList<>();
        Listing listing = Listing.all().limit(Listing.MAX_LIMIT);
        for (int looked = 0; looked < PROPOSALS; looked += Listing.MAX_LIMIT) {
            Page<Context> page = contexts.list(principal, listing);
            for (Context context : page.data()) {
                if (context.id().startsWith(typed) || context.name().startsWith(typed)) {
                    ids.add(context.id());
                }
            }
            if (page.isLast()) {
                break;
            }
            listing = listing.after(page.nextCursor());
        }
        return ids;
    }
}
