package dev.devmesh.access;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.UserRights;
import dev.devmesh.store.Ids;
import dev.devmesh.store.Position;
import dev.devmesh.store.StoreSession;
import dev.devmesh.store.UserStore;
import dev.devmesh.text.Utf8;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The users of a tenant, and their roles. Reading needs the permission {@value #READ}, everything else {@value #WRITE}.
 *
 * <p>Only the caller's tenant exists: a user of another one and one that never was are both {@link ErrorCode#USER_NOT_FOUND}.
 *
 * <p>Safe for use by many threads; see {@link AccessControl}.
 */
public final class Users {

    /** The permission to see users, roles and who may run which tool. */
    public static final String READ = "users:read";

    /** The permission to make and change users, roles and who may run which tool. */
    public static final String WRITE = "users:write";

    /** The most users that a page may hold. */
    public static final int MAX_PAGE = 200;

    private static final int MAX_TEXT = 255;
    private static final Pattern EMAIL = Pattern.compile("[^\\s@]{1,64}@[^\\s@]+");

    private final AccessUnits units;

    Users(AccessUnits units) {
        this.units = units;
    }

    /**
     * Makes a user, who may do nothing yet.
     *
     * @throws MeshException {@link ErrorCode#ALREADY_EXISTS} if the email, the subject or the id is another user's
     */
    public User create(Principal principal, NewUser wanted) {
        return units.in(principal.tenant(), session -> create(session, principal, wanted));
    }

    /** {@link #create(Principal, NewUser)} as part of a unit of work of the caller's tenant. */
    public User create(StoreSession session, Principal principal, NewUser wanted) {
        principal.require(WRITE, "this");
        String id = wanted.id();
        if (!id.isEmpty()) {
            principal.require(Scopes.PLATFORM, "choosing the id of a user");
            if (!User.isId(id)) {
                throw AccessUnits.invalid("The id of a user has 1 to 64 characters of A-Z a-z 0-9 _ -", "");
            }
        }
        AccessUnits.begin(session);
        User user = new User(
                id.isEmpty() ? Ids.next("user_") : id,
                principal.tenant(),
                email(wanted.email()),
                AccessUnits.name(wanted.name(), "user"),
                subject(wanted.subject()),
                units.now(),
                Optional.empty());
        refuse(session.users().insert(user), user);
        units.record(session, principal, "user.create", user.id(), "");
        return user;
    }

    /** The user of this id. */
    public User get(Principal principal, String id) {
        principal.require(READ, "this");
        return units.in(principal.tenant(), session -> known(session, id));
    }

    /**
     * The users of the caller's tenant, newest first.
     *
     * @param email only the one with this email; empty for all
     * @param cursor where to go on, as {@link Page#nextCursor()} said; empty for the beginning
     * @param limit how many at most: 1 to {@value #MAX_PAGE}
     */
    public Page<User> list(Principal principal, String email, String cursor, int limit) {
        principal.require(READ, "this");
        Position.requireLimit(limit, MAX_PAGE);
        Position after = Position.after(cursor);
        String wanted = email.toLowerCase(Locale.ROOT);
        List<User> found =
                units.in(principal.tenant(), session -> session.users().list(wanted, after, limit + 1));
        return Position.page(found, limit, user -> new Position(user.createdAt(), user.id()));
    }

    /** What a user may do now, by roles and tool permissions together. */
    public UserRights rights(Principal principal, String id) {
        principal.require(READ, "this");
        return units.in(
                        principal.tenant(),
                        session -> User.isId(id) ? session.users().standing(id).user() : Optional.<UserRights>empty())
                .orElseThrow(() -> AccessUnits.userNotFound(id));
    }

    /**
     * Changes a user.
     *
     * @throws MeshException {@link ErrorCode#ALREADY_EXISTS} if the email or the subject is another user's
     */
    public User update(Principal principal, String id, UserChange change) {
        principal.require(WRITE, "this");
        User changed = units.in(principal.tenant(), session -> {
            User old = AccessUnits.lockCovered(session, principal, id);
            if (change.subject().filter(next -> !next.equals(old.subject())).isPresent()) {
                requireOther(principal, id, "change the subject of");
            }
            Optional<Instant> disabledAt = change.disabled()
                    .map(disabled -> disabled ? old.disabledAt().or(() -> Optional.of(units.now())) : none())
                    .orElse(old.disabledAt());
            User next = new User(
                    old.id(),
                    old.tenant(),
                    change.email().map(Users::email).orElse(old.email()),
                    change.name().map(name -> AccessUnits.name(name, "user")).orElse(old.name()),
                    change.subject().map(Users::subject).orElse(old.subject()),
                    old.createdAt(),
                    disabledAt);
            refuse(session.users().update(next), next);
            units.record(session, principal, "user.update", id, changes(old, next));
            return next;
        });
        units.changed(principal.tenant(), id);
        return changed;
    }

    /** Removes a user, and revokes the keys that act for it. */
    public void delete(Principal principal, String id) {
        principal.require(WRITE, "this");
        units.<Boolean>in(principal.tenant(), session -> {
            AccessUnits.lockCovered(session, principal, id);
            requireOther(principal, id, "delete");
            int keys = session.keys().revokeAllOf(id, units.now()).size();
            session.users().delete(id);
            units.record(session, principal, "user.delete", id, keys + (keys == 1 ? " key" : " keys") + " revoked");
            return true;
        });
        units.changed(principal.tenant(), id);
    }

    /** Tokens of an external issuer allow what their user may; one who is unlinked would be held by nothing but their scopes. */
    private static void requireOther(Principal principal, String id, String what) {
        if (principal.user().filter(user -> user.id().equals(id)).isPresent()) {
            throw new MeshException(
                    ErrorCode.PERMISSION_DENIED,
                    "Nobody may " + what + " the user that they act for.",
                    "Ask somebody else.");
        }
    }

    /** The roles that a user has, by name. */
    public List<Role> roles(Principal principal, String id) {
        principal.require(READ, "this");
        return units.in(principal.tenant(), session -> {
            known(session, id);
            return session.roles().of(id);
        });
    }

    /**
     * Gives a role to a user; harmless if the user has it.
     *
     * @param role its name or id
     * @return all roles that the user has then
     */
    public List<Role> give(Principal principal, String id, String role) {
        return change(principal, id, session -> {
            Map<String, Role> roles = had(session, id);
            Role given = Roles.known(session, role);
            roles.put(given.id(), given);
            return roles;
        });
    }

    /**
     * Takes a role from a user; harmless if the user does not have it.
     *
     * @param role its name or id
     * @return all roles that the user has then
     */
    public List<Role> take(Principal principal, String id, String role) {
        return change(principal, id, session -> {
            Map<String, Role> roles = had(session, id);
            roles.remove(Roles.known(session, role).id());
            return roles;
        });
    }

    /**
     * Has a user have exactly these roles.
     *
     * @param names their names or ids
     * @return the same
     */
    public List<Role> setRoles(Principal principal, String id, Collection<String> names) {
        return change(
                principal,
                id,
                session -> names.stream()
                        .map(name -> Roles.known(session, name))
                        .collect(Collectors.toMap(Role::id, role -> role, (one, same) -> one)));
    }

    private interface Wanted {
        Map<String, Role> in(StoreSession session);
    }

    private List<Role> change(Principal principal, String id, Wanted wanted) {
        principal.require(WRITE, "this");
        List<Role> after = units.in(principal.tenant(), session -> {
            AccessUnits.begin(session);
            AccessUnits.lock(session, id);
            Map<String, Role> old = had(session, id);
            Map<String, Role> next = wanted.in(session);
            for (String role : new TreeSet<>(next.keySet())) {
                if (!old.containsKey(role)) {
                    Role given = session.roles().lock(role).orElseThrow(() -> Roles.notFound(role));
                    AccessUnits.requireCovered(principal, given.allowed(), "role " + given.name());
                    session.roles().give(id, role);
                    units.record(session, principal, "role.give", id, given.name());
                }
            }
            for (Role taken : old.values()) {
                if (!next.containsKey(taken.id())) {
                    AccessUnits.requireCovered(principal, taken.allowed(), "role " + taken.name());
                    session.roles().take(id, taken.id());
                    units.record(session, principal, "role.take", id, taken.name());
                }
            }
            return session.roles().of(id);
        });
        units.changed(principal.tenant(), id);
        return after;
    }

    private static Map<String, Role> had(StoreSession session, String id) {
        Map<String, Role> roles = new LinkedHashMap<>();
        session.roles().of(id).forEach(role -> roles.put(role.id(), role));
        return roles;
    }

    private static User known(StoreSession session, String id) {
        return (User.isId(id) ? session.users().find(id) : Optional.<User>empty())
                .orElseThrow(() -> AccessUnits.userNotFound(id));
    }

    private static Optional<Instant> none() {
        return Optional.empty();
    }

    /** The names of what changed, never the values. */
    private static String changes(User old, User next) {
        Set<String> changed = new TreeSet<>();
        if (!old.email().equals(next.email())) {
            changed.add("email");
        }
        if (!old.name().equals(next.name())) {
            changed.add("name");
        }
        if (!old.subject().equals(next.subject())) {
            changed.add("subject");
        }
        if (old.isEnabled() != next.isEnabled()) {
            changed.add(next.isEnabled() ? "enabled" : "disabled");
        }
        return String.join(", ", changed);
    }

    private static void refuse(Optional<UserStore.Taken> taken, User user) {
        if (taken.isPresent()) {
            String what = switch (taken.get()) {
                case ID -> "the id " + user.id();
                case EMAIL -> "the email " + user.email();
                case SUBJECT -> "the subject '" + user.subject() + "'";
            };
            throw new MeshException(
                    ErrorCode.ALREADY_EXISTS, "Another user has " + what + " already.", "Choose another one.");
        }
    }

    private static String email(String address) {
        if (!address.isEmpty() && (!EMAIL.matcher(address).matches() || !isText(address))) {
            throw AccessUnits.invalid("This is no email address.", "Give one such as ann@example.org, or none.");
        }
        return address.toLowerCase(Locale.ROOT);
    }

    private static String subject(String called) {
        if (!isText(called)) {
            throw AccessUnits.invalid(
                    "The subject of a user has up to " + MAX_TEXT + " characters, none of them a control character.",
                    "");
        }
        return called;
    }

    private static boolean isText(String text) {
        return text.length() <= MAX_TEXT && text.chars().noneMatch(Character::isISOControl) && Utf8.isStorable(text);
    }
}
