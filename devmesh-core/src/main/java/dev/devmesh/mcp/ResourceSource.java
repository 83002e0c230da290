package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import dev.devmesh.content.ContentForm;
import dev.devmesh.resource.Resource;
import dev.devmesh.resource.ResourceRegistry;
import dev.devmesh.resource.ResourceSpec;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** The resources, for {@code resources/list}. */
record ResourceSource(ResourceRegistry registry) implements Listing.Source<Resource> {

    @Override
    public String member() {
        return "resources";
    }

    @Override
    public Part part() {
        return Part.RESOURCE;
    }

    @Override
    public long version() {
        return registry.version();
    }

    @Override
    public List<Resource> all() {
        return registry.all();
    }

    @Override
    public List<Resource> visibleTo(Principal principal) {
        return registry.visibleTo(principal);
    }

    @Override
    public String key(Resource resource) {
        return resource.uri();
    }

    @Override
    public void write(JsonGenerator out, Resource resource) {
        out.writeStringProperty("uri", resource.uri());
        write(out, resource.spec());
    }

    /** Writes what resources and templates have in common. */
    static void write(JsonGenerator out, ResourceSpec spec) {
        out.writeStringProperty("name", spec.name());
        ContentForm.text(out, "title", spec.title());
        ContentForm.text(out, "description", spec.description());
        ContentForm.text(out, "mimeType", spec.mimeType());
        spec.size().ifPresent(bytes -> out.writeNumberProperty("size", bytes));
        ContentForm.write(out, spec.annotations());
        ContentForm.write(out, spec.icons());
        ContentForm.meta(out, spec.meta());
    }
}
