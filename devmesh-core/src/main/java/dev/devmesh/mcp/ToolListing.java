package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import dev.devmesh.content.ContentForm;
import dev.devmesh.json.Json;
import dev.devmesh.json.JsonWritable;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolHints;
import dev.devmesh.tool.ToolRegistry;
import dev.devmesh.tool.ToolSpec;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.SerializedString;
import tools.jackson.databind.JsonNode;

/**
 * {@code tools/list}: each tool is rendered once for as long as it is registered, and each page of whoever sees everything
 * once for as long as the set stays the same.
 *
 * <p>Safe for use by many threads: the cache is one immutable value, replaced as a whole.
 */
final class ToolListing implements McpMethod {

    private record Rendered(long version, Map<Tool, SerializableString> tools, List<Tool> order, Page first) {}

    private record Page(SerializableString tools, Optional<String> nextCursor) {}

    private final ToolRegistry registry;
    private final int pageSize;
    private volatile @Nullable Rendered rendered;

    ToolListing(ToolRegistry registry, int pageSize) {
        this.registry = registry;
        this.pageSize = pageSize;
    }

    @Override
    public McpCall serve(McpRequest request, Reply reply) {
        Page page = page(request.principal(), request.params().path("cursor"));
        reply.completeCacheable(out -> {
            out.writeName("tools");
            out.writeRawValue(page.tools);
            page.nextCursor.ifPresent(next -> out.writeStringProperty("nextCursor", next));
        });
        return McpCall.DONE;
    }

    /** The tool as clients see it. */
    byte[] definition(Tool tool) {
        SerializableString known = current().tools.get(tool);
        return (known == null ? render(tool.spec()) : known).asUnquotedUTF8();
    }

    private Page page(Principal principal, JsonNode cursor) {
        Rendered current = current();
        List<Tool> visible = principal.may("tools:execute") ? current.order : registry.visibleTo(principal);
        int from = cursor.isMissingNode() ? 0 : position(visible, cursor);
        return from == 0 && visible == current.order ? current.first : render(visible, from, current.tools);
    }

    private Rendered current() {
        Rendered known = rendered;
        if (known != null && known.version == registry.version()) {
            return known;
        }
        long version = registry.version(); // read before the tools: a change in between renders them again
        List<Tool> order = registry.all();
        Map<Tool, SerializableString> tools = new HashMap<>();
        for (Tool tool : order) {
            SerializableString before = known == null ? null : known.tools.get(tool);
            tools.put(tool, before == null ? render(tool.spec()) : before);
        }
        Rendered fresh = new Rendered(version, tools, order, render(order, 0, tools));
        rendered = fresh;
        return fresh;
    }

    private Page render(List<Tool> tools, int from, Map<Tool, SerializableString> known) {
        int to = Math.min(tools.size(), from + pageSize);
        StringBuilder json = new StringBuilder("[");
        for (int i = from; i < to; i++) {
            Tool tool = tools.get(i);
            SerializableString one = known.get(tool);
            json.append(i == from ? "" : ",").append((one == null ? render(tool.spec()) : one).getValue());
        }
        Optional<String> next = to < tools.size() ? Optional.of(cursor(to, tools.get(to - 1))) : Optional.empty();
        return new Page(new SerializedString(json.append(']').toString()), next);
    }

    /** A cursor names the last tool shown, so that it survives changes, and its place, so that it survives that tool. */
    private static String cursor(int next, Tool last) {
        byte[] plain = (next + ":" + last.name()).getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(plain);
    }

    private static int position(List<Tool> tools, JsonNode cursor) {
        try {
            String plain = new String(Base64.getUrlDecoder().decode(cursor.asString()), StandardCharsets.UTF_8);
            int colon = plain.indexOf(':');
            int place = Integer.parseInt(plain, 0, colon, 10);
            String last = plain.substring(colon + 1);
            if (place > 0) {
                for (int i = 0; i < tools.size(); i++) {
                    if (tools.get(i).name().equals(last)) {
                        return i + 1;
                    }
                }
                return Math.min(place, tools.size());
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            // falls through: the cursor is not one of ours
        }
        throw McpError.invalidParams("params.cursor is not a cursor of this list; begin again without one.");
    }

    private static SerializableString render(ToolSpec spec) {
        JsonWritable tool = out -> {
            out.writeStartObject();
            out.writeStringProperty("name", spec.name());
            ContentForm.text(out, "title", spec.title());
            ContentForm.text(out, "description", spec.description());
            out.writePOJOProperty("inputSchema", spec.input().json());
            spec.output().ifPresent(schema -> out.writePOJOProperty("outputSchema", schema.json()));
            write(out, spec.hints());
            ContentForm.write(out, spec.icons());
            if (!spec.meta().isEmpty()) {
                out.writePOJOProperty("_meta", spec.meta());
            }
            out.writeEndObject();
        };
        return new SerializedString(new String(Json.bytes(tool), StandardCharsets.UTF_8));
    }

    private static void write(JsonGenerator out, ToolHints hints) {
        if (hints.isEmpty()) {
            return;
        }
        out.writeObjectPropertyStart("annotations");
        hints.readOnly().ifPresent(hint -> out.writeBooleanProperty("readOnlyHint", hint));
        hints.destructive().ifPresent(hint -> out.writeBooleanProperty("destructiveHint", hint));
        hints.idempotent().ifPresent(hint -> out.writeBooleanProperty("idempotentHint", hint));
        hints.openWorld().ifPresent(hint -> out.writeBooleanProperty("openWorldHint", hint));
        out.writeEndObject();
    }
}
