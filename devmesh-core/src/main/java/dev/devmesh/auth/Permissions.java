package dev.devmesh.auth;

import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Every permission that DevMesh itself asks for. Below {@code tools:execute}, {@code resources:read} and {@code prompts:get} there is one more for each tool,
 * resource and prompt, by its name.
 */
public final class Permissions {

    private static final List<Known> ALL = List.of(
            new Known("contexts", "read", "See contexts and their items, and search them"),
            new Known("contexts", "write", "Create, change, append to and delete contexts"),
            new Known("data", "erase", "Erase everything of an agent or of the tenant"),
            new Known("tools", "execute", "Run tools"),
            new Known("resources", "read", "Read resources"),
            new Known("prompts", "get", "Use prompts"),
            new Known("jobs", "read", "See background work"),
            new Known("jobs", "write", "Change background work"),
            new Known("keys", "read", "See API keys, never their secrets"),
            new Known("keys", "write", "Make, change and revoke API keys"),
            new Known("users", "read", "See users, roles and who may run which tool"),
            new Known("users", "write", "Make and change users, roles and who may run which tool"),
            new Known("audit", "read", "See who did what"),
            new Known(
                    Scopes.PLATFORM,
                    "tenants",
                    "Make, suspend and delete other tenants, and make administrators of them"));

    /** Those with one more for each thing that it is about. */
    private static final Set<String> NAMED = Set.of("tools:execute", "resources:read", "prompts:get");

    private Permissions() {}

    /**
     * A permission.
     *
     * @param resource what is acted on
     * @param action what is done
     * @param description for people, without a full stop
     */
    public record Known(String resource, String action, String description) {

        /** Checks that nothing is missing. */
        public Known {
            Objects.requireNonNull(resource, "resource");
            Objects.requireNonNull(action, "action");
            Objects.requireNonNull(description, "description");
        }

        /** The permission as scopes name it. */
        public String name() {
            return resource + ":" + action;
        }
    }

    /** All of them. */
    public static List<Known> all() {
        return ALL;
    }

    /**
     * Whether somebody asks for this or for something below it: a scope of another name allows nothing.
     *
     * @param scope {@link Scopes#ADMIN}, or a resource, its action and, for what has names, a name
     */
    public static boolean isKnown(String scope) {
        if (scope.equals(Scopes.ADMIN)) {
            return true;
        }
        return ALL.stream()
                .anyMatch(known -> scope.equals(known.resource())
                        || scope.equals(known.name())
                        || NAMED.contains(known.name()) && scope.startsWith(known.name() + ":"));
    }
}
