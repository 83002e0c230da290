package dev.devmesh.context;

import dev.devmesh.json.Json;
import dev.devmesh.store.ContextStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a compaction replaces: found in one unit of work, so that the summary can be made outside of any, and found to be
 * still the same in another.
 *
 * @param context as it was when this was found
 * @param items what is replaced, oldest first
 */
record Compacting(Context context, List<ContextItem> items) {

    /** So much is held in memory at once; of a larger context the oldest part is compacted. */
    private static final int MOST_ITEMS = 10_000;

    private static final long MOST_CHARACTERS = 16L << 20;
    private static final int PAGE = 200;

    Compacting {
        items = List.copyOf(items);
    }

    static Optional<Compacting> in(ContextStore contexts, Context context, Compaction compaction) {
        List<ContextItem> movable = new ArrayList<>();
        long characters = 0;
        long last = 0;
        List<ContextItem> page;
        do {
            page = contexts.items(context.id(), last, PAGE);
            for (ContextItem item : page) {
                last = item.seq();
                if (!item.staysInForce()) {
                    movable.add(item);
                    characters += item.content().length();
                }
            }
        } while (page.size() == PAGE && movable.size() < MOST_ITEMS && characters < MOST_CHARACTERS);
        List<ContextItem> replaced = movable.subList(0, movable.size() - kept(movable, context, compaction));
        return replaced.isEmpty() ? Optional.empty() : Optional.of(new Compacting(context, replaced));
    }

    private static int kept(List<ContextItem> movable, Context context, Compaction compaction) {
        int mostItems = compaction.itemsKept(context);
        long mostTokens = compaction.tokensKept(context);
        int items = 0;
        long tokens = 0;
        while (items < movable.size() && items < mostItems) {
            tokens += movable.get(movable.size() - 1 - items).tokenCount();
            if (tokens > mostTokens) {
                break;
            }
            items++;
        }
        return items;
    }

    long tokens() {
        return items.stream().mapToLong(ContextItem::tokenCount).sum();
    }

    long firstSeq() {
        return items.get(0).seq();
    }

    long lastSeq() {
        return items.get(items.size() - 1).seq();
    }

    /** Whether the same items would be replaced in the context as it is now, whatever was appended to it meanwhile. */
    boolean stillStands(ContextStore contexts, Context now) {
        if (now.version() == context.version()) {
            return true;
        }
        int next = 0;
        long seq = 0;
        while (next < items.size()) {
            List<ContextItem> page = contexts.items(context.id(), seq, PAGE);
            if (page.isEmpty()) {
                return false;
            }
            for (ContextItem item : page) {
                seq = item.seq();
                if (next < items.size() && !item.staysInForce()) {
                    if (!item.id().equals(items.get(next).id())) {
                        return false;
                    }
                    next++;
                }
            }
        }
        return true;
    }

    ContextItem summary(String id, String text, int tokens, Instant now) {
        ObjectNode metadata = (ObjectNode) Json.parse("{\"" + ContextItem.COMPACTED + "\":{\"from\":" + firstSeq()
                + ",\"to\":" + lastSeq() + ",\"items\":" + items.size() + "}}");
        return new ContextItem(
                id,
                context.id(),
                lastSeq(),
                Role.ASSISTANT,
                text,
                tokens,
                metadata,
                false,
                EmbeddingState.PENDING,
                now);
    }
}
