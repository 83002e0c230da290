package dev.devmesh.context;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is to be different about a context; what is not named stays as it is.
 *
 * <p>Immutable: the metadata is copied on its way in and out. {@link Contexts#update} checks the sizes.
 */
public final class ContextChange {

    private static final ContextChange NOTHING = new ContextChange(null, null, null, null, null);

    private final @Nullable String name;
    private final @Nullable String agent;
    private final @Nullable ObjectNode metadata;
    private final @Nullable Integer maxTokens;
    private final @Nullable Duration life;

    private ContextChange(
            @Nullable String name,
            @Nullable String agent,
            @Nullable ObjectNode metadata,
            @Nullable Integer maxTokens,
            @Nullable Duration life) {
        this.name = name;
        this.agent = agent;
        this.metadata = metadata;
        this.maxTokens = maxTokens;
        this.life = life;
    }

    /** No difference yet. */
    public static ContextChange nothing() {
        return NOTHING;
    }

    /** Everything that can be changed, to be as if the context were created so now. */
    public static ContextChange to(NewContext wanted) {
        return new ContextChange(
                wanted.name(), wanted.agent(), wanted.metadata(), wanted.maxTokens(), wanted.expiresIn());
    }

    /** This change, and another name. */
    public ContextChange name(String other) {
        return new ContextChange(Objects.requireNonNull(other, "name"), agent, metadata, maxTokens, life);
    }

    /** This change, and another agent that the context belongs to; empty for none. */
    public ContextChange agent(String other) {
        return new ContextChange(name, Objects.requireNonNull(other, "agent"), metadata, maxTokens, life);
    }

    /** This change, and other metadata in place of all that was there. */
    public ContextChange metadata(ObjectNode other) {
        return new ContextChange(name, agent, other.deepCopy(), maxTokens, life);
    }

    /**
     * This change, and another number of tokens that the items may hold; 0 for any number. Where they hold more, the oldest
     * are truncated at once, but for those that {@linkplain ContextItem#staysInForce stay in force}: where these alone hold
     * more, the change is refused.
     */
    public ContextChange maxTokens(int tokens) {
        return new ContextChange(name, agent, metadata, tokens, life);
    }

    /** This change, and an expiry so long after it, whether that is later or earlier than before; zero for never. */
    public ContextChange expiresIn(Duration other) {
        return new ContextChange(name, agent, metadata, maxTokens, Objects.requireNonNull(other, "life"));
    }

    /** The new name, if it is to change. */
    public Optional<String> name() {
        return Optional.ofNullable(name);
    }

    /** The new agent, if it is to change. */
    public Optional<String> agent() {
        return Optional.ofNullable(agent);
    }

    /** The new metadata, if they are to change. */
    public Optional<ObjectNode> metadata() {
        return Optional.ofNullable(metadata).map(ObjectNode::deepCopy);
    }

    /** The new number of tokens, if it is to change. */
    public OptionalInt maxTokens() {
        return maxTokens == null ? OptionalInt.empty() : OptionalInt.of(maxTokens);
    }

    /** How long it lives from the change on, zero for ever, if that is to change. */
    public Optional<Duration> expiresIn() {
        return Optional.ofNullable(life);
    }
}
