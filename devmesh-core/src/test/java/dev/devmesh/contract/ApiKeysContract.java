package dev.devmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.Page;
import dev.devmesh.access.User;
import dev.devmesh.auth.ApiKey;
import dev.devmesh.auth.ApiKeys;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.KeyChange;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.RotatedKey;
import dev.devmesh.auth.Scopes;
import dev.devmesh.auth.UserRights;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** API keys and who shows them, over any store. */
public abstract class ApiKeysContract extends StoreTestBase {

    private static final String CHOSEN = "an-operator-chose-this-secret-0123456789";

    private ApiKeys keys;
    private Authenticator authenticator;

    @BeforeEach
    void openKeys() {
        keys = ApiKeys.in(store, clock);
        authenticator = keys.authenticator();
    }

    @Test
    void aKeyIsMadeShownOnceAndRecognised() {
        NewKey made = keys.create(
                ALICE,
                KeySpec.named("ci")
                        .scopes("tools:execute", "contexts:read")
                        .expiresIn(Duration.ofDays(90))
                        .plan("premium"));

        assertThat(made.secret()).matches("dmk_live_[0-9A-Za-z]{30}_[0-9A-Za-z]{6}");
        ApiKey key = made.key();
        assertThat(key.id()).startsWith("key_");
        assertThat(key.name()).isEqualTo("ci");
        assertThat(key.hash()).isEqualTo(sha256(made.secret()));
        assertThat(key.createdAt()).isEqualTo(clock.instant());
        assertThat(key.expiresAt()).contains(clock.instant().plus(Duration.ofDays(90)));
        assertThat(key.isGood(clock.instant())).isTrue();
        assertThat(keys.get(ALICE, key.id())).isEqualTo(key);
        for (Credentials shown : List.of(bearer(made.secret()), apiKey(made.secret()))) {
            Principal caller = authenticator.authenticate(shown).orElseThrow();
            assertThat(caller.tenant()).isEqualTo(ACME);
            assertThat(caller.subject()).isEqualTo("ci");
            assertThat(caller.scopes()).isEqualTo(Scopes.of("tools:execute", "contexts:read"));
            assertThat(caller.plan()).isEqualTo("premium");
            assertThat(caller.credentialId()).isEqualTo(key.id());
        }
    }

    @Test
    void neitherAKeyNorItsMakingShowsTheSecret() {
        NewKey made = keys.create(ALICE, KeySpec.named("ci"));

        assertThat(made.toString())
                .doesNotContain(made.secret())
                .doesNotContain(made.key().hash());
        assertThat(keys.get(ALICE, made.key().id()).toString())
                .doesNotContain(made.key().hash());
    }

    @Test
    void aKeyOfAUserActsForTheUser() {
        makeUserSeven();
        NewKey made = keys.create(ALICE, KeySpec.named("laptop").user("user-7"));

        assertThat(authenticator
                        .authenticate(bearer(made.secret()))
                        .orElseThrow()
                        .subject())
                .isEqualTo("user-7");
    }

    @Test
    void secretsNameTheirEnvironment() {
        NewKey made = keys.environment("test").create(ALICE, KeySpec.named("ci"));

        assertThat(made.secret()).startsWith("dmk_test_");
        assertThat(authenticator.authenticate(bearer(made.secret()))).isPresent();
    }

    @Test
    void everyTypingErrorIsUnknown() {
        String secret = keys.create(ALICE, KeySpec.named("ci")).secret();

        for (int i = 4; i < secret.length(); i++) {
            char other = secret.charAt(i) == 'x' ? 'y' : 'x';
            String typo = secret.substring(0, i) + other + secret.substring(i + 1);
            refused(ErrorCode.KEY_UNKNOWN, () -> authenticator.authenticate(bearer(typo)));
        }
        for (String garbage : List.of("dmk_", "dmk_live_", secret + "x", secret + "\n", "dmk_" + secret)) {
            refused(ErrorCode.KEY_UNKNOWN, () -> authenticator.authenticate(apiKey(garbage)));
        }
    }

    @Test
    void aSoundKeyThatWasNeverIssuedHereIsUnknown() {
        try (var elsewhere = open(clock)) {
            String foreign = ApiKeys.in(elsewhere, clock)
                    .create(ALICE, KeySpec.named("ci"))
                    .secret();

            MeshException refusal = refused(ErrorCode.KEY_UNKNOWN, () -> authenticator.authenticate(bearer(foreign)));

            assertThat(refusal.sentence()).doesNotContain(foreign);
        }
    }

