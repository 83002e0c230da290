package dev.devmesh.tool;

import java.util.Optional;

/**
 * What a tool says of itself to clients. Hints only: nobody may rely on them for security. What is empty is not said,
 * and clients then assume the worst: it changes things, destructively, and reaches out into the world.
 *
 * @param readOnly changes nothing
 * @param destructive may destroy something
 * @param idempotent calling it again with the same arguments changes nothing more
 * @param openWorld reaches things outside this mesh
 */
public record ToolHints(
        Optional<Boolean> readOnly,
        Optional<Boolean> destructive,
        Optional<Boolean> idempotent,
        Optional<Boolean> openWorld) {

    private static final ToolHints NONE =
            new ToolHints(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** Nothing said. */
    public static ToolHints none() {
        return NONE;
    }

    /** Whether nothing is said. */
    public boolean isEmpty() {
        return readOnly.isEmpty() && destructive.isEmpty() && idempotent.isEmpty() && openWorld.isEmpty();
    }
}
