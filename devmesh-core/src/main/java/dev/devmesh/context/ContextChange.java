package dev.devmesh.context;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is to be different about a context; what is not named stays as it is.
 *
 * <p>Immutable: the metadata is copied on its way in and out. {@link Contexts#update} checks the sizes.
 */
public final class ContextChange {

    private static final ContextChange NOTHING = new ContextChange(null, null);

    private final @Nullable String name;
    private final @Nullable ObjectNode metadata;

    private ContextChange(@Nullable String name, @Nullable ObjectNode metadata) {
        this.name = name;
        this.metadata = metadata;
    }

    /** No difference yet. */
    public static ContextChange nothing() {
        return NOTHING;
    }

    /** This change, and another name. */
    public ContextChange name(String other) {
        return new ContextChange(Objects.requireNonNull(other, "name"), metadata);
    }

    /** This change, and other metadata in place of all that was there. */
    public ContextChange metadata(ObjectNode other) {
        return new ContextChange(name, other.deepCopy());
    }

    /** The new name, if it is to change. */
    public Optional<String> name() {
        return Optional.ofNullable(name);
    }

    /** The new metadata, if they are to change. */
    public Optional<ObjectNode> metadata() {
        return Optional.ofNullable(metadata).map(ObjectNode::deepCopy);
    }
}