    @Test
    void whatIsNoKeyMeansNothing() {
        for (String other : List.of(
                "",
                "x",
                "a".repeat(600),
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
                "not a key but long enough to be one")) {
            assertThat(authenticator.authenticate(bearer(other))).isEmpty();
            assertThat(authenticator.authenticate(apiKey(other))).isEmpty();
        }
        assertThat(authenticator.authenticate(Credentials.none())).isEmpty();
    }

    @Test
    void aBearerIsLookedAtWhenTheApiKeyMeansNothing() {
        NewKey made = keys.create(ALICE, KeySpec.named("ci"));

        assertThat(authenticator.authenticate(new Credentials(made.secret(), "something else", "")))
                .isPresent();
    }

    @Test
    void anExpiredKeySaysWhenToItsOwnerOnly() {
        NewKey made = keys.create(ALICE, KeySpec.named("ci").expiresIn(Duration.ofMinutes(5)));
        Instant expiry = clock.instant().plusSeconds(300);
        clock.advance(Duration.ofMinutes(5).minusMillis(1));
        assertThat(authenticator.authenticate(bearer(made.secret()))).isPresent();

        clock.advance(Duration.ofMillis(1));

        assertThat(refused(ErrorCode.KEY_EXPIRED, () -> authenticator.authenticate(bearer(made.secret()))))
                .hasMessageContaining(expiry.toString());
        String guessed = made.secret().substring(0, made.secret().length() - 1) + "!";
        refused(ErrorCode.KEY_UNKNOWN, () -> authenticator.authenticate(bearer(guessed)));
        assertThat(keys.get(ALICE, made.key().id()).isGood(clock.instant())).isFalse();
    }

    @Test
    void aRevokedKeyOpensNothingFromThenOn() {
        NewKey made = keys.create(ALICE, KeySpec.named("ci").expiresIn(Duration.ofDays(1)));
        clock.advance(Duration.ofMinutes(1));
        Instant when = clock.instant();

        ApiKey revoked = keys.revoke(ALICE, made.key().id());
        clock.advance(Duration.ofDays(2));

        assertThat(revoked.revokedAt()).contains(when);
        assertThat(keys.revoke(ALICE, made.key().id()).revokedAt()).contains(when);
        assertThat(refused(ErrorCode.KEY_REVOKED, () -> authenticator.authenticate(bearer(made.secret()))))
                .hasMessageContaining(when.toString());
        assertThat(keys.get(ALICE, made.key().id()).revokedAt()).contains(when);
    }

    @Test
    void theLastUseIsNotedAtMostOnceAMinute() {
        NewKey made = keys.create(ALICE, KeySpec.named("ci"));
        Instant first = clock.instant();
        assertThat(lastUse(made)).isEmpty();

        authenticator.authenticate(bearer(made.secret()));
        assertThat(lastUse(made)).contains(first);

        clock.advance(Duration.ofSeconds(59));
        authenticator.authenticate(bearer(made.secret()));
        assertThat(lastUse(made)).contains(first);

        clock.advance(Duration.ofSeconds(1));
        authenticator.authenticate(bearer(made.secret()));
        assertThat(lastUse(made)).contains(first.plusSeconds(60));
    }

    @Test
    void aRefusedKeyIsNotUsed() {
        NewKey made = keys.create(ALICE, KeySpec.named("ci"));
        keys.revoke(ALICE, made.key().id());

        refused(ErrorCode.KEY_REVOKED, () -> authenticator.authenticate(bearer(made.secret())));

        assertThat(lastUse(made)).isEmpty();
    }

