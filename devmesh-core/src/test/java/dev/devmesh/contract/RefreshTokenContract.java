package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.Tenant;
import dev.devmesh.seal.Seals;
import dev.devmesh.store.RefreshTokenStore;
import dev.devmesh.token.RefreshToken;
import dev.devmesh.token.TokenFamily;
import dev.devmesh.token.TokenPair;
import dev.devmesh.token.TokenSettings;
import dev.devmesh.token.Tokens;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Refresh tokens in a store, and what the mesh promises of them over it. */
public abstract class RefreshTokenContract extends StoreTestBase {

    private static final Duration LIFE = Duration.ofDays(30);

    private ApiKeys keys;
    private Tokens tokens;
    private NewKey key;

    @BeforeEach
    void makeAKey() {
        keys = ApiKeys.in(store, clock);
        tokens = tokens(Seals.of("the same on every node of the mesh"));
        key = keys.create(ALICE, KeySpec.named("ci").scopes("contexts:read", "tools"));
    }

    private Tokens tokens(Seals seals) {
        return Tokens.in(store, clock, keys, TokenSettings.defaults(), seals);
    }

    // ---- the store

    @Test
    void aFamilyComesBackAsItWasGiven() {
        TokenFamily family = family(ACME, "fam_1");
        RefreshToken first = token(ACME, "fam_1", 1);
        begin(family, first);

        assertThat(this.<Optional<TokenFamily>>in(ACME, all -> all.lock("fam_1")))
                .contains(family);
        assertThat(this.<Optional<RefreshToken>>in(ACME, all -> all.find(first.hash())))
                .contains(first);
        assertThat(store.system().tokenFamily("fam_1")).contains(family);
        assertThat(store.system().refreshToken(first.hash())).contains(first);
    }

    @Test
    void whatIsNotThereIsNotFound() {
        assertThat(this.<Optional<TokenFamily>>in(ACME, all -> all.lock("fam_1")))
                .isEmpty();
        assertThat(this.<Optional<RefreshToken>>in(ACME, all -> all.find(hash(1))))
                .isEmpty();
        assertThat(store.system().tokenFamily("fam_1")).isEmpty();
        assertThat(store.system().refreshToken(hash(1))).isEmpty();
    }

    @Test
    void anotherTenantsTokensAreAsIfTheyDidNotExist() {
        begin(family(ACME, "fam_1"), token(ACME, "fam_1", 1));

        assertThat(this.<Optional<TokenFamily>>in(GLOBEX, all -> all.lock("fam_1")))
                .isEmpty();
        assertThat(this.<Optional<RefreshToken>>in(GLOBEX, all -> all.find(hash(1))))
                .isEmpty();
        this.<Boolean>in(GLOBEX, all -> {
            all.revoke("fam_1", clock.instant());
            return true;
        });
        assertThat(store.system().tokenFamily("fam_1").orElseThrow().revokedAt())
                .isEmpty();
        assertThatIllegalStateException()
                .isThrownBy(() -> this.<Boolean>in(GLOBEX, all -> {
                    all.replace(token(GLOBEX, "fam_1", 1), clock.instant(), token(GLOBEX, "fam_1", 2));
                    return true;
                }));
    }

