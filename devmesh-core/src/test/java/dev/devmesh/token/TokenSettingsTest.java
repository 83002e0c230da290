package dev.devmesh.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.devmesh.DevMesh;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.inmemory.InMemoryStore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TokenSettingsTest {

    @Test
    void theDefaultsAreGood() {
        assertThat(TokenSettings.defaults().problems()).isEmpty();
        assertThat(TokenSettings.defaults().audience()).isEqualTo("devmesh");
    }

    @ParameterizedTest
    @EnumSource
    void everyAlgorithmHasSettingsThatAreGood(TokenAlgorithm algorithm) {
        assertThat(KeyMaterial.settings(algorithm).problems()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "changeme",
                "too short for anybody to use it",
                "changeme-changeme-changeme-changeme",
                "Change_Me_In_Production_1234567890!",
                "dev-jwt-secret-minimum-32-characters",
                "secret-0987654321-qwertz-uiop-asdfgh",
                "your-256-bit-secret-goes-here-please",
                "my-super-secret-jwt-key-for-the-mesh",
                "PASSWORD-PASSWORD-PASSWORD-PASSWORD",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "0123456789abcdef0123456789abcdef",
                "abababababababababababababababababab"
            })
    void secretsThatAnybodyCouldGuessAreRefusedWithTheCure(String weak) {
        List<String> problems = TokenSettings.defaults().secret(weak).problems();

        assertThat(problems).singleElement().asString().contains("openssl rand").doesNotContain(weak);
    }

    @Test
    void aMeshTellsAllThatIsWrongAtOnce() {
        TokenSettings bad = TokenSettings.defaults()
                .secret("changeme")
                .issuer("")
                .audience("two words")
                .accessTtl(Duration.ofHours(2))
                .refreshTtl(Duration.ofDays(31))
                .leeway(Duration.ofMinutes(6));

        assertThat(bad.problems()).hasSize(6);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DevMesh.builder().tokens(bad).build())
                .withMessageStartingWith("6 problems in the mesh")
                .withMessageContaining("at least 32");
    }

    @Test
    void keysThatDoNotFitTheirAlgorithmAreRefusedWithTheCommandThatMakesOne() {
        assertProblem(TokenAlgorithm.RS256, "", "openssl genpkey -algorithm RSA");
        assertProblem(TokenAlgorithm.RS256, KeyMaterial.pem(KeyMaterial.P256), "no RSA key");
        assertProblem(TokenAlgorithm.RS256, KeyMaterial.pem(KeyMaterial.pair("RSA", 1024, "")), "too weak");
        assertProblem(TokenAlgorithm.ES256, KeyMaterial.pem(KeyMaterial.P384), "P-256");
        assertProblem(
                TokenAlgorithm.ES256,
                KeyMaterial.block("PRIVATE KEY", KeyMaterial.P256.getPrivate()),
                "openssl pkey -in key.pem -pubout >> key.pem");
        assertProblem(
                TokenAlgorithm.ES256,
                KeyMaterial.block("PRIVATE KEY", KeyMaterial.P256.getPrivate())
                        + KeyMaterial.block(
                                "PUBLIC KEY",
                                KeyMaterial.pair("EC", 0, "secp256r1").getPublic()),
                "do not belong together");
        assertProblem(TokenAlgorithm.EDDSA, KeyMaterial.pem(KeyMaterial.P256), "ed25519");
        assertProblem(
                TokenAlgorithm.EDDSA, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "ed25519");
        assertThat(TokenSettings.defaults()
                        .privateKey(KeyMaterial.pem(KeyMaterial.P256))
                        .problems())
                .singleElement()
                .asString()
                .contains("no private key");
        assertThat(KeyMaterial.settings(TokenAlgorithm.ES256)
                        .secret(KeyMaterial.SECRET)
                        .problems())
                .singleElement()
                .asString()
                .contains("leave the secret out");
    }

    private static void assertProblem(TokenAlgorithm algorithm, String pem, String words) {
        assertThat(TokenSettings.defaults().algorithm(algorithm).privateKey(pem).problems())
                .as(algorithm + " " + words)
                .singleElement()
                .asString()
                .contains(words);
    }

    @ParameterizedTest
    @EnumSource
    void noSecretIsInWhatTheyPrint(TokenAlgorithm algorithm) {
        TokenSettings settings = KeyMaterial.settings(algorithm);

        assertThat(settings.toString())
                .contains(algorithm.wireName(), "***")
                .doesNotContain(KeyMaterial.SECRET, "BEGIN");
    }

    @ParameterizedTest
    @EnumSource
    void anInspectionShowsEachCheckAndNoKey(TokenAlgorithm algorithm) {
        SettableClock clock = new SettableClock();
        try (InMemoryStore store = InMemoryStore.create(clock);
                DevMesh mesh = DevMesh.builder()
                        .clock(clock)
                        .store(store)
                        .tokens(KeyMaterial.settings(algorithm))
                        .build()) {
            NewKey key = mesh.keys().create(Principal.administrator(Tenant.single(), "alice"), KeySpec.named("ci"));
            TokenPair pair = mesh.tokens().exchange(new Credentials("", key.secret(), ""));

            TokenInspection good = mesh.tokens().inspect(pair.accessToken());
            clock.advance(Duration.ofMinutes(20));
            TokenInspection expired = mesh.tokens().inspect(pair.accessToken());
            TokenInspection altered = mesh.tokens().inspect(pair.accessToken().replaceFirst("\\..", ".x"));

            assertThat(good.passed()).isTrue();
            assertThat(good.header().path("alg").stringValue()).isEqualTo(algorithm.wireName());
            assertThat(good.claims().propertyNames())
                    .containsExactly("iss", "aud", "sub", "exp", "iat", "jti", "tenant", "scope", "key_id", "sid");
            assertThat(good.checks())
                    .extracting(TokenInspection.Check::name)
                    .containsExactly(
                            "form",
                            "alg",
                            "typ",
                            "crit",
                            "signature",
                            "iss",
                            "aud",
                            "exp",
                            "nbf",
                            "iat",
                            "claims",
                            "standing");
            assertThat(expired.checks())
                    .filteredOn(check -> !check.passed())
                    .singleElement()
                    .satisfies(check -> {
                        assertThat(check.name()).isEqualTo("exp");
                        assertThat(check.expected())
                                .contains(clock.instant().minusSeconds(60).toString());
                    });
            assertThat(altered.passed()).isFalse();
            assertThat(good.toString())
                    .doesNotContain(KeyMaterial.SECRET)
                    .doesNotContain(
                            pair.accessToken().substring(pair.accessToken().lastIndexOf('.')));
        }
    }
}
