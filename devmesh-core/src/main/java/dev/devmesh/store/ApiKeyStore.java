package dev.devmesh.store;

import dev.devmesh.auth.ApiKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * API keys of one tenant within a unit of work. A key of another tenant is as if it did not exist.
 *
 * @see SystemStore#keyByHash
 */
public interface ApiKeyStore {

    /**
     * Adds a key.
     *
     * @return false if a key of any tenant has this secret already; nothing is added then
     * @throws IllegalStateException if there is a key of this id
     * @throws IllegalArgumentException if it belongs to another tenant than the unit of work
     */
    boolean insert(ApiKey key);

    /** The key of this id, good or not. */
    Optional<ApiKey> find(String id);

    /** The key of this id, good or not, kept from being changed by others until this unit of work ends. */
    Optional<ApiKey> lock(String id);

    /** This tenant's key whose secret has this SHA-256, as 64 lower-case hexadecimal digits, good or not. */
    Optional<ApiKey> findByHash(String sha256);

    /**
     * Keys in the order of {@link Position}, good or not.
     *
     * @param after only those that come after this place; null for the beginning
     */
    List<ApiKey> list(@Nullable Position after, int limit);

    /**
     * Replaces the key of the same id, which this unit of work has locked; id, hash, creation and last use stay as they
     * are stored.
     *
     * @throws IllegalStateException if there is none
     */
    void update(ApiKey key);

    /**
     * Revokes the keys that act for this user and are not revoked yet.
     *
     * @return their ids
     */
    List<String> revokeAllOf(String userId, Instant when);
}
