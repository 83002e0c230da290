package dev.devmesh.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.devmesh.DevMesh;
import dev.devmesh.DevMeshBuilder;
import dev.devmesh.ErrorCode;
import dev.devmesh.MeshException;
import dev.devmesh.auth.Authenticator;
import dev.devmesh.auth.Credentials;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.contract.SettableClock;
import dev.devmesh.inmemory.InMemoryRateLimiter;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;

class FailedAuthenticationsTest {

    private static final String HERE = "192.0.2.1";
    private static final Credentials GOOD = new Credentials("", "good", HERE);

    private final AtomicLong nanos = new AtomicLong();
    private final FailedAuthentications failures = new FailedAuthentications(
            new InMemoryRateLimiter(1_000, nanos::get),
            10,
            nanos::get,
            new SettableClock(Instant.parse("2026-03-01T12:00:00Z")));

    private static Credentials wrong(int number) {
        return new Credentials("wrong-" + number, "", HERE);
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            failures.require(wrong(i));
            failures.failed(wrong(i));
        }
    }

    private AbstractThrowableAssert<?, ?> assertHeldOff(Credentials shown) {
        return assertThatThrownBy(() -> failures.require(shown))
                .isInstanceOfSatisfying(
                        MeshException.class,
                        refused -> assertThat(refused.code()).isEqualTo(ErrorCode.TOO_MANY_FAILURES));
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void afterTenWrongOnesAMinuteAnAddressIsHeldOffUntilItWasQuiet() {
        fail(10);

        assertHeldOff(wrong(11))
                .hasMessage(
                        "Too many wrong credentials came from this address: 10 a minute are looked up. The next one is"
                                + " at 2026-03-01T12:00:06Z.")
                .isInstanceOfSatisfying(
                        MeshException.class,
                        refused -> assertThat(refused.retryAfter()).contains(Duration.ofSeconds(6)));
        pass(Duration.ofSeconds(6));
        fail(1);
        assertHeldOff(wrong(11));
        pass(Duration.ofMinutes(1));
        fail(10);
        assertHeldOff(wrong(11));
    }

    @Test
    void otherAddressesGoOn() {
        fail(10);

        failures.require(new Credentials("wrong", "", "192.0.2.2"));
    }

    @Test
    void theHostOfAnIpv6AddressIsNotCountedAsManyForItsManyAddresses() {
        for (int i = 0; i < 10; i++) {
            failures.failed(new Credentials("wrong", "", "2001:db8:1:2::" + i));
        }

        assertHeldOff(new Credentials("wrong", "", "2001:db8:1:2:3:4:5:6"));
        failures.require(new Credentials("wrong", "", "2001:db8:1:3::1"));
        assertThat(SourceAddress.of("::ffff:192.0.2.1")).isEqualTo("192.0.2.1");
        assertThat(SourceAddress.of("::1")).isEqualTo("::1");
        assertThat(SourceAddress.of("unix:path")).isEqualTo("unix:path");
    }

    @Test
    void whoShowedAGoodCredentialLatelyFromThereGoesOn() {
        failures.succeeded(GOOD);
        fail(10);

        failures.require(GOOD);
        assertHeldOff(new Credentials("", "better", HERE));
        assertHeldOff(new Credentials("good", "", HERE));
        pass(FailedAuthentications.REMEMBERED.minusSeconds(1));
        fail(10);
        failures.require(GOOD);
        pass(Duration.ofSeconds(1));
        assertHeldOff(GOOD);
    }

    @Test
    void aCredentialThatIsGoodNoLongerIsForgotten() {
        failures.succeeded(GOOD);
        fail(9);
        failures.failed(GOOD);

        assertHeldOff(GOOD);
    }

    @Test
    void toShowNothingIsNoFailureAndWithoutAnAddressNobodyIsHeldOff() {
        Credentials nowhere = new Credentials("wrong", "", "");
        for (int i = 0; i < 100; i++) {
            failures.failed(nowhere);
            failures.failed(new Credentials("", "", HERE));
        }

        failures.require(nowhere);
        failures.require(wrong(1));
        fail(10);
        failures.require(new Credentials("", "", HERE));
    }

    @Test
    void whatIsRememberedIsBounded() {
        for (int i = 0; i < FailedAuthentications.MOST_REMEMBERED + 100; i++) {
            failures.succeeded(new Credentials("", "key-" + i, HERE));
        }
        assertThat(failures.remembered()).isEqualTo(FailedAuthentications.MOST_REMEMBERED);

        pass(FailedAuthentications.REMEMBERED);
        failures.succeeded(GOOD);
        assertThat(failures.remembered()).isEqualTo(1);
    }

    // ---- the mesh

    private static final Principal ANN = Principal.of(Tenant.single(), "ann", "tools");

    private final AtomicInteger lookUps = new AtomicInteger();

    private DevMeshBuilder builder() {
        return DevMesh.builder().authenticator(new Authenticator() {
            @Override
            public Optional<Principal> authenticate(Credentials credentials) {
                lookUps.incrementAndGet();
                if (credentials.bearer().equals("suspended")) {
                    throw new MeshException(ErrorCode.TENANT_SUSPENDED, "Suspended.", "");
                }
                return credentials.apiKey().equals("good") ? Optional.of(ANN) : Optional.empty();
            }

            @Override
            public boolean blocking() {
                return false;
            }
        });
    }

    private static void refused(ErrorCode code, DevMesh mesh, Credentials credentials) {
        assertThatThrownBy(() -> mesh.authenticate(credentials))
                .isInstanceOfSatisfying(
                        MeshException.class,
                        refused -> assertThat(refused.code()).isEqualTo(code));
    }

    @Test
    void theMeshHoldsOffBeforeItLooksUp() {
        try (DevMesh mesh = builder().build()) {
            assertThat(mesh.authenticate(GOOD)).isEqualTo(ANN);
            for (int i = 0; i < 20; i++) {
                refused(ErrorCode.UNAUTHENTICATED, mesh, new Credentials("", "", HERE));
                refused(ErrorCode.TENANT_SUSPENDED, mesh, new Credentials("suspended", "", HERE));
            }
            for (int i = 0; i < 10; i++) {
                refused(ErrorCode.UNAUTHENTICATED, mesh, wrong(i));
            }
            lookUps.set(0);

            refused(ErrorCode.TOO_MANY_FAILURES, mesh, wrong(11));
            assertThat(lookUps).hasValue(0);
            assertThat(mesh.authenticate(GOOD)).isEqualTo(ANN);
            assertThatThrownBy(() -> mesh.authenticateAgain(wrong(1)))
                    .as("who looks again is told what is the case")
                    .isInstanceOfSatisfying(
                            MeshException.class,
                            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNAUTHENTICATED));
        }
    }

    @Test
    void lookingAgainCountsAgainstNobody() {
        try (DevMesh mesh = builder().build()) {
            for (int i = 0; i < 100; i++) {
                assertThatThrownBy(() -> mesh.authenticateAgain(wrong(1))).isInstanceOf(MeshException.class);
            }

            assertThat(mesh.authenticate(GOOD)).isEqualTo(ANN);
        }
    }

    @Test
    void theNumberCanBeSetAndTakenAway() {
        try (DevMesh strict = builder().failedAuthentications(1).build();
                DevMesh open = builder().failedAuthentications(0).build()) {
            refused(ErrorCode.UNAUTHENTICATED, strict, wrong(1));
            refused(ErrorCode.TOO_MANY_FAILURES, strict, wrong(2));
            for (int i = 0; i < 100; i++) {
                refused(ErrorCode.UNAUTHENTICATED, open, wrong(i));
            }
        }
        assertThatCode(() -> DevMesh.builder().failedAuthentications(-1)).isInstanceOf(IllegalArgumentException.class);
    }
}
