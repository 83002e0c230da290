package dev.devmesh.tool;

import dev.devmesh.MeshException;
import dev.devmesh.auth.BuiltInRole;
import dev.devmesh.auth.PermissionDeniedException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Whether a caller may run a tool, or the tools of a provider, and why.
 *
 * <p>Immutable.
 *
 * @param kind what has the name
 * @param names the names by which it may be run: the one asked about, and that of the provider behind it if the tool has one
 * @param allowed whether the caller may
 * @param byCredential whether the credential allows it
 * @param byUser whether the user that the credential acts for may run it; true where it acts for none
 * @param explanation one sentence: what allows it, or what is missing
 * @param fix what to do about it; empty where it is allowed
 * @param role the built-in role that allows it and as little else as possible; empty for a name that there is not
 */
public record ToolDecision(
        Kind kind,
        List<String> names,
        boolean allowed,
        boolean byCredential,
        boolean byUser,
        String explanation,
        String fix,
        Optional<String> role) {

    /** What a name is the name of. */
    public enum Kind {
        /** A tool. */
        TOOL,
        /** A provider: the namespace under which tools are registered together. */
        PROVIDER,
        /** Nothing. */
        UNKNOWN
    }

    /** Copies the names. */
    public ToolDecision {
        Objects.requireNonNull(kind, "kind");
        names = List.copyOf(names);
        Objects.requireNonNull(explanation, "explanation");
        Objects.requireNonNull(fix, "fix");
        Objects.requireNonNull(role, "role");
    }

    /** The permissions by any of which it may be run. */
    public List<String> permissions() {
        return names.stream().map(ToolSpec::permission).toList();
    }

    static ToolDecision of(Kind kind, List<String> names, Principal principal) {
        List<String> permissions = names.stream().map(ToolSpec::permission).toList();
        boolean byCredential = permissions.stream().anyMatch(principal.scopes()::permits);
        boolean byUser = principal
                .user()
                .map(user -> user.enabled() && permissions.stream().anyMatch(user.allowed()::permits))
                .orElse(true);
        boolean allowed = principal.mayAny(permissions);
        String explanation;
        String fix = "";
        if (allowed) {
            explanation = what(kind, names) + " may be run: the credential allows "
                    + allowing(principal.scopes(), permissions)
                    + principal
                            .user()
                            .map(user -> ", and user " + user.id() + " may " + allowing(user.allowed(), permissions))
                            .orElse("")
                    + ".";
        } else {
            PermissionDeniedException refusal = refusal(kind, names, principal);
            explanation = String.valueOf(refusal.getMessage());
            fix = refusal.fix();
        }
        return new ToolDecision(
                kind,
                names,
                allowed,
                byCredential,
                byUser,
                explanation,
                fix,
                BuiltInRole.granting(permissions.get(0)).map(BuiltInRole::roleName));
    }

    static ToolDecision unknown(String name, MeshException notFound) {
        return new ToolDecision(
                Kind.UNKNOWN,
                List.of(name),
                false,
                false,
                false,
                String.valueOf(notFound.getMessage()),
                notFound.fix(),
                Optional.empty());
    }

    /** The refusal of a caller who may not. */
    PermissionDeniedException refusal(Principal principal) {
        return refusal(kind, names, principal);
    }

    /** What the credential allows already is what the user is said to lack. */
    private static PermissionDeniedException refusal(Kind kind, List<String> names, Principal principal) {
        List<String> permissions = names.stream().map(ToolSpec::permission).toList();
        String required = permissions.stream()
                .filter(principal.scopes()::permits)
                .findFirst()
                .orElse(permissions.get(0));
        return new PermissionDeniedException(principal, required, what(kind, names));
    }

    private static String what(Kind kind, List<String> names) {
        return (kind == Kind.PROVIDER ? "provider '" : "tool '") + names.get(0) + "'";
    }

    private static String allowing(Scopes scopes, List<String> permissions) {
        return String.join(
                ", ",
                scopes.names().stream()
                        .filter(scope -> permissions.stream().anyMatch(Scopes.of(scope)::permits))
                        .sorted()
                        .toList());
    }
}