    @Test
    void nobodyMakesAKeyThatCanDoMoreThanTheyCan() {
        Principal limited = Principal.of(ACME, "limited", "keys:write", "tools:execute:echo", "contexts");

        assertThat(keys.create(limited, KeySpec.named("less").scopes("contexts:read"))
                        .key()
                        .scopes())
                .isEqualTo(Scopes.of("contexts:read"));
        assertThat(refused(
                        ErrorCode.PERMISSION_DENIED,
                        () -> keys.create(limited, KeySpec.named("more").scopes("contexts:read", "tools:execute"))))
                .hasMessageContaining("tools:execute")
                .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain("contexts:read"));
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> keys.create(limited, KeySpec.named("root").scopes("admin")));
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> keys.create(limited, KeySpec.named("fast").plan("unlimited")));
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> keys.create(limited, KeySpec.named("masked").user("alice")));
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> keys.importKey(limited, KeySpec.named("root").scopes("admin"), CHOSEN));
        assertThat(keys.list(ALICE, "", 10).data()).hasSize(1);
    }

    @Test
    void noKeyIsGoodForLongerThanTheOneThatMadeIt() {
        NewKey day = keys.create(
                ALICE, KeySpec.named("day").scopes("keys:write", "contexts").expiresIn(Duration.ofDays(1)));
        Principal guest = keys.authenticator()
                .authenticate(new Credentials("", day.secret(), ""))
                .orElseThrow();

        refused(ErrorCode.PERMISSION_DENIED, () -> keys.create(guest, KeySpec.named("for ever")));
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> keys.create(guest, KeySpec.named("long").expiresIn(Duration.ofDays(2))));
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> keys.update(guest, day.key().id(), KeyChange.nothing().expiresIn(Duration.ZERO)));
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> keys.update(guest, day.key().id(), KeyChange.nothing().expiresIn(Duration.ofDays(2))));

        assertThat(keys.create(guest, KeySpec.named("hour").expiresIn(Duration.ofHours(1)))
                        .key()
                        .expiresAt())
                .isPresent();
        keys.update(guest, day.key().id(), KeyChange.nothing().expiresIn(Duration.ofHours(2)));
        keys.update(ALICE, day.key().id(), KeyChange.nothing().expiresIn(Duration.ZERO));
    }

    @Test
    void onlyWhoManagesThePlatformFreesAKeyOfAllLimits() {
        Principal onAPlan = new Principal(ACME, "admin", Scopes.of("admin"), Set.of(), Principal.DEFAULT_PLAN, "key_0");

        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> keys.create(onAPlan, KeySpec.named("fast").plan("unlimited")));
        assertThat(keys.create(onAPlan, KeySpec.named("paid").plan("premium"))
                        .key()
                        .plan())
                .isEqualTo("premium");
    }

    @Test
    void aSecretInPlaceOfAnIdIsNotRepeated() {
        NewKey made = keys.create(ALICE, KeySpec.named("ci"));

        assertThat(refused(ErrorCode.KEY_NOT_FOUND, () -> keys.get(ALICE, made.secret())))
                .satisfies(refusal -> assertThat(refusal.sentence()).doesNotContain(made.secret()));
    }

    @Test
    void aKeyIsOnItsMakersPlanUnlessAnAdministratorSaysOtherwise() {
        Principal paying = new Principal(ACME, "paying", Scopes.of("keys:write"), Set.of(), "premium", "key_0");

        assertThat(keys.create(paying, KeySpec.named("k")).key().plan()).isEqualTo("premium");
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> keys.create(paying, KeySpec.named("k").plan("default")));
        assertThat(keys.create(ALICE, KeySpec.named("k")).key().plan()).isEqualTo("default");
        assertThat(keys.create(ALICE, KeySpec.named("k").plan("unlimited"))
                        .key()
                        .plan())
                .isEqualTo("unlimited");
    }

    @Test
    void whoMayNotIsToldWhichScopeIsMissing() {
        NewKey made = keys.create(ALICE, KeySpec.named("ci").scopes("admin"));
        Principal reader = Principal.of(ACME, "reader", "keys:read");
        Principal writer = Principal.of(ACME, "writer", "keys:write");

        assertThat(refused(ErrorCode.PERMISSION_DENIED, () -> keys.create(reader, KeySpec.named("k"))))
                .hasMessageContaining("keys:write");
        assertThat(refused(
                        ErrorCode.PERMISSION_DENIED,
                        () -> keys.revoke(reader, made.key().id())))
                .hasMessageContaining("keys:write");
        assertThat(refused(ErrorCode.PERMISSION_DENIED, () -> keys.list(writer, "", 10)))
                .hasMessageContaining("keys:read");
        assertThat(refused(
                        ErrorCode.PERMISSION_DENIED,
                        () -> keys.get(writer, made.key().id())))
                .hasMessageContaining("keys:read");
        assertThat(refused(
                        ErrorCode.PERMISSION_DENIED,
                        () -> keys.revoke(writer, made.key().id())))
                .hasMessageContaining("admin");
        assertThat(keys.get(reader, made.key().id()).isGood(clock.instant())).isTrue();
    }

    @Test
    void aForeignKeyDoesNotExist() {
        NewKey made = keys.create(ALICE, KeySpec.named("ci"));

        assertThat(keys.find(GEORGE, made.key().id())).isEmpty();
        refused(ErrorCode.KEY_NOT_FOUND, () -> keys.get(GEORGE, made.key().id()));
        refused(ErrorCode.KEY_NOT_FOUND, () -> keys.revoke(GEORGE, made.key().id()));
        refused(ErrorCode.KEY_NOT_FOUND, () -> keys.get(ALICE, "no id\0"));
        assertThat(keys.list(GEORGE, "", 10).data()).isEmpty();
        assertThat(authenticator.authenticate(bearer(made.secret()))).isPresent();
    }

    @Test
    void keysAreListedNewestFirstPageByPage() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            clock.advance(Duration.ofSeconds(1));
            ids.add(0, keys.create(ALICE, KeySpec.named("k" + i)).key().id());
        }

        Page<ApiKey> first = keys.list(ALICE, "", 3);
        Page<ApiKey> second = keys.list(ALICE, first.nextCursor(), 3);

        assertThat(Stream.concat(first.data().stream(), second.data().stream()))
                .extracting(ApiKey::id)
                .containsExactlyElementsOf(ids);
        assertThat(second.isLast()).isTrue();
        refused(ErrorCode.INVALID_VALUE, () -> keys.list(ALICE, "garbage", 3));
        refused(ErrorCode.INVALID_VALUE, () -> keys.list(ALICE, "", 0));
        refused(ErrorCode.INVALID_VALUE, () -> keys.list(ALICE, "", 201));
    }

    @Test
    void aSpecificationThatMakesNoSenseIsRefused() {
        for (KeySpec spec : List.of(
                KeySpec.named(" "),
                KeySpec.named("n".repeat(201)),
                KeySpec.named("line\nbreak"),
                KeySpec.named("half \ud83d"),
                KeySpec.named("k").plan("no spaces please"),
                KeySpec.named("k").user("no\0nul"),
                KeySpec.named("k").expiresIn(Duration.ZERO),
                KeySpec.named("k").expiresIn(Duration.ofDays(-1)),
                KeySpec.named("k").expiresIn(Duration.ofSeconds(Long.MAX_VALUE)),
                KeySpec.named("k").expiresAt(clock.instant()),
                KeySpec.named("k").expiresAt(Instant.MIN),
                KeySpec.named("k").expiresAt(Instant.MAX),
                KeySpec.named("k").scopes("tools:" + "t".repeat(200)))) {
            refused(ErrorCode.INVALID_VALUE, () -> keys.create(ALICE, spec));
        }
        refused(ErrorCode.INVALID_VALUE, () -> KeySpec.named("k").scopes("Not A Scope"));
        assertThat(keys.list(ALICE, "", 10).data()).isEmpty();
    }

    @Test
    void scopesThatAllowNothingAreRefusedWithThoseThatThereAre() {
        for (String unknown : List.of("context:read", "contexts:raed", "contexts:read:ctx_1", "admin:all")) {
            MeshException refusal = refused(
                    ErrorCode.INVALID_VALUE,
                    () -> keys.create(ALICE, KeySpec.named("k").scopes("contexts", unknown)));
            assertThat(refusal.sentence()).contains(unknown);
            assertThat(refusal.fix()).contains("contexts:read, contexts:write").contains("tools:execute:github");
        }
        assertThat(keys.create(
                                ALICE,
                                KeySpec.named("k")
                                        .scopes(
                                                "tools",
                                                "tools:execute:any.thing",
                                                "prompts:get:x",
                                                "resources:read:y"))
                        .key()
                        .scopes()
                        .names())
                .hasSize(4);
    }

    @Test
    void aKeyIsChangedInWhatIsNamedAndItsSecretStays() {
        NewKey made =
                keys.create(ALICE, KeySpec.named("ci").scopes("contexts:read").expiresIn(Duration.ofDays(1)));
        assertThat(authenticator.authenticate(bearer(made.secret()))).isPresent();

        ApiKey changed = keys.update(
                ALICE,
                made.key().id(),
                KeyChange.nothing()
                        .scopes(Scopes.of("contexts:read", "tools:execute"))
                        .plan("premium"));

        assertThat(changed.name()).isEqualTo("ci");
        assertThat(changed.expiresAt()).isEqualTo(made.key().expiresAt());
        assertThat(keys.get(ALICE, changed.id()).scopes()).isEqualTo(Scopes.of("contexts:read", "tools:execute"));
        Principal caller = authenticator.authenticate(bearer(made.secret())).orElseThrow();
        assertThat(caller.may("tools:execute:echo")).isTrue();
        assertThat(caller.plan()).isEqualTo("premium");

        Instant end = clock.instant().plusSeconds(60);
        keys.update(ALICE, changed.id(), KeyChange.nothing().name("build").expiresAt(end));
        assertThat(keys.get(ALICE, changed.id()).name()).isEqualTo("build");
        assertThat(keys.get(ALICE, changed.id()).expiresAt()).contains(end);
        clock.advance(Duration.ofMinutes(1));
        refused(ErrorCode.KEY_EXPIRED, () -> authenticator.authenticate(bearer(made.secret())));

        keys.update(ALICE, changed.id(), KeyChange.nothing().expiresIn(Duration.ZERO));
        assertThat(keys.get(ALICE, changed.id()).expiresAt()).isEmpty();
        assertThat(authenticator.authenticate(bearer(made.secret()))).isPresent();
    }

    @Test
    void aChangeThatMakesNoSenseIsRefusedAndChangesNothing() {
        ApiKey key =
                keys.create(ALICE, KeySpec.named("ci").scopes("contexts:read")).key();

        for (KeyChange change : List.of(
                KeyChange.nothing().name(" "),
                KeyChange.nothing().plan(""),
                KeyChange.nothing().plan("no spaces please"),
                KeyChange.nothing().scopes(Scopes.of("nothing:known")),
                KeyChange.nothing().expiresAt(clock.instant()),
                KeyChange.nothing().expiresIn(Duration.ofDays(-1)),
                KeyChange.nothing().expiresIn(Duration.ofSeconds(Long.MAX_VALUE)))) {
            refused(ErrorCode.INVALID_VALUE, () -> keys.update(ALICE, key.id(), change));
        }
        assertThat(keys.get(ALICE, key.id())).isEqualTo(key);
        keys.revoke(ALICE, key.id());
        refused(
                ErrorCode.INVALID_VALUE,
                () -> keys.update(ALICE, key.id(), KeyChange.nothing().name("again")));
        refused(ErrorCode.INVALID_VALUE, () -> keys.rotate(ALICE, key.id(), Duration.ZERO));
        refused(
                ErrorCode.KEY_NOT_FOUND,
                () -> keys.update(GEORGE, key.id(), KeyChange.nothing().name("mine")));
        refused(ErrorCode.KEY_NOT_FOUND, () -> keys.rotate(GEORGE, key.id(), Duration.ZERO));
    }

    @Test
    void nobodyChangesOrReplacesAKeyBeyondTheirOwnRights() {
        Principal limited = Principal.of(ACME, "limited", "keys:write", "contexts");
        ApiKey less = keys.create(limited, KeySpec.named("less").scopes("contexts:read"))
                .key();
        ApiKey root = keys.create(ALICE, KeySpec.named("root").scopes("admin")).key();
        makeUserSeven();
        ApiKey theirs =
                keys.create(ALICE, KeySpec.named("theirs").user("user-7")).key();
        ApiKey fast =
                keys.create(ALICE, KeySpec.named("fast").plan("unlimited")).key();
        KeyChange rename = KeyChange.nothing().name("x");

        assertThat(keys.update(limited, less.id(), KeyChange.nothing().scopes(Scopes.of("contexts")))
                        .scopes())
                .isEqualTo(Scopes.of("contexts"));
        assertThat(refused(
                        ErrorCode.PERMISSION_DENIED,
                        () -> keys.update(
                                limited, less.id(), KeyChange.nothing().scopes(Scopes.of("tools")))))
                .hasMessageContaining("tools");
        refused(
                ErrorCode.PERMISSION_DENIED,
                () -> keys.update(limited, less.id(), KeyChange.nothing().plan("unlimited")));
        for (ApiKey foreign : List.of(root, theirs)) {
            refused(ErrorCode.PERMISSION_DENIED, () -> keys.update(limited, foreign.id(), rename));
            refused(ErrorCode.PERMISSION_DENIED, () -> keys.rotate(limited, foreign.id(), Duration.ZERO));
        }
        refused(ErrorCode.PERMISSION_DENIED, () -> keys.rotate(limited, fast.id(), Duration.ZERO));
        Principal reader = Principal.of(ACME, "reader", "keys:read");
        refused(ErrorCode.PERMISSION_DENIED, () -> keys.update(reader, less.id(), rename));
        refused(ErrorCode.PERMISSION_DENIED, () -> keys.rotate(reader, less.id(), Duration.ZERO));
        assertThat(keys.rotate(limited, less.id(), Duration.ZERO).fresh().key().scopes())
                .isEqualTo(Scopes.of("contexts"));
    }

    @Test
    void aCallerWithAUserChangesOnlyKeysOfThatUser() {
        Principal limited = Principal.of(ACME, "user-7", "keys:write", "contexts")
                .actingFor(new UserRights("user-7", true, Set.of(), Scopes.of("keys", "contexts")));
        makeUserSeven();
        ApiKey own = keys.create(ALICE, KeySpec.named("own").user("user-7")).key();
        ApiKey nobodys = keys.create(ALICE, KeySpec.named("robot")).key();

        assertThat(keys.rotate(limited, own.id(), Duration.ZERO).fresh().key().userId())
                .isEqualTo("user-7");
        refused(ErrorCode.PERMISSION_DENIED, () -> keys.rotate(limited, nobodys.id(), Duration.ZERO));
    }

    @Test
    void aReplacedKeyGoesOnForTheOverlapBesideItsSuccessor() {
        NewKey made = keys.create(
                ALICE,
                KeySpec.named("ci").scopes("contexts:read").plan("premium").expiresIn(Duration.ofDays(90)));
        clock.advance(Duration.ofDays(1));

        RotatedKey rotated = keys.rotate(ALICE, made.key().id(), ApiKeys.DEFAULT_OVERLAP);

        ApiKey fresh = rotated.fresh().key();
        assertThat(fresh.id()).isNotEqualTo(made.key().id());
        assertThat(fresh.name()).isEqualTo("ci");
        assertThat(fresh.scopes()).isEqualTo(made.key().scopes());
        assertThat(fresh.plan()).isEqualTo("premium");
        assertThat(fresh.expiresAt()).isEqualTo(made.key().expiresAt());
        assertThat(fresh.createdAt()).isEqualTo(clock.instant());
        assertThat(rotated.old().expiresAt()).contains(clock.instant().plus(Duration.ofHours(24)));
        assertThat(rotated.toString()).doesNotContain(rotated.fresh().secret());
        for (String secret : List.of(made.secret(), rotated.fresh().secret())) {
            assertThat(authenticator.authenticate(bearer(secret))).isPresent();
        }

        clock.advance(Duration.ofHours(24));
        refused(ErrorCode.KEY_EXPIRED, () -> authenticator.authenticate(bearer(made.secret())));
        assertThat(authenticator.authenticate(bearer(rotated.fresh().secret()))).isPresent();
    }

    @Test
    void anOverlapNeverMakesAKeyLastLonger() {
        NewKey made = keys.create(ALICE, KeySpec.named("ci").expiresIn(Duration.ofHours(1)));

        RotatedKey rotated = keys.rotate(ALICE, made.key().id(), Duration.ofDays(30));

        assertThat(rotated.old().expiresAt()).isEqualTo(made.key().expiresAt());
        refused(ErrorCode.INVALID_VALUE, () -> keys.rotate(ALICE, made.key().id(), Duration.ofDays(31)));
        refused(ErrorCode.INVALID_VALUE, () -> keys.rotate(ALICE, made.key().id(), Duration.ofSeconds(-1)));
        keys.rotate(ALICE, made.key().id(), Duration.ZERO);
        refused(ErrorCode.KEY_EXPIRED, () -> authenticator.authenticate(bearer(made.secret())));
        refused(ErrorCode.INVALID_VALUE, () -> keys.rotate(ALICE, made.key().id(), Duration.ZERO));
    }

    @Test
    void whatIsRememberedOfAKeyEndsWithItsRevocation() {
        NewKey made = keys.create(ALICE, KeySpec.named("ci"));
        assertThat(authenticator.authenticate(bearer(made.secret()))).isPresent();
        assertThat(keys.lookup().byId(made.key().id()))
                .hasValueSatisfying(
                        found -> assertThat(found.key().isGood(clock.instant())).isTrue());

        keys.revoke(ALICE, made.key().id());

        refused(ErrorCode.KEY_REVOKED, () -> authenticator.authenticate(bearer(made.secret())));
        assertThat(keys.lookup().byId(made.key().id()))
                .hasValueSatisfying(
                        found -> assertThat(found.key().isGood(clock.instant())).isFalse());
        assertThat(keys.lookup().byId("key_unknown")).isEmpty();
    }

    @Test
    void aCallerFindsTheKeyThatItShows() {
        NewKey made = keys.create(ALICE, KeySpec.named("ci"));

        assertThat(keys.own(authenticator.authenticate(bearer(made.secret())).orElseThrow()))
                .hasValueSatisfying(
                        key -> assertThat(key.id()).isEqualTo(made.key().id()));
        assertThat(keys.own(ALICE)).isEmpty();
    }

    @Test
    void anOperatorsOwnSecretIsRecognised() {
        ApiKey imported =
                keys.importKey(ALICE, KeySpec.named("admin").scopes("admin").plan("unlimited"), CHOSEN);

        Principal caller = authenticator.authenticate(bearer(CHOSEN)).orElseThrow();

        assertThat(caller.credentialId()).isEqualTo(imported.id());
        assertThat(caller.may("anything")).isTrue();
        assertThat(imported.hash()).isEqualTo(sha256(CHOSEN));
        assertThat(authenticator.authenticate(bearer(CHOSEN + "x"))).isEmpty();
        keys.revoke(ALICE, imported.id());
        refused(ErrorCode.KEY_REVOKED, () -> authenticator.authenticate(apiKey(CHOSEN)));
    }

    @Test
    void importingAtEveryStartGivesTheSameKey() {
        ApiKey first = keys.importKey(ALICE, KeySpec.named("admin").scopes("admin"), CHOSEN);
        clock.advance(Duration.ofDays(1));

        assertThat(keys.importKey(ALICE, KeySpec.named("admin").scopes("admin"), CHOSEN))
                .isEqualTo(first);

        assertThat(keys.list(ALICE, "", 10).data()).containsExactly(first);
        MeshException refusal =
                refused(ErrorCode.ALREADY_EXISTS, () -> keys.importKey(GEORGE, KeySpec.named("theirs"), CHOSEN));
        assertThat(refusal.sentence()).doesNotContain(CHOSEN).doesNotContain("acme");
    }

    @Test
    void aSecretIsImportedOnlyIfItCanBeRecognised() {
        String issued = keys.create(ALICE, KeySpec.named("ci")).secret();
        try (var elsewhere = open(clock)) {
            ApiKeys others = ApiKeys.in(elsewhere, clock);
            others.importKey(ALICE, KeySpec.named("moved"), issued);
            assertThat(others.authenticator().authenticate(bearer(issued))).isPresent();
        }
        for (String unusable : List.of(
                "",
                "short",
                "x".repeat(31),
                "x".repeat(513),
                "with spaces is not a good secret at all",
                "ümlauts-are-not-ascii-ümlauts-are-not-ascii",
                issued.substring(0, issued.length() - 1) + "!",
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl")) {
            MeshException refusal =
                    refused(ErrorCode.INVALID_VALUE, () -> keys.importKey(ALICE, KeySpec.named("k"), unusable));
            if (!unusable.isEmpty()) {
                assertThat(refusal.sentence()).doesNotContain(unusable);
            }
        }
    }

    private void makeUserSeven() {
        store.inTransaction(
                ACME,
                session -> session.users()
                        .insert(new User("user-7", ACME, "", "", "", clock.instant(), Optional.empty())));
    }

    private Optional<Instant> lastUse(NewKey made) {
        return keys.get(ALICE, made.key().id()).lastUsedAt();
    }

    private static Credentials bearer(String secret) {
        return new Credentials(secret, "", "127.0.0.1");
    }

    private static Credentials apiKey(String secret) {
        return new Credentials("", secret, "127.0.0.1");
    }

    private static String sha256(String secret) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
