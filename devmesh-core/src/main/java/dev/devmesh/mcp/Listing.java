package dev.devmesh.mcp;

import dev.devmesh.Revision;
import dev.devmesh.auth.Principal;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.SerializedString;
import tools.jackson.databind.JsonNode;

/**
 * A method that lists something page by page: each item is rendered once for as long as it is registered, and each page of
 * whoever sees everything once for as long as the set stays the same; both for each revision, when it is first asked for.
 *
 * <p>Safe for use by many threads: the cache of a revision is one immutable value, replaced as a whole.
 *
 * @param <T> what is listed
 */
final class Listing<T> implements McpMethod {

    /** What is listed, and how it looks. */
    interface Source<T> {

        /** The member of the result that holds the items. */
        String member();

        /** What an item is, for revisions that do not know all of it. */
        Part part();

        /** Counts the changes: as long as it stays the same, so do the items. */
        long version();

        /** All items in their order. */
        List<T> all();

        /** The items that this caller may see, in their order: all of them, or some of them. */
        List<T> visibleTo(Principal principal);

        /** By what an item is told from the others. */
        String key(T item);

        /** Writes the members of an item as the newest revision knows them. */
        void write(JsonGenerator out, T item);
    }

    private record Rendered<T>(long version, Map<T, SerializableString> items, List<T> order, Page first) {}

    private record Page(SerializableString items, Optional<String> nextCursor) {}

    private final Source<T> source;
    private final int pageSize;
    private final Map<Revision, View> views = new EnumMap<>(Revision.class);
    private final View newest;

    Listing(Source<T> source, int pageSize) {
        this.source = source;
        this.pageSize = pageSize;
        for (Revision revision : Revision.values()) {
            views.put(revision, new View(RevisionShape.of(revision)));
        }
        this.newest = view(Revision.newestFirst().get(0));
    }

    @Override
    public McpCall serve(McpRequest request, Reply reply) {
        Page page = view(reply.revision())
                .page(request.principal(), request.params().path("cursor"));
        reply.completeCacheable(out -> {
            out.writeName(source.member());
            out.writeRawValue(page.items);
            page.nextCursor.ifPresent(next -> out.writeStringProperty("nextCursor", next));
        });
        return McpCall.DONE;
    }

    /** The item as clients of the newest revision see it. */
    byte[] definition(T item) {
        return newest.item(item).asUnquotedUTF8();
    }

    private View view(Revision revision) {
        return Objects.requireNonNull(views.get(revision));
    }

    /** A cursor names the last item shown, so that it survives changes, and its place, so that it survives that item. */
    private static String cursor(int next, String last) {
        byte[] plain = (next + ":" + last).getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(plain);
    }

    private int position(List<T> items, JsonNode cursor) {
        try {
            String plain = new String(Base64.getUrlDecoder().decode(cursor.asString()), StandardCharsets.UTF_8);
            int colon = plain.indexOf(':');
            int place = Integer.parseInt(plain, 0, colon, 10);
            String last = plain.substring(colon + 1);
            if (place > 0) {
                for (int i = 0; i < items.size(); i++) {
                    if (source.key(items.get(i)).equals(last)) {
                        return i + 1;
                    }
                }
                return Math.min(place, items.size());
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            // falls through: the cursor is not one of ours
        }
        throw McpError.invalidParams("params.cursor is not a cursor of this list; begin again without one.");
    }

    /** The list as one revision words it. */
    private final class View {

        private final RevisionShape shape;
        private volatile @Nullable Rendered<T> rendered;

        View(RevisionShape shape) {
            this.shape = shape;
        }

        SerializableString item(T item) {
            SerializableString known = current().items.get(item);
            return known == null ? render(item) : known;
        }

        private Page page(Principal principal, JsonNode cursor) {
            Rendered<T> current = current();
            List<T> visible = source.visibleTo(principal);
            int from = cursor.isMissingNode() ? 0 : position(visible, cursor);
            return from == 0 && visible.size() == current.order.size() && visible.equals(current.order)
                    ? current.first
                    : render(visible, from, current.items);
        }

        private Rendered<T> current() {
            Rendered<T> known = rendered;
            if (known != null && known.version == source.version()) {
                return known;
            }
            long version = source.version(); // read before the items: a change in between renders them again
            List<T> order = source.all();
            Map<T, SerializableString> items = new HashMap<>();
            for (T item : order) {
                SerializableString before = known == null ? null : known.items.get(item);
                items.put(item, before == null ? render(item) : before);
            }
            Rendered<T> fresh = new Rendered<>(version, items, order, render(order, 0, items));
            rendered = fresh;
            return fresh;
        }

        private Page render(List<T> items, int from, Map<T, SerializableString> known) {
            int to = Math.min(items.size(), from + pageSize);
            StringBuilder json = new StringBuilder("[");
            for (int i = from; i < to; i++) {
                SerializableString one = known.get(items.get(i));
                json.append(i == from ? "" : ",").append((one == null ? render(items.get(i)) : one).getValue());
            }
            Optional<String> next =
                    to < items.size() ? Optional.of(cursor(to, source.key(items.get(to - 1)))) : Optional.empty();
            return new Page(new SerializedString(json.append(']').toString()), next);
        }

        private SerializableString render(T item) {
            Wire.Members members = shape.members(source.part(), out -> source.write(out, item));
            JsonWritable object = out -> {
                out.writeStartObject();
                members.writeTo(out);
                out.writeEndObject();
            };
            return new SerializedString(new String(Json.bytes(object), StandardCharsets.UTF_8));
        }
    }
}
