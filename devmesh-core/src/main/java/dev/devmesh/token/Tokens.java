package dev.devmesh.token;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.audit.AuditEntry;
import dev.devmesh.audit.AuditOutcome;
import dev.devmesh.auth.ApiKey;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.KeyStanding;
import dev.devmesh.auth.PermissionDeniedException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.json.Json;
import dev.devmesh.seal.Seals;
import dev.devmesh.store.Ids;
import dev.devmesh.store.RefreshTokenStore;
import dev.devmesh.store.Store;
import dev.devmesh.store.StoreSession;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The mesh's own tokens: an API key is exchanged for a short-lived access token, a signed JSON Web Token, and an opaque refresh
 * token, which gives the next pair.
 *
 * <p>All that comes of one exchange is a family. An access token never allows more than its key does at the moment it is shown,
 * and is worth nothing once its key or its family was taken back; other nodes know within five seconds. A refresh token works
 * once. A client that lost the answer may send it again for {@link #GRACE} and gets the same successor, as long as nobody used
 * that one; afterwards a used token is taken for stolen, and the whole family for lost.
 *
 * <p>Calls throw {@link MeshException}s. Safe for use by many threads. Each call is a unit of work of its own, so none may be made
 * within {@link Store#inTransaction}.
 */
public final class Tokens {

    /** How long a refresh token that was used may come again. */
    public static final Duration GRACE = Duration.ofSeconds(10);

    /** How many refreshes a family allows: more than it needs in its longest life, and an end to who refreshes in a loop. */
    public static final int MAX_REFRESHES = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);
    private static final String BEGIN_ANEW = "Exchange the API key again: POST /api/v1/auth/token.";

    private final Store store;
    private final Clock clock;
    private final TokenSettings settings;
    private final ApiKeys keys;
    private final Authenticator keyHolders;
    private final AccessTokens access;
    private final FamilyLookup families;
    private final byte[] successorKey;

    private Tokens(Store store, Clock clock, ApiKeys keys, TokenSettings settings, Seals seals) {
        this.store = Objects.requireNonNull(store, "store");
        this.clock = Objects.requireNonNull(clock, "clock");
        this.settings = settings;
        this.keys = keys;
        this.keyHolders = keys.authenticator();
        this.access = new AccessTokens(SigningKey.of(settings, seals), settings, clock);
        this.families = new FamilyLookup(store, clock);
        this.successorKey = seals.keyFor("refresh tokens");
    }

    /**
     * Tokens for the keys of this store.
     *
     * @param store not closed here
     * @param clock dates tokens, and says which are expired
     * @param keys those that can be exchanged
     * @param settings without {@link TokenSettings#problems}
     * @param seals derive what the settings leave open; the same on every node
     * @throws IllegalArgumentException if the settings have problems with their key
     */
    public static Tokens in(Store store, Clock clock, ApiKeys keys, TokenSettings settings, Seals seals) {
        return new Tokens(store, clock, keys, settings, seals);
    }

    /** Exchanges an API key for a first pair that allows what the key does. See {@link #exchange(Credentials, Scopes)}. */
    public TokenPair exchange(Credentials credentials) {
        return exchanged(credentials, Optional.empty());
    }

    /**
     * Exchanges an API key for a first pair.
     *
     * <p>The key itself has to be shown, and not somebody who was authenticated: a token must not begin a new family, or it would
     * never end.
     *
     * @param scopes what the tokens are to allow, of what the key does
     * @throws MeshException one of the {@code KEY_} codes if the key is not good; {@link ErrorCode#PERMISSION_DENIED} if what is
     *     shown is no API key, or one that does not have these scopes
     */
    public TokenPair exchange(Credentials credentials, Scopes scopes) {
        return exchanged(credentials, Optional.of(scopes));
    }

    private TokenPair exchanged(Credentials credentials, Optional<Scopes> wanted) {
        Principal principal = keyHolders
                .authenticate(credentials)
                .orElseThrow(() -> new MeshException(
                        ErrorCode.PERMISSION_DENIED,
                        "Only an API key can be exchanged for tokens, and the credential is none.",
                        "Send the key in the header X-API-Key; a token is renewed by POST /api/v1/auth/refresh."));
        Scopes scopes = wanted.orElse(principal.scopes());
        scopes.names().stream()
                .filter(name -> !principal.scopes().permits(name))
                .findFirst()
                .ifPresent(missing -> {
                    throw new PermissionDeniedException(principal, missing, "A token with this scope");
                });
        Instant now = now();
        TokenFamily family = new TokenFamily(
                Ids.next("fam_"),
                principal.tenant(),
                principal.credentialId(),
                scopes,
                now,
                now.plus(settings.refreshTtl()),
                Optional.empty());
        String secret = RefreshSecret.next();
        TokenPair pair = pair(family, principal, secret, now);
        RefreshToken first =
                new RefreshToken(RefreshSecret.hash(secret), family.tenant(), family.id(), 0, now, Optional.empty());
        inStore(family, session -> {
            session.refreshTokens().begin(family, first);
            session.audit().append(AuditEntry.of(principal, "token.issue", family.id(), now));
            return true;
        });
        return pair;
    }

    /**
     * Exchanges a refresh token for the next pair.
     *
     * @throws MeshException {@link ErrorCode#REFRESH_TOKEN_INVALID} if it is not good, or its key is not; {@link
     *     ErrorCode#REFRESH_TOKEN_REUSED} if it was used longer ago than {@link #GRACE}, or its successor was used, which ends its family
     */
    public TokenPair refresh(String refreshToken) {
        RefreshToken shown = stored(refreshToken).orElseThrow(() -> refused("nobody knows it here."));
        TokenFamily known = store.system()
                .tokenFamily(shown.familyId())
                .orElseThrow(() -> refused("the sign-in it came from is gone."));
        Principal principal = owner(known.keyId(), Tokens::refused);
        Instant now = now();
        Outcome outcome = inStore(known, session -> renewed(session, principal, refreshToken, shown, now));
        if (outcome instanceof Outcome.Reused) {
            families.forget(known.id());
            LOG.warn(
                    "A used refresh token came again: family {} of key {} of tenant {} is revoked",
                    known.id(),
                    known.keyId(),
                    known.tenant());
            throw new MeshException(
                    ErrorCode.REFRESH_TOKEN_REUSED,
                    "Refresh token refused: it was used before, so somebody else may have it, and all tokens of the same sign-in"
                            + " are taken back.",
                    BEGIN_ANEW);
        }
        if (outcome instanceof Outcome.Refused refused) {
            throw refused(refused.why());
        }
        Outcome.Renewed renewed = (Outcome.Renewed) outcome;
        return pair(renewed.family(), principal, renewed.secret(), now);
    }

    /** What became of a refresh; a refusal must not undo what is noted with it. */
    private sealed interface Outcome {

        record Renewed(TokenFamily family, String secret) implements Outcome {}

        record Reused() implements Outcome {}

        record Refused(String why) implements Outcome {}
    }

    private Outcome renewed(StoreSession session, Principal principal, String secret, RefreshToken shown, Instant now) {
        RefreshTokenStore tokens = session.refreshTokens();
        TokenFamily family = tokens.lock(shown.familyId()).orElse(null);
        if (family == null) {
            return new Outcome.Refused("the sign-in it came from is gone.");
        }
        if (family.revokedAt().isPresent()) {
            return new Outcome.Refused(
                    "it was taken back at " + family.revokedAt().get() + ".");
        }
        if (family.isExpired(now)) {
            return new Outcome.Refused("it was good until " + family.expiresAt() + ", and it is " + now + " here.");
        }
        RefreshToken token = tokens.find(shown.hash()).orElseThrow();
        String next = RefreshSecret.successor(successorKey, secret);
        if (token.usedAt().isPresent()) {
            boolean lately = now.isBefore(token.usedAt().get().plus(GRACE));
            boolean nextIsUnused = tokens.find(RefreshSecret.hash(next))
                    .filter(successor -> successor.usedAt().isEmpty())
                    .isPresent();
            if (lately && nextIsUnused) {
                return new Outcome.Renewed(family, next);
            }
            tokens.revoke(family.id(), now);
            session.audit()
                    .append(AuditEntry.of(principal, "token.reuse", family.id(), now)
                            .outcome(AuditOutcome.DENIED)
                            .detail("a used refresh token came again; all tokens of its sign-in are taken back"));
            return new Outcome.Reused();
        }
        if (token.generation() >= MAX_REFRESHES) {
            return new Outcome.Refused("its sign-in was refreshed " + MAX_REFRESHES + " times, which is the most.");
        }
        tokens.replace(
                token,
                now,
                new RefreshToken(
                        RefreshSecret.hash(next),
                        family.tenant(),
                        family.id(),
                        token.generation() + 1,
                        now,
                        Optional.empty()));
        session.audit().append(AuditEntry.of(principal, "token.refresh", family.id(), now));
        return new Outcome.Renewed(family, next);
    }

    /**
     * Takes back all tokens of the family that this refresh or access token belongs to. A token that is not good has nothing that
     * could be taken back: then nothing happens.
     */
    public void revoke(String token) {
        Optional<TokenFamily> family = token.startsWith(RefreshSecret.PREFIX)
                ? stored(token).flatMap(found -> store.system().tokenFamily(found.familyId()))
                : familyOfAccess(token);
        family.ifPresent(found -> {
            inStore(found, session -> {
                Instant now = now();
                boolean good = session.refreshTokens()
                        .lock(found.id())
                        .filter(locked -> locked.revokedAt().isEmpty())
                        .isPresent();
                if (good) {
                    session.refreshTokens().revoke(found.id(), now);
                    session.audit().append(revocation(session, found, now));
                }
                return true;
            });
            families.forget(found.id());
        });
    }

    /** By the holder of the token, whom nobody asked who it is: so the name is that of the key. */
    private static AuditEntry revocation(StoreSession session, TokenFamily family, Instant now) {
        String name = session.keys().find(family.keyId()).map(ApiKey::name).orElse(AuditEntry.ANONYMOUS);
        Principal holder =
                new Principal(family.tenant(), name, Scopes.none(), Set.of(), Principal.DEFAULT_PLAN, family.keyId());
        return AuditEntry.of(holder, "token.revoke", family.id(), now);
    }

    private Optional<TokenFamily> familyOfAccess(String token) {
        try {
            AccessClaims claims = access.read(CompactToken.read(token));
            return store.system().tokenFamily(claims.familyId()).filter(family -> isOf(family, claims));
        } catch (MeshException notGood) {
            return Optional.empty();
        }
    }

    /**
     * Recognises access tokens, shown as a bearer token. A token of another issuer means nothing to it; one that names this issuer,
     * or none, is refused with one of the {@code TOKEN_} codes if it is not good.
     */
    public Authenticator authenticator() {
        return new Authenticator() {
            @Override
            public Optional<Principal> authenticate(Credentials credentials) {
                return principalOf(credentials.bearer());
            }

            @Override
            public boolean blocking() {
                return store.blocking();
            }
        };
    }

    private Optional<Principal> principalOf(String bearer) {
        if (RefreshSecret.isSound(bearer)) {
            throw new MeshException(
                    ErrorCode.TOKEN_INVALID,
                    "Invalid token: this is a refresh token, which opens nothing itself.",
                    "Send it to POST /api/v1/auth/refresh, and the access_token of the answer here.");
        }
        if (!CompactToken.isMeant(bearer)) {
            return Optional.empty();
        }
        CompactToken token = CompactToken.read(bearer);
        return access.isForeign(token) ? Optional.empty() : Optional.of(admitted(access.read(token)));
    }

    private Principal admitted(AccessClaims claims) {
        TokenFamily family = families.find(claims.familyId())
                .filter(found -> isOf(found, claims))
                .orElseThrow(() -> takenBack("the sign-in it came from is gone."));
        if (family.revokedAt().isPresent()) {
            throw takenBack("it was taken back at " + family.revokedAt().get() + ".");
        }
        Principal owner = owner(claims.keyId(), Tokens::takenBack);
        return owner.narrowed(claims.scopes());
    }

    private static boolean isOf(TokenFamily family, AccessClaims claims) {
        return family.tenant().equals(claims.tenant()) && family.keyId().equals(claims.keyId());
    }

    /**
     * Says what is in a token and how each check of it goes, here and now. Neither the key nor the signature is in the answer.
     *
     * @param token an access token, or what somebody took for one
     */
    public TokenInspection inspect(String token) {
        List<TokenInspection.Check> checks = new ArrayList<>();
        CompactToken read;
        try {
            read = CompactToken.read(token);
        } catch (MeshException malformed) {
            checks.add(new TokenInspection.Check(
                    "form",
                    false,
                    "a signed token of 3 parts, at most " + CompactToken.LONGEST + " characters",
                    String.valueOf(malformed.getMessage())));
            return new TokenInspection(Json.object(), Json.object(), checks);
        }
        checks.add(new TokenInspection.Check("form", true, "a signed token of 3 parts", "one"));
        access.inspect(read, checks);
        if (checks.stream().allMatch(TokenInspection.Check::passed)) {
            checks.add(standing(read));
        }
        return new TokenInspection(read.header(), read.claims(), checks);
    }

    private TokenInspection.Check standing(CompactToken token) {
        String expected = "neither it nor its key taken back";
        try {
            admitted(access.read(token));
            return new TokenInspection.Check("standing", true, expected, "neither");
        } catch (MeshException refusal) {
            return new TokenInspection.Check("standing", false, expected, String.valueOf(refusal.getMessage()));
        }
    }

    // ---- what tokens are made of

    private TokenPair pair(TokenFamily family, Principal owner, String refreshToken, Instant now) {
        Scopes scopes = family.scopes().and(owner.scopes());
        Instant end = earlier(now.plus(settings.accessTtl()), family.expiresAt());
        String token = access.write(new AccessClaims(
                Ids.next(""), owner.subject(), family.tenant(), scopes, family.keyId(), family.id(), now, end));
        return new TokenPair(token, Duration.between(now, end), refreshToken, scopes);
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }

    /** Who acts by the key of a token now: what befell the key befell what was made of it. */
    private Principal owner(String keyId, Function<String, MeshException> refusal) {
        KeyStanding found = keys.lookup().byId(keyId).orElseThrow(() -> refusal.apply("its API key is gone."));
        try {
            return found.admit(now());
        } catch (MeshException notGood) {
            if (notGood.code() == ErrorCode.KEY_REVOKED || notGood.code() == ErrorCode.KEY_EXPIRED) {
                throw refusal.apply(String.valueOf(notGood.getMessage()));
            }
            throw notGood;
        }
    }

    private Optional<RefreshToken> stored(String secret) {
        return RefreshSecret.isSound(secret)
                ? store.system().refreshToken(RefreshSecret.hash(secret))
                : Optional.empty();
    }

    private <T> T inStore(TokenFamily family, Function<StoreSession, T> work) {
        return store.inTransaction(family.tenant(), work);
    }

    private static MeshException takenBack(String why) {
        return new MeshException(ErrorCode.TOKEN_REVOKED, "Token revoked: " + why, BEGIN_ANEW);
    }

    private static MeshException refused(String why) {
        return new MeshException(ErrorCode.REFRESH_TOKEN_INVALID, "Refresh token refused: " + why, BEGIN_ANEW);
    }

    /** To the microsecond, as every store can keep it. */
    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
