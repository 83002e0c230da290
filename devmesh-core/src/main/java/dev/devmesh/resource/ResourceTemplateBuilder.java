package dev.devmesh.resource;

import dev.devmesh.completion.Completer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Puts a resource template together; {@link #read} ends it.
 *
 * <p>Whatever does not fit is refused by an {@link IllegalArgumentException} that names the template and the reason. Confined
 * to its caller.
 */
public final class ResourceTemplateBuilder extends ResourceFields<ResourceTemplateBuilder> {

    private final UriTemplate template;
    private final Map<String, Completer> completers = new HashMap<>();

    ResourceTemplateBuilder(String template) {
        super(template);
        this.template = UriTemplate.parse(template);
        this.template.requireUnambiguous();
        if (this.template.variables().isEmpty()) {
            throw refused("it has no variable; make it a Resource");
        }
    }

    @Override
    ResourceTemplateBuilder self() {
        return this;
    }

    /** Proposes values for a variable while a person types. */
    public ResourceTemplateBuilder completes(String variable, Completer completer) {
        if (!template.variables().contains(variable)) {
            throw refused("it has no variable '" + variable + "'");
        }
        completers.put(variable, Objects.requireNonNull(completer, "completer"));
        return this;
    }

    /** Ends the template with what reads its resources. */
    public ResourceTemplate read(ResourceReader.OfTemplate reader) {
        return new ResourceTemplate(
                template,
                spec("Resource template '" + template + "'"),
                completers,
                Objects.requireNonNull(reader, "reader"));
    }

    private IllegalArgumentException refused(String reason) {
        return new IllegalArgumentException("Resource template '" + template + "': " + reason);
    }
}
