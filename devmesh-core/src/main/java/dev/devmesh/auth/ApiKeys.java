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
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * API keys: made, listed, changed, replaced, taken back, and recognised by {@link #authenticator()}.
 *
 * <p>Every call names who is calling. Reading needs the permission {@value #READ}, everything else {@value #WRITE};
 * without it a call ends in {@link ErrorCode#PERMISSION_DENIED}. Only the caller's tenant exists: a key of another one
 * and one that never was are both {@link ErrorCode#KEY_NOT_FOUND}. All are {@link MeshException}s.
 *
 * <p>Nobody makes a key that can do more than they can: it has only scopes that the maker's scopes cover, and only an
 * administrator puts it on another plan than the maker's or has it act for another user, or for none: a key that a user makes acts for
 * that user, and is good no longer than theirs. The same holds for who changes a key or replaces it, for what it has and for what it gets. Scopes that nobody asks for are
 * refused: see {@link Permissions}.
 *
 * <p>Safe for use by many threads. Each call is a unit of work of its own, so none may be made within {@link
 * Store#inTransaction}.
 */
public final class ApiKeys {

    /** The permission to see keys, never their secrets. */
    public static final String READ = "keys:read";

    /** The permission to make, to change and to revoke keys. */
    public static final String WRITE = "keys:write";

    /** The most characters that a key's name may have. */
    public static final int MAX_NAME = 200;

    /** The most scopes that a key may have. */
    public static final int MAX_SCOPES = 100;

    /** The most characters that each scope may have. */
    public static final int MAX_SCOPE = 200;

    /** The longest that a key which expires may be good. */
    public static final Duration MAX_LIFE = Duration.ofDays(36_500);

    /** The longest that a key may go on beside the one that replaces it. */
    public static final Duration MAX_OVERLAP = Duration.ofDays(30);

    /** How long a key goes on beside the one that replaces it, where nobody says. */
    public static final Duration DEFAULT_OVERLAP = Duration.ofHours(24);

    /** The most keys that a page may hold. */
    public static final int MAX_PAGE = 200;

    private static final Duration SHORTEST_LIFE = Duration.ofMillis(1);
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_]{1,64}");
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._@+-]{0,200}");

    private final Store store;
    private final Clock clock;
    private final String environment;
    private final Revocations revocations;
    private final KeyLookup lookup;

    private ApiKeys(Store store, Clock clock, String environment, Revocations revocations, KeyLookup lookup) {
        this.store = Objects.requireNonNull(store, "store");
        this.clock = Objects.requireNonNull(clock, "clock");
        this.environment = environment;
        this.revocations = revocations;
        this.lookup = lookup;
    }

    /**
     * Keys kept in this store, whose secrets begin with {@code dmk_live_}.
     *
     * @param store not closed here
     * @param clock dates keys, and says which are expired
     */
    public static ApiKeys in(Store store, Clock clock) {
        Revocations revocations = new Revocations();
        KeyLookup lookup = new KeyLookup(store, clock);
        // before anybody else hears of it and asks
        revocations.onRevoked(lookup::forget);
        revocations.onRightsChanged((tenant, user) -> lookup.forgetAll());
        return new ApiKeys(store, clock, "live", revocations, lookup);
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
        return new ApiKeys(store, clock, name, revocations, lookup);
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
        return inSession(principal, session -> {
            insertNew(principal, session, key, "key.create");
            return new NewKey(key, secret);
        });
    }

    private static void insertNew(Principal principal, StoreSession session, ApiKey key, String action) {
        if (!inserted(principal, session, key, action)) {
            throw new IllegalStateException("two secrets of 178 random bits are the same: the random source is broken");
        }
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
        ApiKey kept = inSession(principal, session -> {
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
        lookup.forget(kept.hash()); // somebody may have shown it before it was one
        return kept;
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
        Position.requireLimit(limit, MAX_PAGE);
        Position after = Position.after(cursor);
        List<ApiKey> found = inStore(principal, keys -> keys.list(after, limit + 1));
        return Position.page(found, limit, key -> new Position(key.createdAt(), key.id()));
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

    /**
     * Changes a key, effective at once here and on other nodes within five seconds. What is open by it and by other rights than it
     * has then is ended.
     *
     * @throws MeshException {@link ErrorCode#PERMISSION_DENIED} also if the key can do more than the caller, or acts for another user;
     *     {@link ErrorCode#INVALID_VALUE} if it was revoked
     */
    public ApiKey update(Principal principal, String id, KeyChange change) {
        require(principal, WRITE);
        ApiKey[] before = new ApiKey[1];
        ApiKey after = inSession(principal, session -> {
            ApiKey key = lockedToChange(principal, session.keys(), id);
            ApiKey changed = changed(principal, key, change);
            if (!changed.expiresAt().equals(key.expiresAt())) {
                requireNoLonger(principal, session, changed.expiresAt());
            }
            session.keys().update(changed);
            session.audit()
                    .append(AuditEntry.of(principal, "key.update", id, now()).detail(described(changed)));
            before[0] = key;
            return changed;
        });
        if (before[0].principal().equals(after.principal())) {
            lookup.forget(id);
        } else {
            revocations.revokedHere(id);
        }
        return after;
    }

    /**
     * Makes a key that takes the place of another one: of the same name, scopes, plan, user and expiry. The old one is good for the
     * overlap from now on, or until its expiry if that comes first.
     *
     * @param overlap 0 to {@link #MAX_OVERLAP}
     * @throws MeshException {@link ErrorCode#PERMISSION_DENIED} also if the key can do more than the caller, acts for another user or
     *     is on another plan; {@link ErrorCode#INVALID_VALUE} if it is good no longer
     */
    public RotatedKey rotate(Principal principal, String id, Duration overlap) {
        require(principal, WRITE);
        if (overlap.isNegative() || overlap.compareTo(MAX_OVERLAP) > 0) {
            throw invalid(
                    "The overlap must be 0 to " + MAX_OVERLAP.toSeconds() + " seconds.",
                    "Choose how long both keys are good: long enough to hand the new one out.");
        }
        String secret = KeySecret.next(environment);
        RotatedKey rotated = inSession(principal, session -> {
            ApiKey key = lockedToChange(principal, session.keys(), id);
            Instant now = now();
            if (key.isExpired(now)) {
                throw invalid(
                        "Key " + id + " was good until " + key.expiresAt().orElseThrow() + ", and is not replaced.",
                        "Make a new key.");
            }
            requirePlan(principal, key.plan());
            Instant end = now.plus(overlap);
            ApiKey old = key.expiring(
                    key.expiresAt().filter(expiry -> expiry.isBefore(end)).or(() -> Optional.of(end)));
            session.keys().update(old);
            ApiKey fresh = new ApiKey(
                    Ids.next("key_"),
                    key.tenant(),
                    key.userId(),
                    key.name(),
                    KeySecret.hash(secret),
                    key.scopes(),
                    key.plan(),
                    now,
                    key.expiresAt(),
                    Optional.empty(),
                    Optional.empty());
            session.audit()
                    .append(AuditEntry.of(principal, "key.rotate", id, now)
                            .detail("replaced by " + fresh.id() + ", good until "
                                    + old.expiresAt().orElseThrow()));
            insertNew(principal, session, fresh, "key.create");
            return new RotatedKey(new NewKey(fresh, secret), old);
        });
        lookup.forget(id);
        return rotated;
    }

    private static ApiKey lockedToChange(Principal principal, ApiKeyStore keys, String id) {
        ApiKey key = (isId(id) ? keys.lock(id) : Optional.<ApiKey>empty()).orElseThrow(() -> notFound(id));
        requireCovered(principal, key.scopes(), "Key " + key.id() + " has");
        requireOwn(principal, key);
        if (key.revokedAt().isPresent()) {
            throw invalid(
                    "Key " + id + " was revoked at " + key.revokedAt().get() + ", and stays so.", "Make a new key.");
        }
        return key;
    }

    /** Whoever changes or replaces a key has it act as they like, so it has to act for them. */
    private static void requireOwn(Principal principal, ApiKey key) {
        String ownUser = principal.user().map(UserRights::id).orElse("");
        if (!key.userId().equals(ownUser) && !principal.may(Scopes.ADMIN)) {
            throw denied("Only an administrator may change or replace a key that acts for another user, or for none.");
        }
    }

    private ApiKey changed(Principal principal, ApiKey key, KeyChange change) {
        Instant now = now();
        boolean never = change.expiresIn().filter(Duration::isZero).isPresent();
        KeySpec wanted = new KeySpec(
                change.name().orElse(key.name()),
                change.scopes().orElse(key.scopes()),
                change.plan().orElse(key.plan()),
                key.userId(),
                never ? Optional.empty() : change.expiresIn(),
                change.expiresAt());
        checkForm(wanted);
        if (wanted.plan().isEmpty()) {
            throw invalid("A key needs a plan.", "Leave the plan out to keep it as it is.");
        }
        if (!wanted.scopes().equals(key.scopes())) {
            requireKnown(wanted);
            requireCovered(principal, wanted.scopes(), "Key '" + wanted.name() + "' would get");
        }
        if (!wanted.plan().equals(key.plan())) {
            requirePlan(principal, wanted.plan());
        }
        boolean sameExpiry = change.expiresIn().isEmpty() && change.expiresAt().isEmpty();
        return new ApiKey(
                key.id(),
                key.tenant(),
                key.userId(),
                wanted.name(),
                key.hash(),
                wanted.scopes(),
                wanted.plan(),
                key.createdAt(),
                sameExpiry ? key.expiresAt() : expiry(wanted, now),
                key.revokedAt(),
                key.lastUsedAt());
    }

    private static void requirePlan(Principal principal, String plan) {
        if (!plan.equals(principal.plan()) && !principal.may(Scopes.ADMIN)) {
            throw denied(
                    "Only an administrator may put a key on another plan than their own, '" + principal.plan() + "'.");
        }
        if (plan.equals(Principal.UNLIMITED_PLAN)
                && !principal.plan().equals(plan)
                && !principal.may(Scopes.PLATFORM)) {
            throw denied("Only who manages the platform may free a key of all limits.");
        }
    }

    /** Whose own key ends gives no more than they have: no key of theirs is good for longer, unless they are administrators. */
    private static void requireNoLonger(Principal principal, StoreSession session, Optional<Instant> expiry) {
        if (principal.may(Scopes.ADMIN)) {
            return;
        }
        Optional<Instant> own = session.keys().find(principal.credentialId()).flatMap(ApiKey::expiresAt);
        if (own.isPresent() && expiry.filter(end -> !end.isAfter(own.get())).isEmpty()) {
            throw denied("The key would be good for longer than the caller's own, which ends at " + own.get() + ".");
        }
    }

    /** The key by which the caller is known, whatever it may do; empty for who is known otherwise. */
    public Optional<ApiKey> own(Principal principal) {
        String id = principal.credentialId();
        return isId(id) ? inStore(principal, keys -> keys.find(id)) : Optional.empty();
    }

    /** How keys are found before their tenant is known, for who recognises what was made from one. */
    public KeyLookup lookup() {
        return lookup;
    }

    /** Where it is told that keys were taken back or have other rights. */
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
        return new KeyAuthenticator(store, lookup, clock);
    }

    /** Whether calls may wait for I/O. */
    public boolean blocking() {
        return store.blocking();
    }

    private ApiKey made(Principal principal, KeySpec spec, String secret) {
        require(principal, WRITE);
        checkForm(spec);
        requireKnown(spec);
        requireCovered(principal, spec.scopes(), "Key '" + spec.name() + "' asks for");
        boolean administrator = principal.may(Scopes.ADMIN);
        String ownPlan = administrator ? Principal.DEFAULT_PLAN : principal.plan();
        String plan = spec.plan().isEmpty() ? ownPlan : spec.plan();
        requirePlan(principal, plan);
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

    private static void requireKnown(KeySpec spec) {
        TreeSet<String> unknown = new TreeSet<>(spec.scopes().names());
        unknown.removeIf(Permissions::isKnown);
        if (!unknown.isEmpty()) {
            throw invalid(
                    "Key '" + spec.name() + "' asks for scopes that allow nothing: " + String.join(", ", unknown) + ".",
                    "Scopes are admin, "
                            + Permissions.all().stream()
                                    .map(Permissions.Known::name)
                                    .collect(Collectors.joining(", "))
                            + ", what stands above them, as contexts, and what stands below tools:execute,"
                            + " resources:read and prompts:get, as tools:execute:github.");
        }
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
        Set<String> missing = principal.lacking(scopes);
        if (!missing.isEmpty()) {
            throw denied(subject + " scopes that the caller does not have: " + String.join(", ", missing) + ".");
        }
    }

    private static void require(Principal principal, String permission) {
        principal.require(permission, "this");
    }

    private static boolean inserted(Principal principal, StoreSession session, ApiKey key, String action) {
        requireNoLonger(principal, session, key.expiresAt());
        if (!key.userId().isEmpty() && session.users().find(key.userId()).isEmpty()) {
            throw invalid(
                    "There is no user " + key.userId() + " that key '" + key.name() + "' could act for.",
                    "Make the user first, or list the users to see those that exist.");
        }
        boolean isNew = session.keys().insert(key);
        if (isNew) {
            session.audit()
                    .append(AuditEntry.of(principal, action, key.id(), key.createdAt())
                            .detail(described(key)));
        }
        return isNew;
    }

    private static String described(ApiKey key) {
        return "'" + key.name() + "' allows " + key.scopes() + ", plan " + key.plan()
                + key.expiresAt().map(end -> ", good until " + end).orElse("");
    }

    private <T> T inStore(Principal principal, Function<ApiKeyStore, T> work) {
        return inSession(principal, session -> work.apply(session.keys()));
    }

    private <T> T inSession(Principal principal, Function<StoreSession, T> work) {
        return store.inTransaction(principal.tenant(), work);
    }

    private static boolean isId(String id) {
        return ID.matcher(id).matches() && !id.startsWith(KeySecret.PREFIX); // a secret is not looked up, nor repeated
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
