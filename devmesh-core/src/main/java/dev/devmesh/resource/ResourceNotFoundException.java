package dev.devmesh.resource;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;

/** There is nothing at an address. Readers of templates may throw it; to return null says the same. */
public final class ResourceNotFoundException extends MeshException {

    private static final long serialVersionUID = 1L;

    private final String uri;

    /** Nothing at this address. */
    public ResourceNotFoundException(String uri) {
        super(
                ErrorCode.RESOURCE_NOT_FOUND,
                "There is no resource at this address.",
                "List the resources and the resource templates to see what can be read.");
        this.uri = uri;
    }

    /** The address. */
    public String uri() {
        return uri;
    }
}
