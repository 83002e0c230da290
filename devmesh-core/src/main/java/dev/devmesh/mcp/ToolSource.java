package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import dev.devmesh.content.ContentForm;
import dev.devmesh.tool.Tool;
import dev.devmesh.tool.ToolHints;
import dev.devmesh.tool.ToolRegistry;
import dev.devmesh.tool.ToolSpec;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** The tools, for {@code tools/list}. */
record ToolSource(ToolRegistry registry) implements Listing.Source<Tool> {

    @Override
    public String member() {
        return "tools";
    }

    @Override
    public Part part() {
        return Part.TOOL;
    }

    @Override
    public long version() {
        return registry.version();
    }

    @Override
    public List<Tool> all() {
        return registry.all();
    }

    @Override
    public List<Tool> visibleTo(Principal principal) {
        return registry.visibleTo(principal);
    }

    @Override
    public String key(Tool tool) {
        return tool.name();
    }

    @Override
    public void write(JsonGenerator out, Tool tool) {
        ToolSpec spec = tool.spec();
        out.writeStringProperty("name", spec.name());
        ContentForm.text(out, "title", spec.title());
        ContentForm.text(out, "description", spec.description());
        out.writePOJOProperty("inputSchema", spec.input().json());
        spec.output().ifPresent(schema -> out.writePOJOProperty("outputSchema", schema.json()));
        write(out, spec.hints());
        ContentForm.write(out, spec.icons());
        ContentForm.meta(out, spec.meta());
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
