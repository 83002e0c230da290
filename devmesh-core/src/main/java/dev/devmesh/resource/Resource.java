package dev.devmesh.resource;

import java.util.concurrent.Callable;

/**
 * Something that agents can read: an address, what is known of it, and how it is read.
 *
 * <p>Immutable. Its reader must be safe for use by many threads.
 */
public final class Resource {

    private final String uri;
    private final ResourceSpec spec;
    private final ResourceReader reader;

    Resource(String uri, ResourceSpec spec, ResourceReader reader) {
        this.uri = uri;
        this.spec = spec;
        this.reader = reader;
    }

    /** Begins a resource at this address: a URI with a scheme, of at most 2,048 characters. */
    public static ResourceBuilder at(String uri) {
        return new ResourceBuilder(uri);
    }

    /** A text in one line. */
    public static Resource text(String uri, String mimeType, Callable<String> text) {
        return at(uri).mimeType(mimeType).read(call -> text.call());
    }

    /** Bytes in one line. */
    public static Resource binary(String uri, String mimeType, Callable<byte[]> bytes) {
        return at(uri).mimeType(mimeType).read(call -> bytes.call());
    }

    /** The address. */
    public String uri() {
        return uri;
    }

    /** What is known of it. */
    public ResourceSpec spec() {
        return spec;
    }

    ResourceReader reader() {
        return reader;
    }

    @Override
    public String toString() {
        return "Resource[" + uri + "]";
    }
}
