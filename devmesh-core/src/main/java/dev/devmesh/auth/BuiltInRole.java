package dev.devmesh.auth;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The roles that every tenant has from its beginning, those that allow least first. */
public enum BuiltInRole {
    /** Looks. */
    READER("contexts:read", "resources:read", "prompts:get"),
    /** Works: what an AI agent needs. */
    AGENT("contexts:read", "contexts:write", "resources:read", "prompts:get", "tools:execute"),
    /** Builds: what an agent may, its keys, and a look at the rest. */
    DEVELOPER(
            "contexts:read",
            "contexts:write",
            "resources:read",
            "prompts:get",
            "tools:execute",
            "keys:read",
            "keys:write",
            "users:read",
            "jobs:read",
            "jobs:write"),
    /** May do everything within the tenant. */
    ADMIN(Scopes.ADMIN);

    private final Scopes allowed;

    BuiltInRole(String... permissions) {
        this.allowed = Scopes.of(permissions);
    }

    /** The name of the role, for example {@code developer}. */
    public String roleName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What it allows in a new tenant. */
    public Scopes allowed() {
        return allowed;
    }

    /** The role that allows this and as little else as possible; empty for what no role allows. */
    public static Optional<BuiltInRole> granting(String permission) {
        return Arrays.stream(values())
                .filter(role -> role.allowed.permits(permission))
                .findFirst();
    }
}
