package dev.devmesh.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.devmesh.Revision;
import dev.devmesh.auth.Principal;
import dev.devmesh.auth.Tenant;
import dev.devmesh.call.ClientCapability;
import dev.devmesh.seal.Seal;
import dev.devmesh.seal.Seals;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SessionTokenTest {

    private static final Seal SEAL =
            Seals.of("a secret that several processes know").forPurpose("session");
    private static final Instant END = Instant.parse("2026-11-23T12:00:00Z");

    private static SessionToken token(Set<ClientCapability> capabilities) {
        return new SessionToken("ses_1", Revision.V2025_06_18, capabilities, "acme", "ann", END);
    }

    @ParameterizedTest
    @EnumSource(ClientCapability.class)
    void whatWasSealedIsReadBack(ClientCapability capability) {
        SessionToken token = token(Set.of(capability));

        assertThat(SessionToken.open(token.sealed(SEAL), SEAL)).contains(token);
    }

    @Test
    void aTokenIsVisibleAsciiAndFitsInAHeader() {
        String sealed = token(Set.of(ClientCapability.values())).sealed(SEAL);

        assertThat(sealed).matches("[\\x21-\\x7e]+").hasSizeLessThan(400);
    }

    @Test
    void noTwoTokensAreTheSame() {
        assertThat(token(Set.of()).sealed(SEAL)).isNotEqualTo(token(Set.of()).sealed(SEAL));
    }

    @Test
    void everyChangedCharacterIsNoticed() {
        String sealed = token(Set.of()).sealed(SEAL);
        for (int i = 0; i < sealed.length(); i++) {
            char other = sealed.charAt(i) == 'A' ? 'B' : 'A';

            assertThat(SessionToken.open(sealed.substring(0, i) + other + sealed.substring(i + 1), SEAL))
                    .as("character %d", i)
                    .isEmpty();
        }
    }

    @Test
    void aTokenOfAnotherSecretOrPurposeIsNone() {
        String sealed = token(Set.of()).sealed(SEAL);

        assertThat(SessionToken.open(
                        sealed, Seals.of("another secret, which is as long").forPurpose("session")))
                .isEmpty();
        assertThat(SessionToken.open(
                        sealed, Seals.of("a secret that several processes know").forPurpose("requestState")))
                .isEmpty();
        assertThat(SessionToken.open("", SEAL)).isEmpty();
        assertThat(SessionToken.open("no token at all", SEAL)).isEmpty();
    }

    /** Processes of several versions may serve one session, so the place of a capability in the token is for ever. */
    @Test
    void theOrderOfCapabilitiesIsFixed() {
        assertThat(ClientCapability.values())
                .startsWith(
                        ClientCapability.ELICITATION,
                        ClientCapability.ELICITATION_URL,
                        ClientCapability.SAMPLING,
                        ClientCapability.SAMPLING_TOOLS,
                        ClientCapability.ROOTS,
                        ClientCapability.TASKS);
    }

    @Test
    void aSessionIsOfItsSubjectInItsTenantOnly() {
        SessionToken token = token(Set.of());

        assertThat(token.isOf(Principal.of(new Tenant("acme"), "ann"))).isTrue();
        assertThat(token.isOf(Principal.of(new Tenant("acme"), "bob"))).isFalse();
        assertThat(token.isOf(Principal.of(new Tenant("other"), "ann"))).isFalse();
    }
}
