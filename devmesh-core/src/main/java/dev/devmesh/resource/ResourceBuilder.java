package dev.devmesh.resource;

import java.util.Objects;
import java.util.OptionalLong;

/**
 * Puts a resource together; {@link #read} ends it.
 *
 * <p>Whatever does not fit is refused by an {@link IllegalArgumentException} that names the resource and the reason. Confined
 * to its caller.
 */
public final class ResourceBuilder extends ResourceFields<ResourceBuilder> {

    private final String uri;

    ResourceBuilder(String uri) {
        super(uri);
        this.uri = uri;
        UriSyntax.problem(uri).ifPresent(problem -> {
            throw new IllegalArgumentException("Resource '" + uri + "': its address " + problem);
        });
    }

    @Override
    ResourceBuilder self() {
        return this;
    }

    /** How many bytes there are to read, before any encoding. */
    public ResourceBuilder size(long bytes) {
        size = OptionalLong.of(bytes);
        return this;
    }

    /** Ends the resource with what reads it. */
    public Resource read(ResourceReader reader) {
        return new Resource(uri, spec("Resource '" + uri + "'"), Objects.requireNonNull(reader, "reader"));
    }
}
