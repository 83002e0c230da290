package dev.devmesh.auth;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is to be different about an API key; what is not named stays as it is.
 *
 * <p>Immutable. {@link ApiKeys#update} checks it.
 */
public final class KeyChange {

    private static final KeyChange NOTHING = new KeyChange(null, null, null, null, null);

    private final @Nullable String name;
    private final @Nullable Scopes scopes;
    private final @Nullable String plan;
    private final @Nullable Duration life;
    private final @Nullable Instant expiry;

    private KeyChange(
            @Nullable String name,
            @Nullable Scopes scopes,
            @Nullable String plan,
            @Nullable Duration life,
            @Nullable Instant expiry) {
        this.name = name;
        this.scopes = scopes;
        this.plan = plan;
        this.life = life;
        this.expiry = expiry;
    }

    /** No difference yet. */
    public static KeyChange nothing() {
        return NOTHING;
    }

    /** This change, and another name. */
    public KeyChange name(String other) {
        return new KeyChange(Objects.requireNonNull(other, "name"), scopes, plan, life, expiry);
    }

    /** This change, and these scopes in place of all that there were. */
    public KeyChange scopes(Scopes others) {
        return new KeyChange(name, Objects.requireNonNull(others, "scopes"), plan, life, expiry);
    }

    /** This change, and another rate plan. */
    public KeyChange plan(String other) {
        return new KeyChange(name, scopes, Objects.requireNonNull(other, "plan"), life, expiry);
    }

    /** This change, and an expiry so long after it, whether that is later or earlier than before; zero for never. */
    public KeyChange expiresIn(Duration other) {
        return new KeyChange(name, scopes, plan, Objects.requireNonNull(other, "life"), null);
    }

    /** This change, and an expiry at that time, whether that is later or earlier than before. */
    public KeyChange expiresAt(Instant when) {
        return new KeyChange(name, scopes, plan, null, Objects.requireNonNull(when, "expiry"));
    }

    /** The new name, if it is to change. */
    public Optional<String> name() {
        return Optional.ofNullable(name);
    }

    /** The new scopes, if they are to change. */
    public Optional<Scopes> scopes() {
        return Optional.ofNullable(scopes);
    }

    /** The new plan, if it is to change. */
    public Optional<String> plan() {
        return Optional.ofNullable(plan);
    }

    /** How long it is good from the change on, zero for ever, if the expiry is to change and {@link #expiresAt()} does not say it. */
    public Optional<Duration> expiresIn() {
        return Optional.ofNullable(life);
    }

    /** Until when it is good, if the expiry is to change and {@link #expiresIn()} does not say it. */
    public Optional<Instant> expiresAt() {
        return Optional.ofNullable(expiry);
    }
}
