package dev.devmesh.store;

import dev.devmesh.context.EmbeddingState;
import dev.devmesh.context.Search;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Embeddings of one tenant's items within a unit of work. An item has at most one, that of the model which embedded it last; it goes
 * when the item goes, whatever removes that. Who leases an item and why is {@link SystemStore#leaseEmbeddings}'s matter.
 *
 * <p>An item of another tenant, and one that is gone, is as if it did not exist. Changes of embeddings leave version and time of the
 * context as they are.
 */
public interface EmbeddingStore {

    /**
     * The vectors that items of this tenant have by this model, for texts of these hashes; what is not known is left out.
     *
     * @param contentHashes as given to {@link #done}
     */
    Map<String, float[]> known(String model, Collection<String> contentHashes);

    /**
     * Stores the item's embedding in place of any it had, and makes the item {@link EmbeddingState#DONE}. A worker whose lease ran out may do
     * this too: it embedded the same text.
     *
     * @param model 1 to 200 characters
     * @param contentHash SHA-256 of the text in UTF-8, as 64 lower-case hexadecimal digits
     * @param vector 1 to 16,000 finite numbers that are not all zero; copied
     * @return false if there is no such item any more; nothing is stored then
     * @throws IllegalArgumentException if it is no such vector
     * @throws dev.devmesh.MeshException with {@code OVERLOADED} if the store has room for no more
     */
    boolean done(PendingItem item, String model, String contentHash, float[] vector);

    /**
     * Ends the lease: the item is to be leased again at {@code when} or later.
     *
     * @param reason one sentence without secrets, kept beside the item where a store shows such things to its operator
     * @return false if the item is gone or no longer {@link EmbeddingState#PENDING}; nothing is changed then
     */
    boolean retryAt(PendingItem item, Instant when, String reason);

    /**
     * Gives the item up: it becomes {@link EmbeddingState#FAILED}. An embedding by another model that it may have stays.
     *
     * @param reason one sentence without secrets, kept beside the item where a store shows such things to its operator
     * @return false if the item is gone or no longer {@link EmbeddingState#PENDING}; nothing is changed then
     */
    boolean failed(PendingItem item, String reason);

    /**
     * The items whose embedding points most nearly where {@code question} does, best first, each with the cosine of the angle; of equal ones
     * the later, then the one of the higher {@code seq}, then of the higher id. Only items that the search's filter admits are looked
     * at, before its limit counts them. Its text and its mode do not matter here.
     *
     * @param question finite numbers that are not all zero
     * @param model only embeddings of this name, and of as many numbers as the question has
     * @param search where and how many
     * @throws IllegalArgumentException if the question is no such vector
     */
    List<Found> nearest(float[] question, String model, Search search, Instant now);

    /**
     * The vector itself, if it may be stored or compared.
     *
     * @throws IllegalArgumentException if it has no numbers or more than 16,000, one that is not finite, or only zeros
     */
    static float[] requireVector(float[] vector) {
        if (vector.length < 1 || vector.length > 16_000) {
            throw new IllegalArgumentException("an embedding has 1 to 16,000 numbers, not " + vector.length);
        }
        boolean zero = true;
        for (float value : vector) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("an embedding has finite numbers only, not " + value);
            }
            zero &= value == 0;
        }
        if (zero) {
            throw new IllegalArgumentException("an embedding must not be all zero: it would point nowhere");
        }
        return vector;
    }
}
