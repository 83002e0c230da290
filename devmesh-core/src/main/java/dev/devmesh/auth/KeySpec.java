package dev.devmesh.auth;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * An API key to be made.
 *
 * <p>Immutable. {@link ApiKeys} checks it.
 *
 * @param name what people call it
 * @param scopes what it allows
 * @param plan the name of its rate plan; empty leaves the choice to {@link ApiKeys#create}
 * @param userId the user that it acts for; empty for the user who makes it or, where an administrator does, for none
 * @param expiresIn how long it is good from its making; empty when {@code expiresAt} says it, or for ever
 * @param expiresAt from when on it is no longer good; empty when {@code expiresIn} says it, or for never
 */
public record KeySpec(
        String name,
        Scopes scopes,
        String plan,
        String userId,
        Optional<Duration> expiresIn,
        Optional<Instant> expiresAt) {

    /** Checks that nothing is missing. */
    public KeySpec {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(scopes, "scopes");
        Objects.requireNonNull(plan, "plan");
        Objects.requireNonNull(userId, "userId");
        Objects.requireNonNull(expiresIn, "expiresIn");
        Objects.requireNonNull(expiresAt, "expiresAt");
        if (expiresIn.isPresent() && expiresAt.isPresent()) {
            throw new IllegalArgumentException("a key expires in a time or at a time; give only one of the two");
        }
    }

    /** A key of this name that allows nothing yet and is good for ever. */
    public static KeySpec named(String name) {
        return new KeySpec(name, Scopes.none(), "", "", Optional.empty(), Optional.empty());
    }

    /**
     * This key, allowing exactly what these scopes name.
     *
     * @throws MeshException {@link ErrorCode#INVALID_VALUE} if one is not a scope
     */
    public KeySpec scopes(String... names) {
        return scopes(Scopes.given(List.of(names)));
    }

    /** This key, allowing exactly this. */
    public KeySpec scopes(Scopes other) {
        return new KeySpec(name, other, plan, userId, expiresIn, expiresAt);
    }

    /** This key on a rate plan. */
    public KeySpec plan(String plan) {
        return new KeySpec(name, scopes, plan, userId, expiresIn, expiresAt);
    }

    /** This key, acting for a user. */
    public KeySpec user(String id) {
        return new KeySpec(name, scopes, plan, id, expiresIn, expiresAt);
    }

    /** This key, good for so long from its making. */
    public KeySpec expiresIn(Duration life) {
        return new KeySpec(name, scopes, plan, userId, Optional.of(life), Optional.empty());
    }

    /** This key, good until then. */
    public KeySpec expiresAt(Instant when) {
        return new KeySpec(name, scopes, plan, userId, Optional.empty(), Optional.of(when));
    }
}
