package dev.devmesh.store;

import dev.devmesh.MeshException;
import dev.devmesh.token.RefreshToken;
import dev.devmesh.token.TokenFamily;
import java.time.Instant;
import java.util.Optional;

/**
 * Refresh tokens of one tenant and their families, within a unit of work. Those of another tenant are as if they did not
 * exist.
 *
 * @see SystemStore#refreshToken
 */
public interface RefreshTokenStore {

    /**
     * Adds a family with its first token.
     *
     * @throws MeshException with {@code OVERLOADED} if the store has room for no more
     * @throws IllegalStateException if there is a family of this id, or a token of this hash
     * @throws IllegalArgumentException if one belongs to another tenant than the unit of work, or the token to another family
     */
    void begin(TokenFamily family, RefreshToken first);

    /** The family of this id, good or not, kept from being changed by others until this unit of work ends. */
    Optional<TokenFamily> lock(String familyId);

    /** The token of this hash, used or not. */
    Optional<RefreshToken> find(String sha256);

    /**
     * Notes that a token was used, and adds the one that takes its place; the unit of work has locked their family.
     *
     * @throws MeshException with {@code OVERLOADED} if the store has room for no more
     * @throws IllegalStateException if there is no such token, if it is used already, or if there is a token of the successor's hash
     * @throws IllegalArgumentException if the successor belongs to another tenant or family
     */
    void replace(RefreshToken used, Instant when, RefreshToken successor);

    /** Notes that a family was taken back, unless it was before. */
    void revoke(String familyId, Instant when);
}
