package dev.devmesh.tool;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.util.Set;
import java.util.stream.Collectors;

/** A tool needs something that the client did not say it can do. */
public final class MissingCapabilityException extends MeshException {

    private static final long serialVersionUID = 1L;

    private final transient Set<ClientCapability> missing;

    MissingCapabilityException(String tool, Set<ClientCapability> missing) {
        super(
                ErrorCode.CLIENT_CAPABILITY_MISSING,
                "Tool '" + tool + "' needs a client that can do: "
                        + missing.stream()
                                .map(ClientCapability::wireName)
                                .sorted()
                                .collect(Collectors.joining(", "))
                        + ".",
                "Use a client that declares it.");
        this.missing = Set.copyOf(missing);
    }

    /** What the client lacks. */
    public Set<ClientCapability> missing() {
        return missing;
    }
}
