package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import dev.devmesh.content.ContentForm;
import dev.devmesh.prompt.Prompt;
import dev.devmesh.prompt.PromptArgument;
import dev.devmesh.prompt.PromptRegistry;
import dev.devmesh.prompt.PromptSpec;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** The prompts, for {@code prompts/list}. */
record PromptSource(PromptRegistry registry) implements Listing.Source<Prompt> {

    @Override
    public String member() {
        return "prompts";
    }

    @Override
    public Part part() {
        return Part.PROMPT;
    }

    @Override
    public long version() {
        return registry.version();
    }

    @Override
    public List<Prompt> all() {
        return registry.all();
    }

    @Override
    public List<Prompt> visibleTo(Principal principal) {
        return registry.visibleTo(principal);
    }

    @Override
    public String key(Prompt prompt) {
        return prompt.name();
    }

    @Override
    public void write(JsonGenerator out, Prompt prompt) {
        PromptSpec spec = prompt.spec();
        out.writeStringProperty("name", spec.name());
        ContentForm.text(out, "title", spec.title());
        ContentForm.text(out, "description", spec.description());
        if (!spec.arguments().isEmpty()) {
            out.writeArrayPropertyStart("arguments");
            for (PromptArgument argument : spec.arguments()) {
                out.writeStartObject();
                out.writeStringProperty("name", argument.name());
                ContentForm.text(out, "description", argument.description());
                out.writeBooleanProperty("required", argument.required());
                out.writeEndObject();
            }
            out.writeEndArray();
        }
        ContentForm.write(out, spec.icons());
        ContentForm.meta(out, spec.meta());
    }
}
