package dev.devmesh.mcp;

import dev.devmesh.auth.Principal;
import dev.devmesh.resource.ResourceRegistry;
import dev.devmesh.resource.ResourceTemplate;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** The resource templates, for {@code resources/templates/list}. */
record TemplateSource(ResourceRegistry registry) implements Listing.Source<ResourceTemplate> {

    @Override
    public String member() {
        return "resourceTemplates";
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
    public List<ResourceTemplate> all() {
        return registry.templates();
    }

    @Override
    public List<ResourceTemplate> visibleTo(Principal principal) {
        return registry.templatesVisibleTo(principal);
    }

    @Override
    public String key(ResourceTemplate template) {
        return template.template().text();
    }

    @Override
    public void write(JsonGenerator out, ResourceTemplate template) {
        out.writeStringProperty("uriTemplate", template.template().text());
        ResourceSource.write(out, template.spec());
    }
}
