package dev.devmesh.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.access.NewUser;
import dev.devmesh.access.User;
import dev.devmesh.access.UserChange;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.PermissionDeniedException;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Standing;
import dev.devmesh.auth.Tenant;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.contract.StubIssuer;
import dev.devmesh.outbound.OutboundAllow;
import dev.devmesh.outbound.OutboundClient;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExternalIssuerTest {

    private static final RSAKey KEY = StubIssuer.rsa("one");
    private static final RSAKey NEXT = StubIssuer.rsa("two");

    private final SettableClock clock = new SettableClock();
    private final StubIssuer stub = new StubIssuer(clock).publishing(KEY.toPublicJWK());
    private OutboundClient outbound;
    private ExternalIssuers issuers;

    @BeforeEach
    void open() {
        outbound =
                OutboundClient.builder().allow(OutboundAllow.of(stub.allow())).build();
        issuers = knowing(stub.issuer());
    }

    @AfterEach
    void close() {
        outbound.close();
        stub.close();
    }

    private ExternalIssuers knowing(ExternalIssuer issuer) {
        return new ExternalIssuers(List.of(issuer), () -> outbound, (tenant, subject) -> Standing.good(), clock);
    }

    private Principal principal(String token) {
        return issuers.authenticate(new Credentials(token, "", "")).orElseThrow();
    }

    private MeshException refusal(String token) {
        return catchThrowableOfType(MeshException.class, () -> principal(token));
    }

    private void assertRefused(String token, ErrorCode code) {
        assertThat(refusal(token))
                .as(token)
                .isNotNull()
                .extracting(MeshException::code)
                .isEqualTo(code);
    }

    // ---- whom a token stands for

    @Test
    void aGoodTokenSaysWhoIsCallingAndWhatItAllows() {
        Principal ada = principal(stub.token(KEY));

        assertThat(ada.subject()).isEqualTo("ada");
        assertThat(ada.tenant()).isEqualTo(Tenant.single());
        assertThat(ada.plan()).isEqualTo("default");
        assertThat(ada.may("tools:execute:add")).isTrue();
        assertThat(ada.may("contexts:read")).isFalse();
    }

    @Test
    void allTokensOfAPersonCountAsOneCredentialAndThoseOfOthersDoNot() {
        String first = principal(stub.token(KEY)).credentialId();
        clock.advance(Duration.ofSeconds(1));

        assertThat(principal(stub.token(KEY)).credentialId()).isEqualTo(first);
        assertThat(principal(stub.token(KEY, claims -> claims.subject("bob"))).credentialId())
                .isNotEqualTo(first);
    }

    @Test
    void scopesMayBeAListAndNamesThatAreNoScopesAreLeftOut() {
        Principal ada = principal(stub.token(
                KEY, claims -> claims.claim("scope", null).claim("scp", List.of("contexts:read", "Mail.Read", "a b"))));

        assertThat(ada.scopes().names()).containsExactly("contexts:read");
    }

    @Test
    void noTokenOfAnotherIssuerAllowsWhatConcernsAllTenants() {
        Principal ada = principal(stub.token(KEY, claims -> claims.claim("scope", "admin platform platform:tenants")));

        assertThat(ada.scopes().names()).containsExactly("admin");
        assertThat(ada.may("platform:tenants")).isFalse();
    }

    @Test
    void theTenantIsTheConfiguredOneOrWhatTheClaimNames() {
        String token = stub.token(KEY, claims -> claims.claim("org", "acme"));
        issuers = knowing(stub.issuer().tenant(new Tenant("globex")));
        assertThat(principal(token).tenant()).isEqualTo(new Tenant("globex"));

        issuers = knowing(stub.issuer().tenantClaim("org").plan("premium"));
        assertThat(principal(token).tenant()).isEqualTo(new Tenant("acme"));
        assertThat(principal(token).plan()).isEqualTo("premium");
        assertRefused(stub.token(KEY), ErrorCode.TOKEN_INVALID);
        assertRefused(stub.token(KEY, claims -> claims.claim("org", "../acme")), ErrorCode.TOKEN_INVALID);
    }

    @Test
    void everyAlgorithmThatIsConfiguredIsUnderstood() throws Exception {
        ECKey curve = StubIssuer.ec("curve");
        KeyPair edwards = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        byte[] encoded = edwards.getPublic().getEncoded();
        OctetKeyPair published = new OctetKeyPair.Builder(
                        Curve.Ed25519,
                        Base64URL.encode(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)))
                .keyID("edwards")
                .build();
        stub.publishing(KEY.toPublicJWK(), curve.toPublicJWK(), published);
        issuers = knowing(stub.issuer().algorithms("RS256", "PS384", "ES256", "EdDSA"));

        assertThat(principal(stub.token(KEY)).subject()).isEqualTo("ada");
        assertThat(principal(StubIssuer.signed(
                        header(JWSAlgorithm.PS384, "one"), KEY, stub.claims().build())))
                .isNotNull();
        assertThat(principal(StubIssuer.signed(
                        header(JWSAlgorithm.ES256, "curve"),
                        curve,
                        stub.claims().build())))
                .isNotNull();
        assertThat(principal(byEdwards(edwards, header(JWSAlgorithm.EdDSA, "edwards"))))
                .isNotNull();
        assertRefused(
                byEdwards(
                        KeyPairGenerator.getInstance("Ed25519").generateKeyPair(),
                        header(JWSAlgorithm.EdDSA, "edwards")),
                ErrorCode.TOKEN_SIGNATURE_INVALID);
    }

    private static JWSHeader header(JWSAlgorithm algorithm, String kid) {
        return new JWSHeader.Builder(algorithm).keyID(kid).build();
    }

    private String byEdwards(KeyPair pair, JWSHeader header) throws Exception {
        SignedJWT unsigned = new SignedJWT(header, stub.claims().build());
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(unsigned.getSigningInput());
        return new String(unsigned.getSigningInput(), StandardCharsets.US_ASCII) + "."
                + Base64URL.encode(signature.sign());
    }

    @Test
    void aUserWithThatSubjectBoundsWhatTheTokenAllowsAndCanBeShutOut() {
        Principal platform = Principal.of(Tenant.single(), "root", "platform");
        Principal admin = Principal.administrator(new Tenant("acme"), "root");
        try (DevMesh mesh = DevMesh.builder()
                .issuer(stub.issuer().tenant(new Tenant("acme")))
                .outboundAllow(OutboundAllow.of(stub.allow()))
                .clock(clock)
                .build()) {
            mesh.access().tenants().create(platform, "acme", "Acme");
            Credentials shown = new Credentials(
                    stub.token(KEY, claims -> claims.claim("scope", "tools:execute contexts:read")), "", "");
            assertThat(mesh.authenticate(shown).user()).isEmpty();

            User ada = mesh.access().users().create(admin, NewUser.named("Ada").subject("ada"));
            mesh.access().users().give(admin, ada.id(), "reader");

            Principal reader = mesh.authenticate(shown);
            assertThat(reader.user()).isPresent();
            assertThat(reader.may("contexts:read")).isTrue();
            assertThat(reader.may("contexts:write")).isFalse();
            assertThatThrownBy(() -> reader.require("tools:execute:add", "Tool 'add'"))
                    .isInstanceOfSatisfying(
                            PermissionDeniedException.class,
                            denied -> assertThat(denied.missingScope()).isEmpty());
            assertThatThrownBy(() -> reader.require("contexts:write", "This"))
                    .isInstanceOfSatisfying(
                            PermissionDeniedException.class,
                            denied -> assertThat(denied.missingScope()).contains("contexts:write"));

            mesh.access().users().update(admin, ada.id(), UserChange.none().disabled(true));
            assertRefused(mesh, shown, ErrorCode.USER_DISABLED);

            mesh.access().users().update(admin, ada.id(), UserChange.none().disabled(false));
            mesh.access().tenants().suspend(platform, "acme");
            assertRefused(mesh, shown, ErrorCode.TENANT_SUSPENDED);
        }
    }

    private static void assertRefused(DevMesh mesh, Credentials shown, ErrorCode code) {
        assertThatThrownBy(() -> mesh.authenticate(shown))
                .isInstanceOfSatisfying(
                        MeshException.class,
                        refused -> assertThat(refused.code()).isEqualTo(code));
    }

    // ---- what is refused

    @Test
    void timesAreCheckedWithAMinuteOfLeeway() {
        String token = stub.token(KEY);
        clock.advance(Duration.ofMinutes(6).minusSeconds(1));
        assertThat(principal(token)).isNotNull();

        clock.advance(Duration.ofSeconds(1));
        MeshException late = refusal(token);
        assertThat(late.code()).isEqualTo(ErrorCode.TOKEN_EXPIRED);
        assertThat(late)
                .hasMessage("Token expired: it was good until 2026-01-01T00:05:00Z, the server's clock says"
                        + " 2026-01-01T00:06:00Z, 60 s later.");

        for (UnaryOperator<JWTClaimsSet.Builder> early : List.<UnaryOperator<JWTClaimsSet.Builder>>of(
                claims -> claims.notBeforeTime(in(600)), claims -> claims.issueTime(in(600)))) {
            MeshException soon = refusal(stub.token(KEY, early));
            assertThat(soon.code()).isEqualTo(ErrorCode.TOKEN_NOT_YET_VALID);
            assertThat(soon)
                    .hasMessage("Token not yet valid: it is good from 2026-01-01T00:16:00Z, the server's clock says"
                            + " 2026-01-01T00:06:00Z, 600 s behind.");
        }
        assertThat(principal(stub.token(KEY, claims -> claims.notBeforeTime(in(59)))))
                .isNotNull();
    }

    private Date in(long seconds) {
        return Date.from(clock.instant().plusSeconds(seconds));
    }

    @Test
    void claimsThatAreMissingOrMeantForOthersAreRefused() {
        Stream.<UnaryOperator<JWTClaimsSet.Builder>>of(
                        claims -> claims.issuer("https://evil.example.com"),
                        claims -> claims.issuer(null),
                        claims -> claims.audience("https://other.example.com"),
                        claims -> claims.audience((String) null),
                        claims -> claims.expirationTime(null),
                        claims -> claims.subject(null),
                        claims -> claims.subject(" "),
                        claims -> claims.subject("a\nb"),
                        claims -> claims.subject("a".repeat(256)),
                        claims -> claims.claim("padding", "x".repeat(8_000)))
                .forEach(change -> assertRefused(stub.token(KEY, change), ErrorCode.TOKEN_INVALID));
        assertThat(stub.fetches()).isZero();
    }

    @Test
    void headersThatTheConfigurationDoesNotNameAreRefused() {
        JWTClaimsSet claims = stub.claims().build();
        ECKey curve = StubIssuer.ec("one");
        issuers = knowing(stub.issuer().algorithms("RS256"));

        assertRefused(StubIssuer.signed(header(JWSAlgorithm.RS512, "one"), KEY, claims), ErrorCode.TOKEN_INVALID);
        assertRefused(StubIssuer.signed(header(JWSAlgorithm.ES256, "one"), curve, claims), ErrorCode.TOKEN_INVALID);
        assertRefused(
                StubIssuer.signed(
                        new JWSHeader.Builder(JWSAlgorithm.RS256)
                                .keyID("one")
                                .type(new JOSEObjectType("logout+jwt"))
                                .build(),
                        KEY,
                        claims),
                ErrorCode.TOKEN_INVALID);
        assertRefused(
                raw("{\"alg\":\"RS256\",\"kid\":\"one\",\"crit\":[\"b64\"],\"b64\":false}", claims),
                ErrorCode.TOKEN_INVALID);
        assertThat(stub.fetches()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "NONE", "nOnE", "HS256", "HS512"})
    void keyConfusionAndUnsignedTokensAreRefusedWithoutALookAtTheKeys(String algorithm) {
        assertRefused(raw("{\"alg\":\"" + algorithm + "\"}", stub.claims().build()), ErrorCode.TOKEN_INVALID);
        assertThat(stub.fetches()).isZero();
    }

    @Test
    void thePublicKeyIsNoSecretToSignWith() throws Exception {
        byte[] pem = ("-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(KEY.toRSAPublicKey().getEncoded())
                        + "\n-----END PUBLIC KEY-----\n")
                .getBytes(StandardCharsets.US_ASCII);
        for (byte[] secret : List.of(
                pem,
                KEY.toRSAPublicKey().getEncoded(),
                KEY.toPublicJWK().toString().getBytes(StandardCharsets.UTF_8))) {
            SignedJWT token = new SignedJWT(
                    header(JWSAlgorithm.HS256, "one"), stub.claims().build());
            token.sign(new MACSigner(secret));
            assertRefused(token.serialize(), ErrorCode.TOKEN_INVALID);
        }
    }

    @Test
    void keysThatTheTokenBringsAlongAreNotLookedAt() throws Exception {
        RSAKey own = StubIssuer.rsa("one");
        try (StubIssuer canary = new StubIssuer(clock).publishing(own.toPublicJWK())) {
            OutboundClient all = OutboundClient.builder()
                    .allow(OutboundAllow.of(stub.allow(), canary.allow()))
                    .build();
            ExternalIssuers trusting =
                    new ExternalIssuers(List.of(stub.issuer()), () -> all, (tenant, subject) -> Standing.good(), clock);
            JWSHeader header = new JWSHeader.Builder(JWSAlgorithm.RS256)
                    .keyID("one")
                    .jwk(own.toPublicJWK())
                    .jwkURL(URI.create(canary.url() + "/jwks"))
                    .x509CertURL(URI.create(canary.url() + "/jwks"))
                    .build();
            String token = StubIssuer.signed(header, own, stub.claims().build());

            assertThatThrownBy(() -> trusting.authenticate(new Credentials(token, "", "")))
                    .isInstanceOfSatisfying(
                            MeshException.class,
                            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.TOKEN_SIGNATURE_INVALID));
            assertThat(canary.fetches()).isZero();
            all.close();
        }
    }

    @Test
    void anyAlteredBitOfTheSignatureIsNoticed() {
        String token = stub.token(KEY);
        int dot = token.lastIndexOf('.');
        byte[] signature = Base64.getUrlDecoder().decode(token.substring(dot + 1));
        for (int i = 0; i < signature.length; i += 7) {
            byte[] altered = signature.clone();
            altered[i] ^= 1 << (i % 8);
            assertRefused(token.substring(0, dot + 1) + Base64URL.encode(altered), ErrorCode.TOKEN_SIGNATURE_INVALID);
        }
        assertThat(refusal(token.substring(0, dot + 1) + Base64URL.encode(new byte[256])))
                .hasMessageStartingWith("Invalid signature:");
    }

    @Test
    void whatIsNoJwtIsLeftToOthers() {
        assertThat(issuers.authenticate(Credentials.none())).isEmpty();
        assertThat(issuers.authenticate(new Credentials("dmk_live_abc", "", "")))
                .isEmpty();
        assertThat(issuers.authenticate(new Credentials("opaque", "eyJ.a.b", "")))
                .isEmpty();
        assertRefused("eyJhbGciOiJSUzI1NiJ9.not.json", ErrorCode.TOKEN_INVALID);
        assertRefused("eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d", ErrorCode.TOKEN_INVALID);
    }

    private String raw(String header, JWTClaimsSet claims) {
        return Base64URL.encode(header) + "." + Base64URL.encode(claims.toString()) + "."
                + Base64URL.encode("signature");
    }

    // ---- keys

    @Test
    void keysAreFetchedOnceForTenMinutes() {
        for (int i = 0; i < 50; i++) {
            principal(stub.token(KEY));
        }
        assertThat(stub.fetches()).isEqualTo(1);

        clock.advance(Duration.ofMinutes(10));
        principal(stub.token(KEY));
        assertThat(stub.fetches()).isEqualTo(2);
    }

    @Test
    void aRotatedKeyIsFoundAndOneThatWasTakenBackIsForgotten() {
        principal(stub.token(KEY));
        stub.publishing(NEXT.toPublicJWK());
        clock.advance(Duration.ofSeconds(30));

        assertThat(principal(stub.token(NEXT))).isNotNull();
        assertRefused(stub.token(KEY), ErrorCode.TOKEN_SIGNATURE_INVALID);
    }

    @Test
    void aFloodOfKeyIdsFetchesKeysOnceInThirtySecondsAndOneWithoutThemNever() {
        principal(stub.token(KEY));
        String good = stub.token(KEY);
        String signature = good.substring(good.lastIndexOf('.'));
        String body = "." + Base64URL.encode(stub.claims().build().toString()) + signature;
        for (int i = 0; i < 500; i++) {
            assertRefused(
                    Base64URL.encode("{\"alg\":\"RS256\",\"kid\":\"" + UUID.randomUUID() + "\"}") + body,
                    ErrorCode.TOKEN_SIGNATURE_INVALID);
        }
        assertThat(stub.fetches()).isEqualTo(1);

        for (int half = 0; half < 10; half++) {
            clock.advance(Duration.ofSeconds(15));
            for (int i = 0; i < 20; i++) {
                refusal(Base64URL.encode("{\"alg\":\"RS256\",\"kid\":\"" + UUID.randomUUID() + "\"}") + body);
            }
        }
        assertThat(stub.fetches()).isEqualTo(1 + 5);

        clock.advance(Duration.ofSeconds(60));
        for (int i = 0; i < 100; i++) {
            refusal(Base64URL.encode("{\"alg\":\"RS256\"}") + body);
            refusal(Base64URL.encode("{\"alg\":\"ES256\"}") + body);
        }
        assertThat(stub.fetches()).isEqualTo(1 + 5);
    }

    @Test
    void manyAtOnceFetchThemOnce() throws Exception {
        stub.taking(Duration.ofMillis(300));
        String token = stub.token(KEY);
        ExecutorService threads = Executors.newFixedThreadPool(30);
        try {
            List<Callable<Principal>> calls = java.util.Collections.nCopies(30, () -> principal(token));
            for (var call : threads.invokeAll(calls)) {
                assertThat(call.get().subject()).isEqualTo("ada");
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(stub.fetches()).isEqualTo(1);
    }

    @Test
    void knownKeysStayGoodForADayWhileTheEndpointIsDown() {
        principal(stub.token(KEY));
        stub.answering(503);

        clock.advance(Duration.ofHours(24).minusSeconds(1));
        for (int i = 0; i < 10; i++) {
            assertThat(principal(stub.token(KEY))).isNotNull();
        }
        assertThat(stub.fetches()).isEqualTo(2);

        clock.advance(Duration.ofSeconds(1));
        MeshException unknown = refusal(stub.token(KEY));
        assertThat(unknown.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
        assertThat(unknown.retryAfter()).isPresent();

        stub.answering(200);
        clock.advance(Duration.ofSeconds(5));
        assertThat(principal(stub.token(KEY))).isNotNull();
    }

    @Test
    void anEndpointThatWasNeverThereIsAskedEveryFiveSecondsAtMost() {
        stub.answering(500);
        for (int i = 0; i < 20; i++) {
            assertRefused(stub.token(KEY), ErrorCode.UPSTREAM_UNREACHABLE);
        }
        assertThat(stub.fetches()).isEqualTo(1);

        clock.advance(Duration.ofSeconds(5));
        assertRefused(stub.token(KEY), ErrorCode.UPSTREAM_UNREACHABLE);
        assertThat(stub.fetches()).isEqualTo(2);
    }

    @Test
    void anAnswerOfTwoMebibytesASlowOneAndOneThatIsNoKeySetAreNotTaken() {
        String keys = "{\"keys\":[" + KEY.toPublicJWK() + "]}";
        for (String bad : List.of(keys + " ".repeat(2 << 20), "<html>", "{}", "[]")) {
            stub.publishing(bad);
            assertRefused(stub.token(KEY), ErrorCode.UPSTREAM_UNREACHABLE);
            clock.advance(Duration.ofSeconds(5));
        }
        stub.publishing(keys).taking(Duration.ofSeconds(20));
        long began = System.nanoTime();
        assertRefused(stub.token(KEY), ErrorCode.UPSTREAM_UNREACHABLE);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(6));
    }

    @Test
    void weakKeysAndThoseForEncryptionAreNotTaken() throws Exception {
        RSAKey weak = new RSAKeyGenerator(1_024, true).keyID("weak").generate();
        RSAKey sealing = new RSAKey.Builder(KEY)
                .keyUse(com.nimbusds.jose.jwk.KeyUse.ENCRYPTION)
                .keyID("enc")
                .build();
        stub.publishing("{\"keys\":[" + weak.toPublicJWK() + "," + sealing.toPublicJWK() + "]}");

        assertRefused(stub.token(new RSAKey.Builder(KEY).keyID("enc").build()), ErrorCode.TOKEN_SIGNATURE_INVALID);
        assertRefused(stub.token(new RSAKey.Builder(KEY).keyID("weak").build()), ErrorCode.TOKEN_SIGNATURE_INVALID);
    }

    // ---- settings

    @Test
    void settingsAreRefusedWithAllTheirProblems() {
        assertThatThrownBy(() -> ExternalIssuer.of("login.example.com", "ftp://login.example.com/keys"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'login.example.com' is not an http or https URL")
                .hasMessageContaining("jwksUrl")
                .hasMessageContaining("needs an audience");
        assertThatThrownBy(() -> stub.issuer().algorithms("HS256", "none"))
                .hasMessageContaining("[HS256, none]; it takes one or more of RS256");
    }

    @Test
    void aMeshWithAnIssuerServesNobodyUnknown() {
        try (DevMesh mesh = DevMesh.builder()
                .issuer(stub.issuer())
                .outboundAllow(OutboundAllow.of(stub.allow()))
                .clock(clock)
                .build()) {
            assertThat(mesh.isAnonymous()).isFalse();
            assertThat(mesh.authenticate(new Credentials(stub.token(KEY), "", ""))
                            .subject())
                    .isEqualTo("ada");
            assertThatThrownBy(() -> mesh.authenticate(Credentials.none()))
                    .isInstanceOfSatisfying(
                            MeshException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHENTICATED));
        }
        assertThatThrownBy(() -> DevMesh.builder()
                        .issuer(stub.issuer())
                        .issuer(stub.issuer())
                        .build())
                .hasMessageContaining("is there twice");
    }
}
