package dev.devmesh.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.devmesh.DevMesh;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.KeySpec;
import dev.devmesh.auth.NewKey;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.inmemory.InMemoryStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever somebody shows as a token of this mesh: unless the mesh wrote it, it opens nothing, costs little and calls nobody. */
final class BadTokensTest {

    private static final Duration LONGEST = Duration.ofMillis(1_500);

    private final SettableClock clock = new SettableClock();
    private final InMemoryStore store = InMemoryStore.create(clock);
    private ServerSocket canary;

    @BeforeEach
    void listen() throws IOException {
        canary = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void nobodyHasCalled() throws IOException {
        canary.setSoTimeout(50);
        SocketTimeoutException nobody = catchThrowableOfType(SocketTimeoutException.class, canary::accept);
        canary.close();
        store.close();
        assertThat(nobody).as("nobody called the address in a token").isNotNull();
    }

    @ParameterizedTest
    @EnumSource
    void eachIsRefusedWithItsCodeAtOnce(TokenAlgorithm algorithm) {
        try (DevMesh mesh = mesh(algorithm)) {
            TokenPair good = exchanged(mesh);
            assertThat(mesh.authenticate(bearer(good.accessToken())).tenant()).isEqualTo(new Tenant("acme"));
            List<BadTokens.Bad> corpus =
                    new BadTokens(algorithm, good, clock.instant(), "http://127.0.0.1:" + canary.getLocalPort()).all();
            assertThat(corpus).hasSizeGreaterThan(400);

            for (BadTokens.Bad bad : corpus) {
                long begun = System.nanoTime();
                MeshException refusal =
                        catchThrowableOfType(MeshException.class, () -> mesh.authenticate(bearer(bad.token())));
                Duration taken = Duration.ofNanos(System.nanoTime() - begun);

                assertThat(refusal).as("%s opens nothing", bad.what()).isNotNull();
                assertThat(refusal.code()).as(bad.what()).isEqualTo(bad.code());
                assertThat(refusal.code().status()).isEqualTo(401);
                assertThat(refusal.sentence())
                        .as(bad.what())
                        .hasSizeLessThan(500)
                        .doesNotContain(KeyMaterial.SECRET);
                assertThat(taken).as(bad.what()).isLessThan(LONGEST);
                assertThat(mesh.tokens().inspect(bad.token()).passed())
                        .as(bad.what())
                        .isFalse();
            }
            assertThat(mesh.authenticate(bearer(good.accessToken()))).isNotNull();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HS256", "EDDSA"})
    void noRandomChangeOfATokenOpensAnything(TokenAlgorithm algorithm) {
        Random random = new Random(7);
        try (DevMesh mesh = mesh(algorithm)) {
            String good = exchanged(mesh).accessToken();
            for (int round = 0; round < 1_000; round++) {
                StringBuilder token = new StringBuilder(good);
                for (int change = 0; change <= random.nextInt(3); change++) {
                    int at = random.nextInt(token.length());
                    switch (random.nextInt(3)) {
                        case 0 -> token.setCharAt(at, (char) random.nextInt(128));
                        case 1 -> token.deleteCharAt(at);
                        default -> token.insert(at, (char) random.nextInt(128));
                    }
                }
                if (!token.toString().equals(good)) {
                    MeshException refusal = catchThrowableOfType(
                            MeshException.class, () -> mesh.authenticate(bearer(token.toString())));
                    assertThat(refusal).as(token.toString()).isNotNull();
                    assertThat(refusal.code().status()).isEqualTo(401);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theSentencesSayTimesOfTokenAndServer(TokenAlgorithm algorithm) {
        try (DevMesh mesh = mesh(algorithm)) {
            Forger forger = new Forger(algorithm, exchanged(mesh).accessToken());
            long now = clock.instant().getEpochSecond();

            assertThat(refusal(mesh, forger.claiming(c -> c.put("exp", now - 90))))
                    .isEqualTo("Token expired: it was good until "
                            + clock.instant().minusSeconds(90) + ", the server's clock says " + clock.instant()
                            + ", 90 s later.");
            assertThat(refusal(mesh, forger.claiming(c -> c.put("nbf", now + 600))))
                    .isEqualTo("Token not yet valid: it is good from "
                            + clock.instant().plusSeconds(600) + ", the server's clock says " + clock.instant()
                            + ", 600 s behind.");
            assertThat(refusal(mesh, forger.with(new byte[64]))).startsWith("Invalid signature: ");
        }
    }

    @ParameterizedTest
    @EnumSource
    void clocksMayDifferByTheLeeway(TokenAlgorithm algorithm) {
        try (DevMesh mesh = mesh(algorithm)) {
            Forger forger = new Forger(algorithm, exchanged(mesh).accessToken());
            long now = clock.instant().getEpochSecond();

            for (String token : List.of(
                    forger.claiming(c -> c.put("exp", now - 59)),
                    forger.claiming(c -> c.put("nbf", now + 60)),
                    forger.claiming(c -> c.put("iat", now + 60)),
                    forger.claiming(c -> c.putArray("aud").add("other").add("devmesh")))) {
                assertThat(mesh.authenticate(bearer(token))).isNotNull();
            }
        }
    }

    private DevMesh mesh(TokenAlgorithm algorithm) {
        return DevMesh.builder()
                .failedAuthentications(0) // all of them are
                .clock(clock)
                .store(store)
                .tokens(KeyMaterial.settings(algorithm))
                .build();
    }

    private TokenPair exchanged(DevMesh mesh) {
        NewKey key = mesh.keys()
                .create(
                        Principal.administrator(new Tenant("acme"), "alice"),
                        KeySpec.named("ci").scopes("contexts:read"));
        return mesh.tokens().exchange(new Credentials("", key.secret(), ""));
    }

    private static String refusal(DevMesh mesh, String token) {
        MeshException refusal = catchThrowableOfType(MeshException.class, () -> mesh.authenticate(bearer(token)));
        assertThat(refusal.code()).isNotEqualTo(ErrorCode.UNAUTHENTICATED);
        return String.valueOf(refusal.getMessage());
    }

    private static Credentials bearer(String token) {
        return new Credentials(token, "", "127.0.0.1");
    }
}
