package dev.devmesh.context;

import dev.devmesh.json.Json;
import java.time.Duration;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/**
 * A context to be created.
 *
 * <p>Immutable: the metadata is copied on its way in and out. {@link Contexts#create} checks the sizes.
 *
 * @param name what people call it, or empty
 * @param agent the agent that it belongs to, or empty
 * @param maxTokens how many tokens its items may hold; 0 for any number
 * @param metadata what to remember beside the items
 * @param expiresIn how long it lives from its creation; zero for ever
 */
public record NewContext(String name, String agent, int maxTokens, ObjectNode metadata, Duration expiresIn) {

    /** Checks that nothing is missing and copies the metadata. */
    public NewContext {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(agent, "agent");
        Objects.requireNonNull(expiresIn, "expiresIn");
        metadata = metadata.deepCopy();
    }

    /** What to remember beside the items: a copy. */
    @Override
    public ObjectNode metadata() {
        return metadata.deepCopy();
    }

    /** A context of this name, of no agent, for any number of tokens, for ever. */
    public static NewContext named(String name) {
        return new NewContext(name, "", 0, Json.object(), Duration.ZERO);
    }

    /** This context, belonging to an agent. */
    public NewContext agent(String name) {
        return new NewContext(this.name, name, maxTokens, metadata, expiresIn);
    }

    /** This context, holding at most so many tokens; 0 for any number. */
    public NewContext maxTokens(int tokens) {
        return new NewContext(name, agent, tokens, metadata, expiresIn);
    }

    /** This context with other metadata. */
    public NewContext metadata(ObjectNode other) {
        return new NewContext(name, agent, maxTokens, other, expiresIn);
    }

    /** This context, living so long from its creation; zero for ever. */
    public NewContext expiresIn(Duration life) {
        return new NewContext(name, agent, maxTokens, metadata, life);
    }
}
