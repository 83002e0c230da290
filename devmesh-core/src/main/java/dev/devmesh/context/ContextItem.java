package dev.devmesh.context;

import java.time.Instant;
import java.util.Objects;
import tools.jackson.databind.node.ObjectNode;

/**
 * One entry of a context.
 *
 * <p>Immutable: the metadata is copied on its way in and out.
 *
 * @param id unique in the mesh, for example {@code item_7Gq…}
 * @param contextId the context that it belongs to
 * @param seq its place: the first item appended to a context is 1, every next one is one more, whoever appends
 * @param role who it comes from
 * @param content the text
 * @param tokenCount how many tokens the text has, by the {@link TokenCounter} in force when it was appended
 * @param metadata what the writer wants to remember beside the text
 * @param pinned whether it stays when older items are truncated or compacted
 * @param embedding whether it can be found by its meaning yet
 * @param createdAt when it was appended
 */
public record ContextItem(
        String id,
        String contextId,
        long seq,
        Role role,
        String content,
        int tokenCount,
        ObjectNode metadata,
        boolean pinned,
        EmbeddingState embedding,
        Instant createdAt) {

    /**
     * The metadata member of a summary that {@link Contexts#compact} made: an object of {@code from} and {@code to}, the
     * {@code seq} of the first and the last item that it is in place of, and {@code items}, how many they were.
     */
    public static final String COMPACTED = "compacted";

    /** Checks that nothing is missing and copies the metadata. */
    public ContextItem {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(contextId, "contextId");
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(content, "content");
        Objects.requireNonNull(embedding, "embedding");
        Objects.requireNonNull(createdAt, "createdAt");
        metadata = metadata.deepCopy();
    }

    /** What the writer wants to remember beside the text: a copy. */
    @Override
    public ObjectNode metadata() {
        return metadata.deepCopy();
    }

    /** Whether neither truncation nor compaction removes it: what {@link Role#SYSTEM} says, and what is pinned. */
    public boolean staysInForce() {
        return pinned || role == Role.SYSTEM;
    }

    /** This item, having come to another state of its embedding. */
    public ContextItem embedding(EmbeddingState state) {
        return new ContextItem(id, contextId, seq, role, content, tokenCount, metadata, pinned, state, createdAt);
    }
}
