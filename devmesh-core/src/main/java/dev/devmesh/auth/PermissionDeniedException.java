package dev.devmesh.auth;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import java.util.Optional;

/** A known caller may not do this. Says what is missing, what the caller has, and the role that grants it. */
public final class PermissionDeniedException extends MeshException {

    private static final long serialVersionUID = 1L;

    private static final int SCOPES_SHOWN = 300;

    private final String required;
    private final boolean byCredential;

    /**
     * @param caller who was refused
     * @param required the permission that is missing
     * @param what what needs it, as the beginning of a sentence, for example {@code Tool 'add'}
     */
    public PermissionDeniedException(Principal caller, String required, String what) {
        super(
                ErrorCode.PERMISSION_DENIED,
                "Insufficient permissions: " + what + " needs " + required + "; " + has(caller) + ".",
                fix(caller, required));
        this.required = required;
        this.byCredential = !caller.scopes().permits(required);
    }

    /** The permission that is missing. */
    public String required() {
        return required;
    }

    /** The scope that the credential lacks; empty if it has it, and its user may not. */
    public Optional<String> missingScope() {
        return byCredential ? Optional.of(required) : Optional.empty();
    }

    private static String has(Principal caller) {
        String scopes = shortened(caller.scopes().toString());
        String credential = "the credential allows " + (scopes.isEmpty() ? "nothing" : scopes);
        return caller.user()
                .map(user -> credential + ", and user " + user.id() + " has "
                        + (user.roles().isEmpty()
                                ? "no role"
                                : "the roles "
                                        + shortened(String.join(
                                                ", ",
                                                user.roles().stream().sorted().toList()))))
                .orElse(credential);
    }

    private static String fix(Principal caller, String required) {
        Optional<String> role = BuiltInRole.granting(required).map(BuiltInRole::roleName);
        String scope = "Use a credential with the scope " + required + ".";
        boolean byScope = !caller.scopes().permits(required);
        boolean byRole =
                caller.user().filter(user -> !user.allowed().permits(required)).isPresent();
        if (!byRole) {
            return scope
                    + role.map(name -> " Among users, those with the role " + name + " may.")
                            .orElse("");
        }
        String grant = role.map(name -> "The role " + name + " grants it; an administrator can give it to the user.")
                .orElse("No role grants it.");
        return byScope ? scope + " " + grant : grant;
    }

    private static String shortened(String text) {
        return text.length() <= SCOPES_SHOWN ? text : text.substring(0, SCOPES_SHOWN) + "…";
    }
}