    @Test
    void whatBelongsElsewhereIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> beginIn(ACME, family(GLOBEX, "fam_1"), token(ACME, "fam_1", 1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> beginIn(ACME, family(ACME, "fam_1"), token(GLOBEX, "fam_1", 1)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> beginIn(ACME, family(ACME, "fam_1"), token(ACME, "fam_2", 1)));
        assertThat(store.system().tokenFamily("fam_1")).isEmpty();
    }

    @Test
    void idsAndHashesAreTakenOnce() {
        begin(family(ACME, "fam_1"), token(ACME, "fam_1", 1));

        assertThatIllegalStateException().isThrownBy(() -> begin(family(ACME, "fam_1"), token(ACME, "fam_1", 2)));
        assertThatIllegalStateException().isThrownBy(() -> begin(family(GLOBEX, "fam_1"), token(GLOBEX, "fam_1", 2)));
        assertThatIllegalStateException().isThrownBy(() -> begin(family(ACME, "fam_2"), token(ACME, "fam_2", 1)));
        assertThat(store.system().tokenFamily("fam_2")).isEmpty();
    }

    @Test
    void aTokenIsReplacedOnce() {
        RefreshToken first = token(ACME, "fam_1", 1);
        RefreshToken second = token(ACME, "fam_1", 2);
        begin(family(ACME, "fam_1"), first);

        replace(first, second);

        assertThat(store.system().refreshToken(first.hash())).contains(first.used(clock.instant()));
        assertThat(store.system().refreshToken(second.hash())).contains(second);
        assertThatIllegalStateException().isThrownBy(() -> replace(first, token(ACME, "fam_1", 3)));
        assertThat(store.system().refreshToken(hash(3))).isEmpty();
    }

    @Test
    void aFamilyIsRevokedOnceAndKeepsItsTime() {
        begin(family(ACME, "fam_1"), token(ACME, "fam_1", 1));
        Instant when = clock.instant();

        revoke("fam_1");
        clock.advance(Duration.ofSeconds(1));
        revoke("fam_1");

        assertThat(store.system().tokenFamily("fam_1").orElseThrow().revokedAt())
                .contains(when);
    }

    @Test
    void purgingRemovesExpiredFamiliesOfEveryTenantWithTheirTokens() {
        begin(family(ACME, "fam_1"), token(ACME, "fam_1", 1));
        begin(family(GLOBEX, "fam_2"), token(GLOBEX, "fam_2", 2));
        clock.advance(Duration.ofHours(1));
        begin(family(ACME, "fam_3"), token(ACME, "fam_3", 3));

        assertThat(store.system().purge(clock.instant(), Instant.EPOCH)).isZero();
        clock.advance(LIFE.minusHours(1));
        assertThat(store.system().purge(clock.instant(), Instant.EPOCH)).isEqualTo(2);

        assertThat(store.system().tokenFamily("fam_1")).isEmpty();
        assertThat(store.system().refreshToken(hash(1))).isEmpty();
        assertThat(store.system().refreshToken(hash(2))).isEmpty();
        assertThat(store.system().refreshToken(hash(3))).isPresent();
    }

    // ---- the promise

    @Test
    void aKeyIsExchangedForAPairThatAllowsWhatItAllows() {
        TokenPair pair = tokens.exchange(shown(key));

        Principal principal = authenticated(pair);
        assertThat(principal).isEqualTo(key.key().principal());
        assertThat(pair.scopes()).isEqualTo(key.key().scopes());
        assertThat(pair.expiresIn()).isEqualTo(Duration.ofMinutes(15));
        assertThat(pair.refreshToken()).matches("dmr_[A-Za-z0-9_-]{43}");
    }

    @Test
    void neitherTokenIsInTheStore() {
        TokenPair pair = tokens.exchange(shown(key));

        RefreshToken kept =
                store.system().refreshToken(sha256(pair.refreshToken())).orElseThrow();
        assertThat(kept.toString()).doesNotContain(kept.hash(), pair.refreshToken());
        assertThat(pair.toString()).doesNotContain(pair.accessToken(), pair.refreshToken());
    }

    @Test
    void aRefreshGivesTheNextPair() {
        TokenPair first = tokens.exchange(shown(key));
        clock.advance(Duration.ofMinutes(20));

        TokenPair second = tokens.refresh(first.refreshToken());

        assertThat(second.refreshToken()).isNotEqualTo(first.refreshToken());
        assertThat(authenticated(second)).isEqualTo(key.key().principal());
        refused(ErrorCode.TOKEN_EXPIRED, () -> authenticated(first));
    }

    @Test
    void ofAHundredRefreshesAtOnceAllHaveTheSameSuccessor() throws Exception {
        TokenPair first = tokens.exchange(shown(key));
        ExecutorService threads = Executors.newFixedThreadPool(16);
        Set<String> successors = new HashSet<>();
        try {
            Callable<TokenPair> refresh = () -> tokens.refresh(first.refreshToken());
            for (Future<TokenPair> done : threads.invokeAll(
                    IntStream.range(0, 100).mapToObj(i -> refresh).toList())) {
                TokenPair pair = done.get();
                successors.add(pair.refreshToken());
                authenticated(pair);
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(successors).hasSize(1);
        String successor = successors.iterator().next();
        TokenPair next = tokens.refresh(successor);
        assertThat(authenticated(next)).isEqualTo(key.key().principal());

        clock.advance(Tokens.GRACE);
        refused(ErrorCode.REFRESH_TOKEN_REUSED, () -> tokens.refresh(first.refreshToken()));
        refused(ErrorCode.REFRESH_TOKEN_INVALID, () -> tokens.refresh(next.refreshToken()));
        refused(ErrorCode.TOKEN_REVOKED, () -> authenticated(next));
    }

    @Test
    void whoLostTheAnswerHasTheSameOnceMoreWithinTheGrace() {
        TokenPair first = tokens.exchange(shown(key));
        TokenPair second = tokens.refresh(first.refreshToken());

        clock.advance(Tokens.GRACE.minusMillis(1));

        assertThat(tokens.refresh(first.refreshToken()).refreshToken()).isEqualTo(second.refreshToken());
        assertThat(tokens(Seals.of("the same on every node of the mesh"))
                        .refresh(first.refreshToken())
                        .refreshToken())
                .as("another node")
                .isEqualTo(second.refreshToken());
    }

    @Test
    void afterTheGraceAUsedTokenEndsItsFamilyOnEveryNode() {
        Tokens elsewhere = tokens(Seals.of("the same on every node of the mesh"));
        TokenPair first = tokens.exchange(shown(key));
        TokenPair second = tokens.refresh(first.refreshToken());
        TokenPair other = tokens.exchange(shown(key));
        assertThat(elsewhere.authenticator().authenticate(bearer(second))).isPresent();

        clock.advance(Tokens.GRACE);
        MeshException refusal = refused(ErrorCode.REFRESH_TOKEN_REUSED, () -> elsewhere.refresh(first.refreshToken()));

        assertThat(refusal.sentence()).contains("used before", "POST /api/v1/auth/token");
        refused(ErrorCode.REFRESH_TOKEN_INVALID, () -> tokens.refresh(second.refreshToken()));
        clock.advance(Duration.ofSeconds(5));
        refused(ErrorCode.TOKEN_REVOKED, () -> authenticated(first));
        refused(ErrorCode.TOKEN_REVOKED, () -> authenticated(second));
        refused(ErrorCode.TOKEN_REVOKED, () -> elsewhere.authenticator().authenticate(bearer(second)));
        assertThat(authenticated(other)).as("of another sign-in").isNotNull();
    }

    @Test
    void withinTheGraceATokenWhoseSuccessorWasUsedEndsItsFamilyToo() {
        TokenPair first = tokens.exchange(shown(key));
        TokenPair second = tokens.refresh(first.refreshToken());
        TokenPair third = tokens.refresh(second.refreshToken());

        refused(ErrorCode.REFRESH_TOKEN_REUSED, () -> tokens.refresh(first.refreshToken()));

        refused(ErrorCode.REFRESH_TOKEN_INVALID, () -> tokens.refresh(third.refreshToken()));
    }

    @Test
    void aFamilyEndsThirtyDaysAfterItsBeginningHoweverOftenItIsRefreshed() {
        TokenPair pair = tokens.exchange(shown(key));
        for (int day = 1; day < 30; day++) {
            clock.advance(Duration.ofDays(1));
            pair = tokens.refresh(pair.refreshToken());
        }
        clock.advance(Duration.ofDays(1).minusMinutes(1));
        TokenPair last = tokens.refresh(pair.refreshToken());
        assertThat(last.expiresIn()).isEqualTo(Duration.ofMinutes(1));
        clock.advance(Duration.ofMinutes(1));

        refused(ErrorCode.REFRESH_TOKEN_INVALID, () -> tokens.refresh(last.refreshToken()));
    }

    @Test
    void aRevokedKeyTakesItsTokensWithIt() {
        TokenPair pair = tokens.exchange(shown(key));

        keys.revoke(ALICE, key.key().id());

        MeshException refusal = refused(ErrorCode.TOKEN_REVOKED, () -> authenticated(pair));
        assertThat(refusal)
                .hasMessageStartingWith("Token revoked: ")
                .hasMessageContaining(key.key().id());
        refused(ErrorCode.REFRESH_TOKEN_INVALID, () -> tokens.refresh(pair.refreshToken()));
        refused(ErrorCode.KEY_REVOKED, () -> tokens.exchange(shown(key)));
    }

    @Test
    void anExpiredKeyTakesItsTokensWithIt() {
        NewKey brief = keys.create(ALICE, KeySpec.named("brief").expiresIn(Duration.ofMinutes(1)));
        TokenPair pair = tokens.exchange(shown(brief));
        authenticated(pair);

        clock.advance(Duration.ofMinutes(1));

        refused(ErrorCode.TOKEN_REVOKED, () -> authenticated(pair));
        refused(ErrorCode.REFRESH_TOKEN_INVALID, () -> tokens.refresh(pair.refreshToken()));
    }

    @Test
    void takingBackOneTokenTakesBackAllOfItsSignIn() {
        TokenPair first = tokens.exchange(shown(key));
        TokenPair other = tokens.exchange(shown(key));
        TokenPair second = tokens.refresh(first.refreshToken());

        tokens.revoke(first.refreshToken());

        refused(ErrorCode.TOKEN_REVOKED, () -> authenticated(second));
        refused(ErrorCode.REFRESH_TOKEN_INVALID, () -> tokens.refresh(second.refreshToken()));
        authenticated(other);
        tokens.revoke(other.accessToken());
        refused(ErrorCode.TOKEN_REVOKED, () -> authenticated(other));
    }

    @Test
    void toTakeBackWhatIsNotGoodIsNoError() {
        TokenPair pair = tokens.exchange(shown(key));

        for (String token : List.of("", "x", "dmr_", pair.refreshToken() + "x", pair.accessToken() + "x", "a.b.c")) {
            tokens.revoke(token);
        }

        authenticated(pair);
    }

    @Test
    void aTokenAllowsWhatWasAskedForOfWhatTheKeyAllows() {
        TokenPair pair = tokens.exchange(shown(key), Scopes.of("tools:execute:add"));

        assertThat(authenticated(pair).scopes()).isEqualTo(Scopes.of("tools:execute:add"));
        TokenPair next = tokens.refresh(pair.refreshToken());
        assertThat(authenticated(next).scopes()).isEqualTo(Scopes.of("tools:execute:add"));
        assertThat(refused(
                        ErrorCode.PERMISSION_DENIED,
                        () -> tokens.exchange(shown(key), Scopes.of("tools", "contexts:write"))))
                .hasMessageContaining("contexts:write");
    }

    @Test
    void noTokenBeginsANewSignIn() {
        TokenPair pair = tokens.exchange(shown(key));

        refused(ErrorCode.PERMISSION_DENIED, () -> tokens.exchange(bearer(pair)));
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> tokens.exchange(new Credentials(pair.accessToken(), "no key of ours", "")));
        refused(ErrorCode.PERMISSION_DENIED, () -> tokens.exchange(new Credentials(pair.refreshToken(), "", "")));
        refused(ErrorCode.PERMISSION_DENIED, () -> tokens.exchange(Credentials.none()));
    }

    @Test
    void whatIsNoRefreshTokenIsRefused() {
        TokenPair pair = tokens.exchange(shown(key));
        char last = pair.refreshToken().charAt(pair.refreshToken().length() - 1);
        String altered = pair.refreshToken().substring(0, pair.refreshToken().length() - 1) + (last == 'A' ? 'E' : 'A');

        for (String token : List.of(
                "",
                "dmr_",
                altered,
                pair.refreshToken() + "=",
                " " + pair.refreshToken(),
                pair.refreshToken().toUpperCase(Locale.ROOT),
                pair.accessToken(),
                key.secret(),
                "dmr_" + "\u0000".repeat(43),
                "x".repeat(100_000))) {
            refused(ErrorCode.REFRESH_TOKEN_INVALID, () -> tokens.refresh(token));
        }
        authenticated(tokens.refresh(pair.refreshToken()));
    }

    @Test
    void withAnotherSecretTokensAreWorthNothing() {
        TokenPair pair = tokens.exchange(shown(key));

        Tokens others = tokens(Seals.random());

        refused(ErrorCode.TOKEN_SIGNATURE_INVALID, () -> others.authenticator().authenticate(bearer(pair)));
    }

    private Principal authenticated(TokenPair pair) {
        return tokens.authenticator().authenticate(bearer(pair)).orElseThrow();
    }

    private static Credentials bearer(TokenPair pair) {
        return new Credentials(pair.accessToken(), "", "127.0.0.1");
    }

    private static Credentials shown(NewKey key) {
        return new Credentials("", key.secret(), "127.0.0.1");
    }

    private TokenFamily family(Tenant tenant, String id) {
        Instant now = clock.instant();
        return new TokenFamily(
                id,
                tenant,
                "key_1",
                Scopes.of("contexts:read", "tools:execute"),
                now,
                now.plus(LIFE),
                Optional.empty());
    }

    private RefreshToken token(Tenant tenant, String family, int number) {
        return new RefreshToken(hash(number), tenant, family, number, clock.instant(), Optional.empty());
    }

    private static String hash(int number) {
        return Integer.toHexString(number).repeat(64).substring(0, 64);
    }

    private static String sha256(String secret) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private void begin(TokenFamily family, RefreshToken first) {
        beginIn(family.tenant(), family, first);
    }

    private void beginIn(Tenant tenant, TokenFamily family, RefreshToken first) {
        this.<Boolean>in(tenant, all -> {
            all.begin(family, first);
            return true;
        });
    }

    private void replace(RefreshToken used, RefreshToken successor) {
        this.<Boolean>in(ACME, all -> {
            all.lock(used.familyId());
            all.replace(used, clock.instant(), successor);
            return true;
        });
    }

    private void revoke(String family) {
        this.<Boolean>in(ACME, all -> {
            all.revoke(family, clock.instant());
            return true;
        });
    }

    private <T> T in(Tenant tenant, Function<RefreshTokenStore, T> work) {
        return store.<T>inTransaction(tenant, session -> work.apply(session.refreshTokens()));
    }
}
