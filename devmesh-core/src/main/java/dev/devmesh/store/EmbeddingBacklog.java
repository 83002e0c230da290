package dev.devmesh.store;

/**
 * What is left to embed, over all tenants.
 *
 * <p>Immutable.
 *
 * @param pending how many items wait for their embedding, those lent included
 * @param failed how many the model refused for good
 * @param otherModels whether there are embeddings of another model than the one asked about; a search by this one does not see them
 */
public record EmbeddingBacklog(long pending, long failed, boolean otherModels) {}
