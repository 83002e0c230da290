package dev.devmesh.call;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.util.Set;
import java.util.stream.Collectors;

/** A call needs something that the client did not say it can do. */
public final class MissingCapabilityException extends MeshException {

    private static final long serialVersionUID = 1L;

    private final transient Set<ClientCapability> missing;

    /**
     * @param what what needs it, for example {@code Tool 'deploy'}
     * @param missing what the client lacks
     */
    public MissingCapabilityException(String what, Set<ClientCapability> missing) {
        super(
                ErrorCode.CLIENT_CAPABILITY_MISSING,
                what + " needs a client that can do: "
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
