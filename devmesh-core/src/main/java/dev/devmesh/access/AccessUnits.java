package dev.devmesh.access;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.audit.AuditEntry;
import dev.devmesh.auth.BuiltInRole;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Revocations;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.auth.UserRights;
import dev.devmesh.store.Ids;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.text.Utf8;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** What the services of this package do alike. Safe for use by many threads. */
final class AccessUnits {

    /** The most characters that a name may have. */
    static final int MAX_NAME = 200;

    private final Store store;
    private final Clock clock;
    private final Revocations revocations;

    AccessUnits(Store store, Clock clock, Revocations revocations) {
        this.store = store;
        this.clock = clock;
        this.revocations = revocations;
    }

    Store store() {
        return store;
    }

    /** To the microsecond, as every store can keep it. */
    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    <T> T in(Tenant tenant, Function<StoreSession, T> work) {
        return store.inTransaction(tenant, work);
    }

    /** After the commit: nobody goes on with the rights that the user had; an empty id stands for all of the tenant. */
    void changed(Tenant tenant, String userId) {
        revocations.rightsChangedHere(tenant, userId);
    }

    void record(StoreSession session, Principal principal, String action, String object, String detail) {
        session.audit().append(AuditEntry.of(principal, action, object, now()).detail(detail));
    }

    /** The tenant has its built-in roles from here on. */
    static void begin(StoreSession session) {
        if (session.roles().findByName(BuiltInRole.ADMIN.roleName()).isPresent()) {
            return;
        }
        for (BuiltInRole role : BuiltInRole.values()) {
            session.roles()
                    .insert(new Role(Ids.next("role_"), session.tenant(), role.roleName(), true, role.allowed()));
        }
    }

    /**
     * Goes on if the caller may do all of this: nobody gives, takes or changes more than they have.
     *
     * @param what what allows it, as the beginning of a sentence
     */
    static void requireCovered(Principal principal, Scopes allowed, String what) {
        Set<String> missing = principal.lacking(allowed);
        if (!missing.isEmpty()) {
            throw new MeshException(
                    ErrorCode.PERMISSION_DENIED,
                    "Insufficient permissions: " + what + " may do what the caller may not: "
                            + String.join(", ", missing) + ".",
                    "Ask somebody who may do that, such as an administrator of the tenant.");
        }
    }

    /** The user of this id, locked, if the caller may do all that it may. */
    static User lockCovered(StoreSession session, Principal principal, String id) {
        User user = lock(session, id);
        session.users()
                .standing(id)
                .user()
                .map(UserRights::allowed)
                .ifPresent(allowed -> requireCovered(principal, allowed, "user " + id));
        return user;
    }

    static User lock(StoreSession session, String id) {
        return (User.isId(id) ? session.users().lock(id) : Optional.<User>empty()).orElseThrow(() -> userNotFound(id));
    }

    static MeshException userNotFound(String id) {
        return new MeshException(
                ErrorCode.USER_NOT_FOUND,
                User.isId(id) ? "There is no user " + id + "." : "There is no user of this id.",
                "List the users to see those that exist.");
    }

    static String name(String name, String what) {
        if (name.length() > MAX_NAME || name.chars().anyMatch(Character::isISOControl) || !Utf8.isStorable(name)) {
            throw invalid(
                    "The name of a " + what + " has up to " + MAX_NAME
                            + " characters, none of them a control character.",
                    "");
        }
        return name;
    }

    static MeshException invalid(String message, String fix) {
        return new MeshException(ErrorCode.INVALID_VALUE, message, fix);
    }
}
