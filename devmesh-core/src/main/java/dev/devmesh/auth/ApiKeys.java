package dev.devmesh.auth;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import dev.devmesh.audit.AuditEntry;
import dev.devmesh.store.ApiKeyStore;
import dev.devmesh.store.Ids;
import dev.devmesh.store.Position;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import dev.devmesh.text.Utf8;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * API keys: made, listed, taken back, and recognised by {@link #authenticator()}.
 *
 * <p>Every call names who is calling. Reading needs the permission {@value #READ}, everything else {@value #WRITE};
 * without it a call ends in {@link ErrorCode#PERMISSION_DENIED}. Only the caller's tenant exists: a key of another one
 * and one that never was are both {@link ErrorCode#KEY_NOT_FOUND}. All are {@link MeshException}s.
 *
 * <p>Nobody makes a key that can do more than they can: it has only scopes that the maker's scopes cover, and only an
 * administrator puts it on another plan than the maker's or has it act for another user, or for none: a key that a user makes acts for
 * that user.
 *
 * <p>Safe for use by many threads. Each call is a unit of work of its own, so none may be made within {@link
 * Store#inTransaction}.
 */
public final class ApiKeys {

    /** The permission to see keys, never their secrets. */
    public static final String READ = "keys:read";

    /** The permission to make and to revoke keys. */
    public static final String WRITE = "keys:write";

    /** The most characters that a key's name may have. */
    public static final int MAX_NAME = 200;

    /** The most scopes that a key may have. */
    public static final int MAX_SCOPES = 100;

    /** The most characters that each scope may have. */
    public static final int MAX_SCOPE = 200;

    /** The longest that a key which expires may be good. */
    public static final Duration MAX_LIFE = Duration.ofDays(36_500);

    /** The most keys that a page may hold. */
    public static final int MAX_PAGE = 200;

    private static final Duration SHORTEST_LIFE = Duration.ofMillis(1);
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_]{1,64}");
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._@+-]{0,200}");

    private final Store store;
    private final Clock clock;
    private final String environment;
    private final Revocations revocations;

    private ApiKeys(Store store, Clock clock, String environment, Revocations revocations) {
        this.store = Objects.requireNonNull(store, "store");
        this.clock = Objects.requireNonNull(clock, "clock");
        this.environment = environment;
        this.revocations = revocations;
    }

    /**
     * Keys kept in this store, whose secrets begin with {@code dmk_live_}.
     *
     * @param store not closed here
     * @param clock dates keys, and says which are expired
     */
    public static ApiKeys in(Store store, Clock clock) {
        return new ApiKeys(store, clock, "live", new Revocations());
    }

    /**
     * These keys, with secrets made from now on beginning with {@code dmk_<name>_}. All are recognised, whatever their
     * environment.
     *
     * @param name 1 to 16 of the letters {@code a-z}, for example {@code test}
     */
    public ApiKeys environment(String name) {
        if (!KeySecret.ENVIRONMENT.matcher(name).matches()) {
            throw new IllegalArgumentException("an environment of keys has 1 to 16 letters a-z, for example test");
        }
        return new ApiKeys(store, clock, name, revocations);
    }

    /**
     * Makes a key. Its secret is in the answer and nowhere else.
     *
     * <p>Where the specification names no plan, the key is on the maker's; an administrator's on {@link
     * Principal#DEFAULT_PLAN}.
     */
    public NewKey create(Principal principal, KeySpec spec) {
        String secret = KeySecret.next(environment);
        ApiKey key = made(principal, spec, secret);
        if (!inSession(principal, session -> inserted(principal, session, key, "key.create"))) {
            throw new IllegalStateException("two secrets of 178 random bits are the same: the random source is broken");
        }
        return new NewKey(key, secret);
    }

    /**
     * A secret that is no key yet: to be kept safe first and then handed to {@link #importKey}, by a program that may be
     * interrupted in between.
     */
    public String newSecret() {
        return KeySecret.next(environment);
    }

    /**
     * Makes a key of a secret that the operator chose: a sound {@code dmk_} secret, or any 32 to 512 printable ASCII
     * characters without spaces that are no JSON Web Token. Doing it again with the same secret gives the key that the
     * tenant has, unchanged, so a program may do it at every start.
     *
     * @throws MeshException {@link ErrorCode#INVALID_VALUE} if the secret is not of this form; {@link
     *     ErrorCode#ALREADY_EXISTS} if it is in use elsewhere
     */
    public ApiKey importKey(Principal principal, KeySpec spec, String secret) {
        ApiKey key = made(principal, spec, secret);
        boolean usable =
                secret.startsWith(KeySecret.PREFIX) ? KeySecret.isSound(secret) : ImportedSecret.isPossible(secret);
        if (!usable) {
            throw invalid(
                    "The secret for key '" + key.name() + "' cannot be used.",
                    "Use a complete dmk_ key, or " + ImportedSecret.SHORTEST + " to " + ImportedSecret.LONGEST
                            + " printable ASCII characters without spaces; openssl rand -hex 32 makes one.");
        }
        return inSession(principal, session -> {
            if (inserted(principal, session, key, "key.import")) {
                return key;
            }
            return session.keys()
                    .findByHash(key.hash())
                    .orElseThrow(() -> new MeshException(
                            ErrorCode.ALREADY_EXISTS,
                            "The secret for key '" + key.name() + "' is in use already.",
                            "Choose another secret."));
        });
    }

    /** The key of this id, good or not. */
    public ApiKey get(Principal principal, String id) {
        return find(principal, id).orElseThrow(() -> notFound(id));
    }

    /** The key of this id, good or not, or empty where {@link #get} would throw {@link ErrorCode#KEY_NOT_FOUND}. */
    public Optional<ApiKey> find(Principal principal, String id) {
        require(principal, READ);
        return isId(id) ? inStore(principal, keys -> keys.find(id)) : Optional.empty();
    }

    /**
     * Keys of the caller's tenant, newest first, good or not.
     *
     * @param cursor where to go on, as {@link Page#nextCursor()} said; empty for the beginning
     * @param limit how many at most: 1 to {@value #MAX_PAGE}
     */
    public Page<ApiKey> list(Principal principal, String cursor, int limit) {
        require(principal, READ);
        if (limit < 1 || limit > MAX_PAGE) {
            throw invalid("The limit of a listing must be 1 to " + MAX_PAGE + ", is " + limit + ".", "");
        }
        Position after = cursor.isEmpty() ? null : Position.of(cursor);
        List<ApiKey> found = inStore(principal, keys -> keys.list(after, limit + 1));
        if (found.size() <= limit) {
            return new Page<>(found, "");
        }
        List<ApiKey> page = found.subList(0, limit);
        ApiKey last = page.get(page.size() - 1);
        return new Page<>(page, new Position(last.createdAt(), last.id()).cursor());
    }

    /**
     * Takes a key back, at once and for good. A key that was revoked before keeps its time.
     *
     * @throws MeshException {@link ErrorCode#PERMISSION_DENIED} also if the key can do more than the caller
     */
    public ApiKey revoke(Principal principal, String id) {
        require(principal, WRITE);
        boolean[] changed = new boolean[1];
        ApiKey gone = inSession(principal, session -> {
            ApiKeyStore keys = session.keys();
            ApiKey key = (isId(id) ? keys.lock(id) : Optional.<ApiKey>empty()).orElseThrow(() -> notFound(id));
            requireCovered(principal, key.scopes(), "Key " + key.id() + " has");
            if (key.revokedAt().isPresent()) {
                return key;
            }
            ApiKey revoked = key.revoked(now());
            keys.update(revoked);
            session.audit().append(AuditEntry.of(principal, "key.revoke", id, now()));
            changed[0] = true;
            return revoked;
        });
        if (changed[0]) {
            revocations.revokedHere(id);
        }
        return gone;
    }

    /** Where it is told that keys were taken back. */
    public Revocations revocations() {
        return revocations;
    }

    /**
     * Recognises these keys, shown as {@code X-API-Key} or as a bearer token; where both are keys the former counts.
     *
     * <p>It throws a {@link MeshException} with {@link ErrorCode#KEY_UNKNOWN} for what begins with {@code dmk_} and is
     * no key, and with {@link ErrorCode#KEY_EXPIRED} or {@link ErrorCode#KEY_REVOKED} for the secret of a key that is
     * good no longer. What is not of this scheme, and is not the secret of an imported key, means nothing to it.
     */
    public Authenticator authenticator() {
        return new KeyAuthenticator(store, clock);
    }

    /** Whether calls may wait for I/O. */
    public boolean blocking() {
        return store.blocking();
    }

    private ApiKey made(Principal principal, KeySpec spec, String secret) {
        require(principal, WRITE);
        checkForm(spec);
        requireCovered(principal, spec.scopes(), "Key '" + spec.name() + "' asks for");
        boolean administrator = principal.may(Scopes.ADMIN);
        String ownPlan = administrator ? Principal.DEFAULT_PLAN : principal.plan();
        String plan = spec.plan().isEmpty() ? ownPlan : spec.plan();
        if (!administrator && !plan.equals(ownPlan)) {
            throw denied("Only an administrator may put a key on another plan than their own, '" + ownPlan + "'.");
        }
        String ownUser = principal.user().map(UserRights::id).orElse("");
        if (!administrator && !spec.userId().isEmpty() && !spec.userId().equals(ownUser)) {
            throw denied("Only an administrator may make a key that acts for another user.");
        }
        Instant now = now();
        return new ApiKey(
                Ids.next("key_"),
                principal.tenant(),
                administrator ? spec.userId() : ownUser,
                spec.name(),
                KeySecret.hash(secret),
                spec.scopes(),
                plan,
                now,
                expiry(spec, now),
                Optional.empty(),
                Optional.empty());
    }

    private static void checkForm(KeySpec spec) {
        String name = spec.name();
        if (name.isBlank()
                || name.length() > MAX_NAME
                || name.chars().anyMatch(Character::isISOControl)
                || !Utf8.isStorable(name)) {
            throw invalid(
                    "A key needs a name of 1 to " + MAX_NAME + " characters, none of them a control character.",
                    "Name it after what uses it, for example ci.");
        }
        if (spec.scopes().names().size() > MAX_SCOPES) {
            throw invalid(
                    "Key '" + spec.name() + "' asks for "
                            + spec.scopes().names().size() + " scopes; at most " + MAX_SCOPES + " are allowed.",
                    "Use scopes that stand above others, for example tools:execute.");
        }
        if (spec.scopes().names().stream().anyMatch(scope -> scope.length() > MAX_SCOPE)) {
            throw invalid(
                    "Key '" + name + "' asks for a scope of more than " + MAX_SCOPE + " characters.",
                    "Use scopes that stand above others, for example tools:execute.");
        }
        if (!WORD.matcher(spec.plan()).matches() || !WORD.matcher(spec.userId()).matches()) {
            throw invalid(
                    "The plan and the user of key '" + spec.name() + "' may have up to 200 of a-z A-Z 0-9 . _ @ + -",
                    "");
        }
    }

    private static Optional<Instant> expiry(KeySpec spec, Instant now) {
        if (spec.expiresIn().filter(life -> life.compareTo(MAX_LIFE) > 0).isPresent()
                || spec.expiresAt()
                        .filter(when -> when.isAfter(now.plus(MAX_LIFE)))
                        .isPresent()) {
            throw invalid(
                    "Key '" + spec.name() + "' would be good for more than " + MAX_LIFE.toDays() + " days.",
                    "Choose a nearer expiry, or none.");
        }
        if (spec.expiresIn().filter(life -> life.compareTo(SHORTEST_LIFE) < 0).isPresent()
                || spec.expiresAt()
                        .filter(when -> when.isBefore(now.plus(SHORTEST_LIFE)))
                        .isPresent()) {
            throw invalid(
                    "The expiry of key '" + spec.name() + "' is not in the future; it is " + now + " now.",
                    "Choose a later expiry, or none.");
        }
        return spec.expiresAt()
                .or(() -> spec.expiresIn().map(now::plus))
                .map(when -> when.truncatedTo(ChronoUnit.MICROS));
    }

    private static void requireCovered(Principal principal, Scopes scopes, String subject) {
        if (!principal.covers(scopes)) {
            TreeSet<String> missing = new TreeSet<>(scopes.names());
            missing.removeIf(principal::may);
            throw denied(subject + " scopes that the caller does not have: " + String.join(", ", missing) + ".");
        }
    }

    private static void require(Principal principal, String permission) {
        principal.require(permission, "this");
    }

    private static boolean inserted(Principal principal, StoreSession session, ApiKey key, String action) {
        if (!key.userId().isEmpty() && session.users().find(key.userId()).isEmpty()) {
            throw invalid(
                    "There is no user " + key.userId() + " that key '" + key.name() + "' could act for.",
                    "Make the user first, or list the users to see those that exist.");
        }
        boolean isNew = session.keys().insert(key);
        if (isNew) {
            session.audit()
                    .append(AuditEntry.of(principal, action, key.id(), key.createdAt())
                            .detail("'" + key.name() + "' allows " + key.scopes() + ", plan " + key.plan()));
        }
        return isNew;
    }

    private <T> T inStore(Principal principal, Function<ApiKeyStore, T> work) {
        return inSession(principal, session -> work.apply(session.keys()));
    }

    private <T> T inSession(Principal principal, Function<StoreSession, T> work) {
        return store.inTransaction(principal.tenant(), work);
    }

    private static boolean isId(String id) {
        return ID.matcher(id).matches();
    }

    private static MeshException notFound(String id) {
        return new MeshException(
                ErrorCode.KEY_NOT_FOUND,
                isId(id) ? "There is no API key " + id + "." : "There is no API key of this id.",
                "List the keys to see those that exist.");
    }

    private static MeshException denied(String message) {
        return new MeshException(ErrorCode.PERMISSION_DENIED, message, "Ask an administrator of the tenant.");
    }

    private static MeshException invalid(String message, String fix) {
        return new MeshException(ErrorCode.INVALID_VALUE, message, fix);
    }

    /** To the microsecond, as every store can keep it. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
