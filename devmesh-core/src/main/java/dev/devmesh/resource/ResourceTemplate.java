package dev.devmesh.resource;

import dev.devmesh.completion.Completer;
import java.util.Map;

/**
 * Many things that agents can read, whose addresses differ in parts: for example {@code farm://build/{id}}.
 *
 * <p>Immutable. Its reader must be safe for use by many threads.
 */
public final class ResourceTemplate {

    private final UriTemplate template;
    private final ResourceSpec spec;
    private final Map<String, Completer> completers;
    private final ResourceReader.OfTemplate reader;

    ResourceTemplate(
            UriTemplate template,
            ResourceSpec spec,
            Map<String, Completer> completers,
            ResourceReader.OfTemplate reader) {
        this.template = template;
        this.spec = spec;
        this.completers = Map.copyOf(completers);
        this.reader = reader;
    }

    /**
     * Begins a template; see {@link UriTemplate} for what it may look like and what matches it.
     *
     * @throws IllegalArgumentException if it is none, has no variable, or is ambiguous
     */
    public static ResourceTemplateBuilder at(String template) {
        return new ResourceTemplateBuilder(template);
    }

    /** The addresses. */
    public UriTemplate template() {
        return template;
    }

    /** What is known of its resources. */
    public ResourceSpec spec() {
        return spec;
    }

    Map<String, Completer> completers() {
        return completers;
    }

    ResourceReader.OfTemplate reader() {
        return reader;
    }

    @Override
    public String toString() {
        return "ResourceTemplate[" + template + "]";
    }
}
