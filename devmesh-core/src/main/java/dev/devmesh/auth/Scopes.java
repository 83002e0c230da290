package dev.devmesh.auth;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What a credential allows, as a set of permissions with a hierarchy.
 *
 * <p>A permission is a path of words joined by colons, for example {@code tools:execute:github_list_issues}. A scope
 * allows itself and everything below it: {@code tools:execute} allows the execution of every tool. {@code admin}
 * allows everything within its tenant; what concerns all tenants only {@code platform} allows. Nothing is allowed that no scope names.
 *
 * <p>Immutable.
 */
public final class Scopes {

    /** Allows everything within its tenant. */
    public static final String ADMIN = "admin";

    /** Allows what concerns all tenants, and nothing else. */
    public static final String PLATFORM = "platform";

    private static final Pattern FORM = Pattern.compile("[a-z]+(:[A-Za-z0-9_.*-]+)*");
    private static final Scopes NONE = new Scopes(Set.of());

    private final Set<String> names;
    private final boolean admin;

    private Scopes(Set<String> names) {
        this.names = names;
        this.admin = names.contains(ADMIN);
    }

    /**
     * The scopes of these names.
     *
     * @throws IllegalArgumentException if a name has not the form {@code word:word:…}
     */
    public static Scopes of(String... names) {
        return of(List.of(names));
    }

    /**
     * The scopes of these names.
     *
     * @throws IllegalArgumentException if a name has not the form {@code word:word:…}
     */
    public static Scopes of(Collection<String> names) {
        for (String name : names) {
            if (!isName(name)) {
                throw new IllegalArgumentException("not a scope: '" + name + "'; scopes look like contexts:read");
            }
        }
        return names.isEmpty() ? NONE : new Scopes(Set.copyOf(names));
    }

    /**
     * The scopes of these names, as a caller gives them.
     *
     * @throws MeshException {@link ErrorCode#INVALID_VALUE} if one is not a scope
     */
    public static Scopes given(Collection<String> names) {
        try {
            return of(names);
        } catch (IllegalArgumentException notAScope) {
            throw new MeshException(
                    ErrorCode.INVALID_VALUE,
                    "One of the scopes is not a scope.",
                    "Scopes look like contexts:read or tools:execute:github_list_issues.",
                    null,
                    notAScope);
        }
    }

    /** Whether a scope could have this name, by its form. */
    public static boolean isName(String text) {
        return FORM.matcher(text).matches();
    }

    /** No permission at all. */
    public static Scopes none() {
        return NONE;
    }

    /** The names, as given. */
    public Set<String> names() {
        return names;
    }

    /** Whether one of these scopes is the permission itself or stands above it. */
    public boolean permits(String permission) {
        if (names.contains(permission) || admin && !isOfThePlatform(permission)) {
            return true;
        }
        for (int end = permission.lastIndexOf(':'); end > 0; end = permission.lastIndexOf(':', end - 1)) {
            if (names.contains(permission.substring(0, end))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOfThePlatform(String permission) {
        return permission.startsWith(PLATFORM)
                && (permission.length() == PLATFORM.length() || permission.charAt(PLATFORM.length()) == ':');
    }

    /** Whether everything that {@code others} allow is allowed by these too. */
    public boolean covers(Scopes others) {
        return others.names.stream().allMatch(this::permits);
    }

    /** What both these and {@code others} allow. */
    public Scopes and(Scopes others) {
        Set<String> both = new TreeSet<>();
        names.stream().filter(others::permits).forEach(both::add);
        others.names.stream().filter(this::permits).forEach(both::add);
        return of(both);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Scopes scopes && scopes.names.equals(names);
    }

    @Override
    public int hashCode() {
        return names.hashCode();
    }

    @Override
    public String toString() {
        return String.join(" ", new TreeSet<>(names));
    }
}
